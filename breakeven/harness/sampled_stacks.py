"""What a benchmark's processes spend their calls in, sampled by py-spy from outside: never while something is timed."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.harness import guard, turns
from breakeven.harness.arms import AsvArm, Process
from breakeven.harness.balance import Start
from breakeven.harness.measuring_process import CORES
from breakeven.harness.player import Plan, Seat
from breakeven.harness.reading import Reading
from breakeven.statistics.stack_shares import Stack

#: Seconds of calls that are sampled, and samples a second.
SECONDS, RATE = 10.0, 200

# A frame as py-spy writes it, and the one in which a timed call begins, in asv's timer.
_FRAME = re.compile(r"(?P<name>\S.*) \((?P<file>[^()]+?)(?::\d+)?\)")
_CALL = "inner (<timeit-src>)"

# What asv's runner and the process's place in a round do around the call.
_AROUND = re.compile(r"\((.*/)?(asv_runner/.*|measuring_process\.py)\)")

# What differs between processes or builds, and is no name: an address, and the hash in a packed library's name.
_NAMELESS = re.compile(r"0x[0-9a-f]+(?= \()"), re.compile(r"-[0-9a-f]{8}(?=\.so)")


def sample(arm: AsvArm, benchmark: str, parameters: tuple[str, ...], seconds: float = SECONDS) -> Counter[Stack]:
    """Call a benchmark in a fresh process and sample what runs meanwhile, in that process and in its workers.

    Parameters
    ----------
    arm : AsvArm
        Of a release.
    benchmark : str
        asv's name.
    parameters : tuple of str
        The parameter set.
    seconds : float
        Of calls.

    Returns
    -------
    Counter of tuple of str
        Stack to the number of samples in which a thread was in it; the calls' own begin at what was timed.

    Raises
    ------
    BreakevenError
        py-spy is not there or may not look into the process, or the process failed.
    """
    one_core = arm.one_core(benchmark, parameters)
    plan = Plan(0.0, 1, arm.benchmarks[benchmark]["timeout"], Start(0, 0), (one_core,))

    def one(seat: Seat) -> Reading:
        return arm.read(benchmark, parameters, Process(seat=seat))

    with turns.seated([one], plan, guard.own()) as players:
        (player,) = players
        if player.playing:
            player.wake()
            with _spying(player.pid) as found:
                while player.playing and sum(player.seconds) < seconds:
                    player.slice(1, -1, CORES[0] if CORES else 0, player.calls(turns.length(players)))
            player.dismiss()
        reading = player.reading()
    if reading.error:
        raise BreakevenError(f"its process failed: {reading.error}")
    return found


def read(lines: Iterable[str]) -> Counter[Stack]:
    """Read stacks of py-spy's raw format, and keep what belongs to the calls.

    Parameters
    ----------
    lines : iterable of str
        ``frame;frame;frame count``, the outermost first.
    """
    found: Counter[Stack] = Counter()
    for line in lines:
        frames, _, count = line.rstrip().rpartition(" ")
        named = (_FRAME.fullmatch(frame) for frame in frames.split(";"))  # what tells of the process is none
        stack = tuple(_function(frame["name"], frame["file"]) for frame in named if frame)
        if _CALL in stack:
            stack = stack[stack.index(_CALL) + 1 :]
        elif any(_AROUND.search(frame) for frame in stack):
            stack = ()
        stack = tuple(frame for frame in stack if not _AROUND.search(frame))
        if stack:
            found[stack] += int(count)
    return found


def _function(name: str, file: str) -> str:
    address, digest = _NAMELESS
    return address.sub("?", digest.sub("", f"{name} ({file})"))


def write(path: Path, stacks: Mapping[Stack, int]) -> None:
    """Keep stacks in the format that tools for flame graphs read: ``frame;frame count``, a line each."""
    files.write(path, "".join(f"{';'.join(stack)} {n}\n" for stack, n in sorted(stacks.items())))


def load(path: Path) -> Counter[Stack]:
    """Read stacks that `write` has kept."""
    split = (line.rpartition(" ") for line in path.read_text().splitlines())
    return Counter({tuple(frames.split(";")): int(n) for frames, _, n in split})


@contextmanager
def _spying(pid: int) -> Iterator[Counter[Stack]]:
    """Sample a process and its children; the stacks are there when this ends."""
    program = shutil.which("py-spy", path=Path(sys.executable).parent) or shutil.which("py-spy")
    if program is None:
        raise BreakevenError("there is no py-spy")
    found: Counter[Stack] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "stacks")
        command = [program, "record", "--pid", str(pid), "--subprocesses", "--format", "raw", "--output", str(raw)]
        command += ["--rate", str(RATE), "--function", *(["--native"] if sys.platform == "linux" else [])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as spy:
            try:
                yield found
            finally:
                spy.send_signal(signal.SIGINT)
                said = spy.communicate()[0].strip().splitlines()
        if not raw.exists():
            raise BreakevenError(f"py-spy may not look into its process: {(said or ['it said nothing'])[-1]}")
        found.update(read(raw.read_text().splitlines()))
