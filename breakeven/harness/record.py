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
from breakeven.harness import kinds, machine, results
from breakeven.harness.reading import Reading
from breakeven.statistics import round_ratio
from breakeven.statistics.arrays import Array

#: Format of the file. Format 1, which had other kinds and no reading of its own, is read by `_converted`.
FORMAT = 2

#: Slowdown that is let pass where nothing else is said, and growth of peak memory.
TOLERANCE, MEMORY_TOLERANCE = 0.05, 0.1

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
    kind : str
        Of its number: the name of one of `breakeven.harness.kinds.KINDS`.
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
    kind: str
    sides: tuple[Side, ...] = SIDES
    score_tolerance: float = 0.0
    noise: tuple[float, ...] = ()
    seconds: float = 0.0

    @property
    def judged(self) -> str:
        """How its numbers are compared: see `Kind`."""
        return kinds.named(self.kind).judged

    @property
    def label(self) -> str:
        """Its name as asv prints it."""
        return results.label(self.benchmark, self.parameters)


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
    reading : Reading
        What it gave; of its turns, those of one number were taken by both sides.
    """

    label: str
    round: int
    side: Side
    started: str
    wall: float
    busy: float
    reading: Reading

    @property
    def samples(self) -> tuple[float, ...]:
        """Seconds a call, or the one number that is tracked; empty if there is an error."""
        return self.reading.samples


#: Sums up a round, of base and of head, by the logarithm of head's time over base's.
Statistic = Callable[[Measured, Measured], float]


@dataclass(frozen=True)
class Settings:
    """What a user, or a search, asks of a gate; each field is one of `Record` too, and is told there.

    Attributes
    ----------
    tolerance, memory_tolerance, budget, selected, profile, controls, control, two_sided, family, seed
        See `Record`.
    """

    tolerance: float
    memory_tolerance: float
    budget: float
    selected: str
    profile: str
    controls: str = ""
    control: float | None = None
    two_sided: bool = False
    family: int = 1
    seed: int = 0


@dataclass
class Record:
    """A gate's settings, and everything that it has measured so far.

    Attributes
    ----------
    base, head : Stack
        The two sides.
    tolerance, memory_tolerance : float
        Slowdown and growth of peak memory that are let pass, as shares.
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
        times = {c.label for c in self.cases if c.judged == "as time"}
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

    def failure(self, case: Case) -> str:
        """Say why a case gives no number to compare.

        Parameters
        ----------
        case : Case
            One of the record's.

        Returns
        -------
        str
            Empty if nothing is known to stand in the way.
        """
        for stack in (self.base, self.head):
            if stack.failure:
                return f"{stack.release}: {stack.failure}"
        if len(case.sides) == 1:
            (only,) = case.sides
            return f"the suite offers it only on {self.base.release if only == 'base' else self.head.release}"
        failed = {m.side: m.reading.error for m in self.measured if m.label == case.label and m.reading.error}
        if len(failed) == 2:
            return f"on both sides: {failed['head']}"
        return "".join(f"on {'BASE' if side == 'base' else 'HEAD'} only: {error}" for side, error in failed.items())

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
    """Sum up a round, as `round_ratio.log_ratio` does."""
    return round_ratio.log_ratio(base.samples, base.reading.turns, head.samples, head.reading.turns)


def side_by_side(base: Measured, head: Measured) -> Array:
    """Give the calls that were made in the same turns, as `round_ratio.side_by_side` does."""
    return round_ratio.side_by_side(base.samples, base.reading.turns, head.samples, head.reading.turns)


def begin(base: Stack, head: Stack, cases: list[Case], asked: Settings) -> Record:
    """Begin a record on this machine.

    Parameters
    ----------
    base, head : Stack
        The two sides.
    cases : list of Case
        What is to be judged.
    asked : Settings
        How.

    Returns
    -------
    Record
        Empty.
    """
    return Record(base=base, head=head, cases=cases, machine=machine.described(), **asdict(asked))


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
        if data["format"] == 1:
            data = _converted(data)
        if data.pop("format") != FORMAT:
            raise BreakevenError(f"{path} was written by another version of breakeven")
        for side in SIDES:
            data[side] = Stack(**data[side])
        data["cases"] = [Case(**_tuples(c)) for c in data["cases"]]
        data["measured"] = [Measured(**m | {"reading": Reading(**_tuples(m["reading"]))}) for m in data["measured"]]
        return Record(**data)
    except FileNotFoundError:
        raise BreakevenError(f"No {path}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as err:
        raise BreakevenError(f"{path} is not the record of a gate: {err}") from None


def _converted(data: dict[str, Any]) -> dict[str, Any]:
    """Bring a record of format 1 to the present one."""
    for case in data["cases"]:
        case["kind"] = {"memory": "peak memory"}.get(case["kind"], case["kind"])
    for measured in data["measured"]:
        measured["reading"] = {name: measured.pop(name) for name in ("samples", "error", "turns") if name in measured}
    return data | {"format": 2}


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
