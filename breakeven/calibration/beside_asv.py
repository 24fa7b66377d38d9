"""``asv continuous`` given the time that a gate took: what asv's own rule says of the same two releases."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from asv import util

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.harness.record import Record
from breakeven.train.environments import WORKSHOP

#: asv's default of 1.1 looks past the slowdowns that a gate with a tolerance of 5 % must find.
FACTOR = 1.05


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
        At least asv's default of two.
    """
    rate = sum(r.rounds for r in earlier) / sum(r.seconds for r in earlier)
    return max(2, round(rate * seconds))


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

    Returns
    -------
    Continuous

    Raises
    ------
    BreakevenError
        asv could not compare them, or the file cannot be written.
    """
    earlier = load(path.parent) or [_continuous(gate, commits, config, 2)]
    new = _continuous(gate, commits, config, affordable_rounds(gate.spent, earlier))
    files.write(path, json.dumps(asdict(new), indent=1) + "\n")
    return new


def load(folder: Path) -> list[Continuous]:
    """Read the runs kept in a folder.

    Parameters
    ----------
    folder : Path
        Where `breakeven calibrate` keeps the controls.

    Returns
    -------
    list of Continuous
        In order of their names.

    Raises
    ------
    BreakevenError
        A file is damaged.
    """
    found = []
    for path in sorted(folder.glob("*.asv")):
        try:
            found.append(Continuous(**json.loads(path.read_text())))
        except (ValueError, TypeError, OSError) as err:
            raise BreakevenError(f"{path} is not a run of asv continuous: {err}") from None
    return found


def markdown(runs: Sequence[Continuous]) -> Iterator[str]:
    """Write what they said.

    Parameters
    ----------
    runs : sequence of Continuous
        Of any shares.

    Yields
    ------
    str
        A line; none if there are no runs.
    """
    if not runs:
        return
    yield ""
    yield f"`asv continuous --interleave-rounds --factor {FACTOR}`, given the time of each gate:"
    yield ""
    yield "| HEAD made slower by | runs | with any benchmark slower | slower | no answer | rounds | minutes |"
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for share in sorted({r.share for r in runs}):
        of_share = [r for r in runs if r.share == share]
        slower = sum(r.slower for r in of_share) / sum(r.benchmarks for r in of_share)
        minutes = float(np.median([r.seconds for r in of_share])) / 60
        yield (
            f"| {100 * share:.3g} % | {len(of_share)} | {sum(r.slower > 0 for r in of_share)} | {100 * slower:.3g} % "
            f"| {sum(r.status == 2 for r in of_share)} | {np.median([r.rounds for r in of_share]):g} | {minutes:.1f} |"
        )


def _continuous(gate: Record, commits: Sequence[str], config: Path, rounds: int) -> Continuous:
    options = ["--interleave-rounds", "--factor", str(FACTOR), "-a", f"rounds={rounds}", "--bench", gate.selected]
    started = time.monotonic()
    with _own_results(config) as own:
        command = [sys.executable, "-m", "asv", "--config", str(own), "continuous", *options, *commits]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    said = done.stdout.splitlines()
    # asv exits with 1 for a slowdown as well as for an error of its own
    if done.returncode != 2 and not any("CHANGED" in line or "PERFORMANCE" in line for line in said):
        raise BreakevenError(f"asv continuous failed: {(done.stderr or done.stdout).strip()[-500:]}")
    table = [line.strip() for line in said if line.startswith("|")]
    return Continuous(gate.control or 0.0, len(gate.cases), rounds, seconds, done.returncode, table)


@contextmanager
def _own_results(config: Path) -> Iterator[Path]:
    """Give a copy of asv's configuration with results of its own: these are no measurements of a release."""
    settings = {**util.load_json(str(config), js_comments=True), "results_dir": str(WORKSHOP / "continuous")}
    # beside the other, for asv takes every path as relative to its configuration
    with tempfile.NamedTemporaryFile("w", dir=config.parent, prefix=".asv-", suffix=".json") as own:
        json.dump(settings, own)
        own.flush()
        yield Path(own.name)
