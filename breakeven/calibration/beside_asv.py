"""``asv continuous`` given the time that a gate took: asv's own rule on the same two releases."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.harness import asv_config, profiles
from breakeven.harness.kinds import TOLERANCE
from breakeven.harness.record import Record
from breakeven.state import STATE, STATE_VARIABLE

#: What runs are called, beside the records of gates.
SUFFIX = ".asv"

#: As the tolerance of the gates beside it; asv's default of 1.1 would let pass what they must find.
FACTOR = 1 + TOLERANCE

#: Rounds of each benchmark at least: asv's default.
FEWEST = 2

#: asv's exit status if a benchmark failed, upon which it compares nothing, and what it says of that benchmark.
NOT_COMPARED, FAILED = 2, "failed"

#: What asv ends with otherwise, and the start of each line of its table that is about a slowdown or a new failure.
DECREASED = "PERFORMANCE DECREASED"
CLOSING = ("BENCHMARKS NOT SIGNIFICANTLY CHANGED", "PERFORMANCE INCREASED", DECREASED)
WORSE = r"\| [+!] "


@dataclass(frozen=True)
class Continuous:
    """One run of ``asv continuous``.

    Attributes
    ----------
    share : float
        By how much HEAD was made slower; 0 if it was left as it is.
    benchmarks : int
        With their parameter sets.
    rounds : int
        Processes a side of each.
    seconds : float
        Of the whole command.
    status : int
        As it exited: 0, 1 if anything is slower, 2 if any benchmark failed.
    said : list of str
        Its table.
    """

    share: float
    benchmarks: int
    rounds: int
    seconds: float
    status: int
    said: list[str]

    @property
    def slower(self) -> int:
        """Benchmarks that asv marks as slower."""
        return sum(bool(re.match(r"\| \+ ", line)) for line in self.said)


def affordable_rounds(seconds: float, earlier: Sequence[Continuous]) -> int:
    """Say how many rounds of asv fit into the time of a gate.

    Parameters
    ----------
    seconds : float
        That the gate took.
    earlier : sequence of Continuous
        What rounds took before: most of it goes into starting processes anew for each release and round.

    Returns
    -------
    int
        At least `FEWEST`.
    """
    rate = sum(r.rounds for r in earlier) / sum(r.seconds for r in earlier)
    return max(FEWEST, round(rate * seconds))


def run(gate: Record, commits: Sequence[str], config: Path, path: Path) -> Continuous:
    """Run ``asv continuous`` for as long as a gate took, on the same benchmarks, and keep what it says.

    Parameters
    ----------
    gate : Record
        Measured control.
    commits : sequence of str
        Of BASE and of HEAD; they must differ.
    config : Path
        asv's configuration.
    path : Path
        Where to keep it, beside earlier ones.

    Raises
    ------
    BreakevenError
        asv could not compare them, or the file cannot be written.
    """
    earlier, first = load(path.parent, gate.profile), None
    if not earlier:
        first = _continuous(gate, commits, config, FEWEST)
        earlier = [first]
    n_rounds = affordable_rounds(gate.spent, earlier)
    new = first if first and first.rounds == n_rounds else _continuous(gate, commits, config, n_rounds)
    files.write(path, json.dumps(asdict(new), indent=1) + "\n")
    return new


def load(folder: Path, profile: str) -> list[Continuous]:
    """Read the runs of a profile that are kept in a folder.

    Parameters
    ----------
    folder : Path
        Where `breakeven calibrate` keeps the controls.
    profile : str
        Its name, which the files' names hold.

    Returns
    -------
    list of Continuous
        In order of their names.

    Raises
    ------
    BreakevenError
        A file is damaged.
    """
    return [read(path) for path in sorted(folder.glob(f"*-{profile}-*{SUFFIX}"))]


def read(path: Path) -> Continuous:
    """Read a run that was kept.

    Parameters
    ----------
    path : Path
        Where.

    Raises
    ------
    BreakevenError
        It is damaged.
    """
    try:
        return Continuous(**json.loads(path.read_text()))
    except (ValueError, TypeError, OSError) as err:
        raise BreakevenError(f"{path} is not a run of asv continuous: {err}") from None


def table(status: int, output: str) -> list[str]:
    """Find the table in what ``asv continuous`` printed.

    Parameters
    ----------
    status : int
        As it exited.
    output : str
        Its standard output and standard error.

    Returns
    -------
    list of str
        Lines; none if nothing changed or asv compared nothing.

    Raises
    ------
    BreakevenError
        asv did not come to an end, or now words it in another way.
    """
    lines = [line.strip() for line in output.splitlines() if line.startswith("|")]
    expected = (FAILED,) if status == NOT_COMPARED else CLOSING
    if not any(text in output for text in expected):
        wanted = " or ".join(f"'{text}'" for text in expected)
        raise BreakevenError(f"asv continuous exited with {status} and did not say {wanted}: {output.strip()[-500:]}")
    if DECREASED in output and not any(re.match(WORSE, line) for line in lines):
        raise BreakevenError(f"asv continuous said '{DECREASED}', but has no table with a line like {WORSE}")
    return lines


def _continuous(gate: Record, commits: Sequence[str], config: Path, rounds: int) -> Continuous:
    options = ["--interleave-rounds", "--factor", str(FACTOR), "-a", f"rounds={rounds}", "--bench", gate.selected]
    started = time.monotonic()
    # with results of their own, for these are no measurements of a release
    with asv_config.with_results_in(config, STATE / "continuous") as own:
        command = [sys.executable, "-m", "asv", "--config", str(own), "continuous", *options, *commits]
        # asv works where its configuration is, and would take the quick profile
        env = os.environ | {STATE_VARIABLE: str(STATE.absolute()), profiles.VARIABLE: gate.profile}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    seconds = time.monotonic() - started
    said = table(done.returncode, done.stdout + done.stderr)
    return Continuous(gate.control or 0.0, len(gate.cases), rounds, seconds, done.returncode, said)
