"""What a gate has measured, kept as one JSON file from which every verdict can be computed again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from breakeven import files
from breakeven.errors import USAGE, BreakevenError
from breakeven.statistics.sequential import Array

#: Format of the file; raised when older files can no longer be read.
FORMAT = 1

Side = Literal["base", "head"]
SIDES: tuple[Side, Side] = ("base", "head")


@dataclass(frozen=True)
class Stack:
    """One side of the gate.

    Attributes
    ----------
    release : str
        Its name, with overrides.
    pins : dict of str to str
        What is installed.
    failure : str
        Why nothing can be measured on it; empty if something can.
    """

    release: str
    pins: dict[str, str]
    failure: str = ""


@dataclass(frozen=True)
class Case:
    """A benchmark with one of its parameter sets: what gets a verdict.

    Attributes
    ----------
    benchmark : str
        asv's name.
    parameters : tuple of str
        As asv writes them.
    kind : {"time", "score", "memory"}
        What it measures.
    sides : tuple of {"base", "head"}
        Where the suite offers it.
    score_tolerance : float
        Relative difference between scores that the workload lets pass.
    noise : tuple of float
        Log-ratios of earlier rounds of a release against itself on this machine.
    seconds : float
        What a round took then; 0 if there was none.
    """

    benchmark: str
    parameters: tuple[str, ...]
    kind: Literal["time", "score", "memory"]
    sides: tuple[Side, ...] = SIDES
    score_tolerance: float = 0.0
    noise: tuple[float, ...] = ()
    seconds: float = 0.0

    @property
    def label(self) -> str:
        """Its name as asv prints it."""
        return f"{self.benchmark}({', '.join(self.parameters)})" if self.parameters else self.benchmark


@dataclass(frozen=True)
class Measured:
    """One fresh process.

    Attributes
    ----------
    label : str
        Of the case.
    round : int
        From 1; the two sides of a round take turns, or run one right after the other.
    side : {"base", "head"}
        Whose stack it ran on.
    started : str
        When the first of the round's two began: UTC, ISO 8601.
    wall : float
        Half of the seconds since the round before it ended, so that these add up to the whole.
    busy : float
        Share of the machine's processors that others used right before, 0 to 1.
    samples : tuple of float
        Seconds a call, or the one number that is tracked; empty if there is an error.
    error : str
        "skipped", or why it failed; else empty.
    turns : tuple of int
        For each sample the number of its turn, in which the other side made a call too; empty if it took none.
    """

    label: str
    round: int
    side: Side
    started: str
    wall: float
    busy: float
    samples: tuple[float, ...]
    error: str = ""
    turns: tuple[int, ...] = ()


#: Sums up a round, of base and of head, by the logarithm of head's time over base's.
Statistic = Callable[[Measured, Measured], float]


@dataclass
class Record:
    """A gate's settings, and everything that it has measured so far.

    Attributes
    ----------
    base, head : Stack
        The two sides.
    tolerance, memory_tolerance : float
        Slowdown and growth of peak memory that are let pass; 0.05 is 5 %.
    budget : float
        Seconds.
    machine : dict of str to str
        asv's description of it.
    profile : str
        ``BREAKEVEN_PROFILE``.
    selected : str
        Regular expression that chose the benchmarks.
    cases : list of Case
        What is expected to be measured.
    controls : str
        What earlier controls on this machine showed.
    control : float or None
        By how much HEAD was made slower on purpose, if this gate is itself a control.
    two_sided : bool
        Whether a benchmark stays open until it is known not to be faster either.
    family : int
        Gates of one search, whose false alarms are held together.
    seed : int
        Of the order of benchmarks and sides.
    measured : list of Measured
        In order of time.
    finished : bool
        Whether the gate came to its own end.
    """

    base: Stack
    head: Stack
    tolerance: float
    memory_tolerance: float
    budget: float
    machine: dict[str, str]
    profile: str
    selected: str
    cases: list[Case]
    controls: str = ""
    control: float | None = None
    two_sided: bool = False
    family: int = 1
    seed: int = 0
    measured: list[Measured] = field(default_factory=list)
    finished: bool = False

    @property
    def spent(self) -> float:
        """Seconds spent in measuring."""
        return sum(m.wall for m in self.measured)

    @property
    def timed(self) -> float:
        """Seconds of ``spent`` that were spent in timed calls."""
        times = {c.label for c in self.cases if c.kind == "time"}
        return sum(sum(m.samples) for m in self.measured if m.label in times)

    @property
    def busy(self) -> float:
        """Median share of the machine's processors that others used; 0 before anything is measured."""
        return float(np.median([m.busy for m in self.measured])) if self.measured else 0.0

    def _question(self) -> tuple[object, ...]:
        cases = [(c.label, c.kind, c.score_tolerance) for c in self.cases]
        limits = (self.tolerance, self.memory_tolerance)
        return self.base.pins, self.head.pins, limits, self.two_sided, self.machine, self.profile, cases

    def pairs(self, label: str) -> Iterator[tuple[Measured, Measured]]:
        """Give base and head of each complete round of a case, in order."""
        found = {(m.round, m.side): m for m in self.measured if m.label == label}
        for number in sorted({n for n, _ in found}):
            if (number, "base") in found and (number, "head") in found:
                yield found[number, "base"], found[number, "head"]

    def log_ratios(self, label: str, statistic: Statistic | None = None) -> Array:
        """Give the logarithm of head's time over base's, round by round.

        Parameters
        ----------
        label : str
            Of a case.
        statistic : callable, optional
            `log_ratio` if none is given.

        Returns
        -------
        ndarray of shape (n_rounds,)
        """
        of = statistic or log_ratio
        return np.array([of(b, h) for b, h in self.pairs(label) if b.samples and h.samples])

    def drop_halves(self) -> None:
        """Forget sides of which the other was not measured in the same round."""
        whole = {(m.label, m.round) for c in self.cases for pair in self.pairs(c.label) for m in pair}
        self.measured = [m for m in self.measured if (m.label, m.round) in whole]

    def save(self, path: Path) -> None:
        """Write the file.

        Parameters
        ----------
        path : Path
            The file.

        Raises
        ------
        BreakevenError
            It cannot be written; an older one is untouched.
        """
        files.write(path, json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n")


def log_ratio(base: Measured, head: Measured) -> float:
    """Sum up a round by the median over its turns: what the machine did in a turn, it did to both calls.

    Without turns there is no such pairing, and the first deciles are compared: a neighbour on a shared machine
    makes most calls of a process slow for seconds on end, but it makes none faster. docs/gate.md compares these
    and others on measured rounds.

    Parameters
    ----------
    base, head : Measured
        With samples.

    Returns
    -------
    float
        Logarithm of head's time over base's.
    """
    shared = side_by_side(base, head)
    if len(shared):
        return float(np.median(np.log(shared[:, 1] / shared[:, 0])))
    return float(np.log(np.quantile(head.samples, 0.1) / np.quantile(base.samples, 0.1)))


def side_by_side(base: Measured, head: Measured) -> Array:
    """Give the calls that were made in the same turns.

    Parameters
    ----------
    base, head : Measured
        Of one round.

    Returns
    -------
    ndarray of shape (n_turns, 2)
        Seconds of base's call and of head's; no rows if they took no turns.
    """
    before, after = (dict(zip(m.turns, m.samples, strict=False)) for m in (base, head))
    return np.array([(before[turn], after[turn]) for turn in before if turn in after]).reshape(-1, 2)


def resumed(path: Path, new: Record) -> Record | None:
    """Read what the same gate has measured before.

    Parameters
    ----------
    path : Path
        The file.
    new : Record
        The gate that is about to begin.

    Returns
    -------
    Record or None
        None if there is no file.

    Raises
    ------
    BreakevenError
        The file is damaged, or of another gate.
    """
    if not path.exists():
        return None
    old = load(path)
    if old._question() != new._question():
        raise BreakevenError(f"{path} holds another gate: give it another name, or remove it", USAGE)
    return old


def load(path: Path) -> Record:
    """Read what a gate has measured.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Record

    Raises
    ------
    BreakevenError
        There is no such file, or it is not a gate's.
    """
    try:
        data: dict[str, Any] = json.loads(path.read_text())
        if data.pop("format") != FORMAT:
            raise BreakevenError(f"{path} was written by another version of breakeven")
        for side in SIDES:
            data[side] = Stack(**data[side])
        data["cases"] = [Case(**_tuples(c)) for c in data["cases"]]
        data["measured"] = [Measured(**_tuples(m)) for m in data["measured"]]
        return Record(**data)
    except FileNotFoundError:
        raise BreakevenError(f"No {path}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as err:
        raise BreakevenError(f"{path} is not the record of a gate: {err}") from None


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
