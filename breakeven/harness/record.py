"""What rounds have measured, from which every verdict can be computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import kinds, machine, results
from breakeven.harness.accepted import Accepted
from breakeven.harness.reading import Reading
from breakeven.statistics import round_ratio
from breakeven.statistics.arrays import Array
from breakeven.statistics.sequential import Guess

#: The arms of a gate.
BASE, HEAD = "base", "head"


@dataclass(frozen=True)
class Stack:
    """What an arm runs on.

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
    """What is compared in rounds of its own: in a gate, a benchmark with one of its parameter sets.

    Attributes
    ----------
    benchmark : str
        asv's name.
    parameters : tuple of str
        As asv writes them; of a workload whose strategies are compared, those that its arms share.
    kind : str
        Of its number: the name of one of `breakeven.harness.kinds.KINDS`.
    arms : tuple of str
        For which the suite offers it; the first one is the reference.
    own : dict of str to tuple of str
        All parameters of each arm, where arms differ in them.
    tolerance : float
        Relative growth of a time or of peak memory, or difference of scores, that the suite lets pass.
    noise : tuple of float
        Log-ratios of earlier rounds of a release against itself on this machine.
    seconds : float
        What a round took then; 0 if there was none.
    """

    benchmark: str
    parameters: tuple[str, ...]
    kind: str
    arms: tuple[str, ...] = (BASE, HEAD)
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tolerance: float = 0.0
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

    def parameters_of(self, arm: str) -> tuple[str, ...]:
        """Give the parameters that an arm is measured with."""
        return self.own.get(arm, self.parameters)


@dataclass(frozen=True)
class Measured:
    """One fresh process.

    Attributes
    ----------
    label : str
        Of the case.
    round : int
        From 1; the arms of a round take turns, or run one right after the other.
    arm : str
        Which of the record's.
    started : str
        When the round began: UTC, ISO 8601.
    wall : float
        An equal share of the seconds since the round before it ended, so that these add up to the whole.
    busy : float
        Share of the machine's processors that others used right before, 0 to 1.
    reading : Reading
        What it gave; of its turns, those of one number were taken by all arms.
    place : int
        Of the arm among those of its round, from 0, as ``Course.before`` counts them.
    server : int
        Which of the servers that had imported the suite it was forked from.
    environment : str
        Name of the copy of the environment; empty for the release's own.
    group : int
        Part of the round, where its arms did not fit into the memory together; the reference is in each.
    """

    label: str
    round: int
    arm: str
    started: str
    wall: float
    busy: float
    reading: Reading
    place: int = 0
    server: int = 0
    environment: str = ""
    group: int = 0

    @property
    def samples(self) -> tuple[float, ...]:
        """Seconds a call, or the one number that is tracked; empty if there is an error."""
        return self.reading.samples


#: Sums up a round, of the reference and of another arm, by the logarithm of the other's time over the reference's.
Statistic = Callable[[Measured, Measured], float]


@dataclass(frozen=True)
class Settings:
    """What a user, or a search, asks of rounds; each field is one of `Record` too, and is told there.

    Attributes
    ----------
    budget, selected, profile, tolerance, memory_tolerance, controls, control, two_sided, family, seed, accepted
        See `Record`.
    """

    budget: float
    selected: str
    profile: str
    tolerance: float | None = None
    memory_tolerance: float | None = None
    controls: str = ""
    control: float | None = None
    two_sided: bool = False
    family: int = 1
    seed: int = 0
    accepted: tuple[Accepted, ...] = ()


@dataclass
class Record:
    """What was asked, and everything that has been measured so far.

    Attributes
    ----------
    arms : dict of str to Stack
        What is compared; the first one is the reference.
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
    tolerance, memory_tolerance : float or None
        Slowdown and growth of peak memory that are let pass, as shares; None for what the suite states of each case.
    controls : str
        What earlier controls on this machine showed.
    control : float or None
        By how much HEAD was made slower on purpose, if this gate is itself a control.
    two_sided : bool
        Whether a benchmark stays open until it is known not to be faster either.
    family : int
        Gates of one search, whose false alarms are held together.
    seed : int
        Of the order of arms, cores and servers.
    accepted : tuple of Accepted
        Slowdowns that are known and let pass.
    measured : list of Measured
        In order of time.
    guesses : dict of str to Guess
        By label, what was thought of a case's noise before its first round.
    finished : bool
        Whether the rounds came to their own end.
    torn : bool
        Whether the file's last line was torn, and dropped.
    """

    arms: dict[str, Stack]
    budget: float
    machine: dict[str, str]
    profile: str
    selected: str
    cases: list[Case]
    tolerance: float | None = None
    memory_tolerance: float | None = None
    controls: str = ""
    control: float | None = None
    two_sided: bool = False
    family: int = 1
    seed: int = 0
    accepted: tuple[Accepted, ...] = ()
    measured: list[Measured] = field(default_factory=list)
    guesses: dict[str, Guess] = field(default_factory=dict)
    finished: bool = False
    torn: bool = False

    @property
    def base(self) -> Stack:
        """The first side of a gate."""
        return self.arms[BASE]

    @property
    def head(self) -> Stack:
        """The second side of a gate."""
        return self.arms[HEAD]

    @property
    def spent(self) -> float:
        """Seconds spent in measuring."""
        return sum(m.wall for m in self.measured)

    @property
    def timed(self) -> float:
        """Seconds of ``spent`` that were spent in timed calls."""
        times = {c.label for c in self.cases if c.judged == "as time"}
        return sum(sum(m.samples) * m.reading.number for m in self.measured if m.label in times)

    @property
    def busy(self) -> float:
        """Median share of the machine's processors that others used; 0 before anything is measured."""
        return float(np.median([m.busy for m in self.measured])) if self.measured else 0.0

    @property
    def in_groups(self) -> list[str]:
        """Name the cases of which a round was measured in groups, for its arms did not find room together."""
        return list(dict.fromkeys(m.label for m in self.measured if m.group))

    def question(self, growing: bool = False) -> tuple[object, ...]:
        """Give what must be the same for a record to go on; without arms and cases if these may grow."""
        asked = self.tolerance, self.memory_tolerance, self.two_sided, self.machine, self.profile
        if growing:
            return asked
        cases = [(c.label, c.kind, self.tolerance_of(c)) for c in self.cases]
        return *asked, cases, {name: stack.pins for name, stack in self.arms.items()}

    def tolerance_of(self, case: Case) -> float:
        """Give the relative growth, or difference of scores, that is let pass of a case."""
        asked = {"as time": self.tolerance, "as memory": self.memory_tolerance}.get(case.judged)
        return case.tolerance if asked is None else asked

    def case(self, label: str) -> Case:
        """Give a case by its label."""
        return next(c for c in self.cases if c.label == label)

    def of(self, label: str) -> list[Measured]:
        """List the processes of a case, in order of time."""
        return [m for m in self.measured if m.label == label]

    def last_round(self, label: str) -> int:
        """Give the number of the last round of a case, begun with 1; 0 if there is none."""
        return max((m.round for m in self.of(label)), default=0)

    def pairs(self, label: str, arm: str = HEAD, reference: str = BASE) -> Iterator[tuple[Measured, Measured]]:
        """Give two arms of each round of a case in which both were measured together, in order.

        Parameters
        ----------
        label : str
            Of the case.
        arm, reference : str
            Which two.

        Yields
        ------
        reference, arm : Measured
        """
        found = {(m.round, m.group, m.arm): m for m in self.of(label)}
        for number, group in sorted({(n, g) for n, g, _ in found}):
            if (number, group, reference) in found and (number, group, arm) in found:
                yield found[number, group, reference], found[number, group, arm]

    def log_ratios(
        self, label: str, statistic: Statistic | None = None, arm: str = HEAD, reference: str = BASE
    ) -> Array:
        """Give the logarithm of an arm's time over the reference's, round by round.

        Parameters
        ----------
        label : str
            Of a case.
        statistic : callable, optional
            `log_ratio` if none is given.
        arm, reference : str
            Which two.

        Returns
        -------
        ndarray of shape (n_rounds,)
        """
        of = statistic or log_ratio
        return np.array([of(b, h) for b, h in self.pairs(label, arm, reference) if b.samples and h.samples])

    def turn_log_ratios(self, label: str, arm: str = HEAD, reference: str = BASE) -> list[Array]:
        """Give the log-ratios of each turn, round by round; none of a round without turns."""
        pairs = (pair for pair in self.pairs(label, arm, reference) if all(m.samples for m in pair))
        return [np.diff(np.log(side_by_side(*pair)), axis=1)[:, 0] for pair in pairs]

    def every_log_ratio(self, case: Case) -> list[Array]:
        """Give the log-ratios of each arm of a timed case but the reference; none of what is not timed."""
        if case.judged != "as time":
            return []
        return [self.log_ratios(case.label, arm=arm, reference=case.arms[0]) for arm in case.arms[1:]]

    def failure(self, case: Case) -> str:
        """Say why a case of a gate gives no number to compare.

        Parameters
        ----------
        case : Case
            One of the record's.

        Returns
        -------
        str
            Empty if nothing is known to stand in the way.
        """
        for stack in self.arms.values():
            if stack.failure:
                return f"{stack.release}: {stack.failure}"
        if len(case.arms) == 1:
            return f"the suite offers it only on {self.arms[case.arms[0]].release}"
        failed = {m.arm: m.reading.error for m in self.of(case.label) if m.reading.error}
        if len(failed) == 2:
            return f"on both sides: {failed[HEAD]}"
        return "".join(f"on {arm.upper()} only: {error}" for arm, error in failed.items())


def joined(shards: Sequence[Record]) -> Record:
    """Put the shards of one gate together, for what is told of the whole.

    Each case was judged by the record of its own shard; verdicts on the joined record may differ, for its family of
    cases is another one.

    Parameters
    ----------
    shards : sequence of Record
        At least one.

    Returns
    -------
    Record
        Its budget is the sum; its machine is that of the first.

    Raises
    ------
    BreakevenError
        They are not of the same two releases, or have a case in common.
    """
    first = shards[0]
    for other in shards[1:]:
        if any(other.arms[side].pins != stack.pins for side, stack in first.arms.items()):
            raise BreakevenError("These records are of different releases: they are no shards of one gate", USAGE)
    cases = [case for shard in shards for case in shard.cases]
    twice = [label for label, n in Counter(case.label for case in cases).items() if n > 1]
    if twice:
        raise BreakevenError(f"{twice[0]} is in two of these records: they are no shards of one gate", USAGE)
    return replace(
        first,
        budget=sum(shard.budget for shard in shards),
        cases=cases,
        measured=[measured for shard in shards for measured in shard.measured],
        guesses={label: guess for shard in shards for label, guess in shard.guesses.items()},
        finished=all(shard.finished for shard in shards),
        torn=any(shard.torn for shard in shards),
    )


def log_ratio(base: Measured, head: Measured) -> float:
    """Sum up a round, as `round_ratio.log_ratio` does."""
    return round_ratio.log_ratio(base.samples, base.reading.turns, head.samples, head.reading.turns)


def side_by_side(base: Measured, head: Measured) -> Array:
    """Give the calls that were made in the same turns, as `round_ratio.side_by_side` does."""
    return round_ratio.side_by_side(base.samples, base.reading.turns, head.samples, head.reading.turns)


def begin(arms: Mapping[str, Stack], cases: Sequence[Case], asked: Settings) -> Record:
    """Begin a record on this machine.

    Parameters
    ----------
    arms : mapping of str to Stack
        What is compared; the reference first.
    cases : sequence of Case
        What is to be judged.
    asked : Settings
        How.

    Returns
    -------
    Record
        Empty.
    """
    settings = asdict(asked) | {"accepted": asked.accepted}
    return Record(arms=dict(arms), cases=list(cases), machine=machine.described(), **settings)
