"""Rounds of one fresh process an arm, until every case is decided or the budget is spent."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeVar

import numpy as np
import psutil

from breakeven.harness import balance, effort, guard, room, schedule, turns
from breakeven.harness.arms import Arm, Process
from breakeven.harness.balance import Start
from breakeven.harness.player import Plan, Seat
from breakeven.harness.reading import Reading
from breakeven.harness.record import Case, Measured, Record
from breakeven.harness.record_file import RecordFile
from breakeven.harness.schedule import Waiting
from breakeven.statistics import sequential

#: Fewest turns of a round: of two arms two on a core and two on the next. Where strategies are compared the first
#: rounds are short. Which of two comes first is balanced over rounds.
FEWEST = {2: 4}
FEWEST_OF_MANY, FEWEST_OF_CHOICE = 2, 1

#: Arms that start at the same time in the first round, before it is known what they need.
STARTING = 2

#: Servers that an arm's processes are forked from in turns.
SERVERS = 2

#: What is not disturbed by others that run at the same time, and how many processes of it do.
UNTIMED, AT_ONCE = ("as score", "as memory"), 4

#: Share of the processors in use by others above which the machine counts as busy.
BUSY = 0.1

#: Seconds over which that share is read, before each round.
LOOK = 0.1


class Judged(Protocol):
    """What is said of a case so far."""

    @property
    def case(self) -> Case:
        """What was compared."""

    @property
    def open(self) -> bool:
        """Whether more rounds may still change what is said."""

    @property
    def more(self) -> float:
        """Rounds that it is expected to need: infinite if perhaps none will do, NaN if nothing is known."""

    @property
    def suspected(self) -> bool:
        """Whether it looks slower, though that is not established."""

    @property
    def rounds(self) -> int:
        """Complete ones."""

    @property
    def staying(self) -> tuple[str, ...]:
        """The arms that the next round is to have, the reference first."""


J = TypeVar("J", bound=Judged)

#: Says of cases whether they are open; each is judged by its own rounds.
Judge = Callable[[Record, Sequence[Case]], list[J]]


def measure(
    record: Record, arms: Mapping[str, Arm], file: RecordFile, judge: Judge[J], cases: Sequence[Case] | None = None
) -> Iterator[list[J]]:
    """Measure round by round until nothing is open or the budget is spent.

    Each case is judged after each round of its own; `schedule` says which one has the next round.

    Parameters
    ----------
    record : Record
        Settings, and what was measured already; added to.
    arms : mapping of str to Arm
        Where each arm's processes run.
    file : RecordFile
        Where the record is kept; a line is added for each process.
    judge : callable
        Says of each case whether it is open.
    cases : sequence of Case, optional
        Those of the record that are to be measured; all if none are given.

    Yields
    ------
    list of Judged
        After each round, of these cases.
    """
    record.finished = False
    lends = sum(_shares_cluster(case, arms) for case in record.cases) > 1
    judged = {j.case.label: j for j in judge(record, record.cases if cases is None else cases)}
    while record.spent < record.budget and (waiting := [j for j in judged.values() if j.open]):
        at = schedule.following([_waiting(record, j, arms if lends else {}) for j in waiting], _n_rounds(record))
        case = waiting[at].case
        if case.judged == "as time" and case.label not in record.guesses:
            others = [r for c in record.cases if c.label != case.label for r in record.every_log_ratio(c)]
            guess = sequential.guess(np.array(case.noise), others)
            record.guesses[case.label] = file.guess(case.label, guess)
        one(record, case, waiting[at].staying, arms, file, lends)
        (judged[case.label],) = judge(record, [case])
        yield list(judged.values())
    record.finished = True
    file.finished()
    yield list(judged.values())


def one(
    record: Record,
    case: Case,
    staying: Sequence[str],
    arms: Mapping[str, Arm],
    file: RecordFile,
    lends: bool = False,
) -> list[Measured]:
    """Measure one round of a case, and keep it.

    Parameters
    ----------
    record : Record
        Added to.
    case : Case
        One of its cases.
    staying : sequence of str
        Arms of the round, the reference first.
    arms, file
        As for `measure`.
    lends : bool
        Whether a cluster is lent to what may use one after others did.

    Returns
    -------
    list of Measured
        One an arm; of the reference one in each group, if there was no room for all at once.
    """
    clock = time.monotonic()
    measured = _Round.of(record, case, staying, arms, lends).measure(record)
    share = (time.monotonic() - clock) / len(measured)
    measured = file.processes(replace(m, wall=share) for m in measured)
    record.measured += measured
    return measured


def go_on(old: Record, budget: float, undecided: bool) -> bool:
    """Let an earlier record go on if it can.

    Parameters
    ----------
    old : Record
        What was measured; gets the budget if it goes on.
    budget : float
        Seconds that it may take in all.
    undecided : bool
        Whether anything in it is open.

    Returns
    -------
    bool
        Whether it was interrupted, or stayed undecided and has budget left now.
    """
    if old.finished and not (undecided and old.spent < budget):
        return False
    old.finished, old.budget = False, budget
    return True


def _shares_cluster(case: Case, arms: Mapping[str, Arm]) -> bool:
    """Say whether a case may use clusters after others did: not where strategies are compared, as a user meets them."""
    own, places = case.parameters, [arms[name] for name in case.arms if name in arms]
    return not case.own and all(arm.shares_cluster(case.benchmark, own) for arm in places)


def _waiting(record: Record, judged: Judged, lenders: Mapping[str, Arm]) -> Waiting:
    case, every = judged.case, record.measured
    own = [at for at, m in enumerate(every) if m.label == case.label]
    n_rounds = len({every[at].round for at in own})
    spent = sum(every[at].wall for at in own) / n_rounds if n_rounds else case.seconds
    return Waiting(judged.more, spent, own[-1] if own else -1, _cluster(case, lenders), judged.suspected)


def _cluster(case: Case, lenders: Mapping[str, Arm]) -> Literal["", "runs", "starts"]:
    """Say whether a case needs a cluster of those who lend one, and whether it runs."""
    if not lenders or not _shares_cluster(case, lenders):
        return ""
    lent = [lenders[name].can_lend(case.benchmark, case.parameters) for name in case.arms if name in lenders]
    return "runs" if all(lent) else "starts"


def _n_rounds(record: Record) -> int:
    return len({(m.label, m.round) for m in record.measured})


@dataclass(frozen=True)
class _Round:
    """A round that is about to be measured: which arms, in which order, each where."""

    case: Case
    number: int
    names: tuple[str, ...]
    arms: tuple[Arm, ...]
    servers: tuple[int, ...]
    start: Start
    lends: bool

    @classmethod
    def of(cls, record: Record, case: Case, staying: Sequence[str], arms: Mapping[str, Arm], lends: bool) -> _Round:
        """Lay the next round of a case out."""
        number = 1 + record.last_round(case.label)

        def flip(factor: str) -> int:
            return balance.flip(record.seed, case.label, factor, number)

        places = [arms[name] for name in staying]
        pins = [record.arms[name].pins for name in staying]
        if len(places) == 2 and pins[0] == pins[1] and flip("environment"):
            places.reverse()
        rng = random.Random(f"{record.seed} {case.label} {number}")
        return cls(
            case,
            number,
            tuple(staying),
            tuple(places),
            tuple(_servers([_key(case, name, arm) for name, arm in zip(staying, places, strict=True)], rng, flip)),
            Start(flip("order"), flip("core"), number),
            lends and _shares_cluster(case, arms),
        )

    def measure(self, record: Record) -> list[Measured]:
        """Measure the round, in groups around the reference where its arms do not find room together."""
        busy = psutil.cpu_percent(interval=LOOK) / 100
        started = datetime.now(UTC).isoformat(timespec="seconds")
        before = {m.arm: m for m in record.of(self.case.label) if m.reading.turns}
        todo, measured = list(range(len(self.names))), []
        for group in itertools.count():
            places = todo
            if all(name in before for name in self.names):
                needs = [before[self.names[p]].reading.course.need for p in todo]
                places = [todo[p] for p in room.groups(needs, room.free())[0]]
            readings = self._read(record, places, len(places) if len(before) == len(self.names) else STARTING)
            measured += [
                Measured(
                    self.case.label, self.number, self.names[p], started, 0.0, busy, reading,
                    at, self.servers[p], self.arms[p].environment, group,
                )
                for at, (p, reading) in enumerate(zip(places, readings, strict=False))
            ]  # fmt: skip
            todo = [0, *(p for p in todo if p not in places[: len(readings)])]
            if len(todo) == 1:
                return measured
        raise AssertionError

    def _read(self, record: Record, places: Sequence[int], at_once: int) -> list[Reading]:
        """Run an arm each: in turns if it is called more than once, else one after the other."""
        case, first = self.case, self.arms[0].benchmarks[self.case.benchmark]
        reads = [self._reader(p) for p in places]
        if case.judged in UNTIMED:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                return list(pool.map(lambda read: read(None), reads))
        if case.judged != "as time" or first.get("repeat") == 1:  # one call a process: a first call is meant
            order = reads[::-1] if self.start.order else reads
            readings = [read(None) for read in order]
            return readings[::-1] if self.start.order else readings
        plan = Plan(
            effort.seconds(record, case),
            FEWEST_OF_CHOICE if effort.short(record, case) else FEWEST.get(len(places), FEWEST_OF_MANY),
            first["timeout"],
            self.start,
            [self.arms[p].one_core(case.benchmark, case.parameters_of(self.names[p])) for p in places],
            # what is not timed by asv asks for no turn: a start would disturb the other arms' calls
            at_once=at_once if first["type"] == "time" else 1,
            crowds={at for at, p in enumerate(places) if self._crowds(p)},
            freezes=all(arm.freezes for arm in self.arms),
            shared={pid for arm in self.arms for pid in arm.workers_here},
        )
        if not self.lends:
            return turns.alternate(reads, plan, guard.own())
        asked = case.benchmark, case.parameters
        used = all(self.arms[p].can_lend(*asked) for p in places)

        def on_clusters(anew: bool) -> list[Reading]:
            lending = replace(plan, lend=lambda number: self.arms[places[number]].lend(*asked, anew))
            return turns.alternate(reads, lending, guard.own())

        readings = on_clusters(anew=not used)
        # what others did to a cluster is no fault of this case
        return on_clusters(anew=True) if used and any(r.failed for r in readings) else readings

    def _crowds(self, place: int) -> bool:
        return self.arms[place].crowds(self.case.benchmark, self.case.parameters_of(self.names[place]))

    def _reader(self, place: int) -> Callable[[Seat | None], Reading]:
        arm, case, server = self.arms[place], self.case, self.servers[place]
        parameters = case.parameters_of(self.names[place])
        return lambda seat: arm.read(case.benchmark, parameters, Process(seat=seat, server=server))


def _key(case: Case, name: str, arm: Arm) -> tuple[int, tuple[str, ...]]:
    """Tell apart arms that cannot be forked from the same server: where they run, and what they import."""
    return id(arm), arm.imports(case.benchmark, case.parameters_of(name))


def _servers(
    keys: Sequence[tuple[int, tuple[str, ...]]], rng: random.Random, flip: Callable[[str], int]
) -> Iterator[int]:
    """Give each arm a server of its own: each of two changes from round to round, several are drawn."""
    drawn = {}
    for at, key in enumerate(keys):
        if key not in drawn:
            number = keys.count(key)
            drawn[key] = [flip(f"server {at}")] if number == 1 else rng.sample(range(number), number)
        yield drawn[key].pop()
