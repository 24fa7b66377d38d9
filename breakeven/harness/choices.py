"""Strategies as arms: what a run has to measure of its releases, until the winner is known or a tie is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from breakeven.errors import BreakevenError
from breakeven.harness import compared, profiles, results, suite
from breakeven.harness.arms import Arm
from breakeven.harness.record import Case, Record
from breakeven.harness.suite import STRATEGY, Benchmark
from breakeven.statistics import ranking

#: Rounds after which strategies that still cannot be told apart are left at that: a tie within more than 10 %.
MOST = 16


@dataclass(frozen=True)
class Choice:
    """What is said of a case so far.

    Attributes
    ----------
    case : Case
        A workload at a size, with its strategies; or a benchmark that has none.
    rounds : int
        Complete ones.
    more : float
        How many are expected to be needed.
    staying : tuple of str
        The arms that they are to have.
    """

    case: Case
    rounds: int
    more: float
    staying: tuple[str, ...]

    #: Nothing is suspected: no strategy is to be as fast as another.
    suspected = False

    @property
    def open(self) -> bool:
        """Whether more rounds are to come."""
        return self.more > 0


def cases(offered: Mapping[str, Arm], patterns: Sequence[re.Pattern[str]], profile: str) -> list[Case]:
    """List what is to be measured.

    Parameters
    ----------
    offered : mapping of str to Arm
        By release, what the suite offers there.
    patterns : sequence of re.Pattern
        Only benchmarks in whose name and parameters one of them is found; all if there are none.
    profile : str
        That selects parameters.

    Returns
    -------
    list of Case
        In asv's order: one for each benchmark and set of parameters, whose arms are the releases and strategies.

    Raises
    ------
    BreakevenError
        Nothing is selected.
    """
    found: dict[tuple[str, tuple[str, ...]], dict[str, tuple[str, ...]]] = {}
    known: dict[str, Benchmark] = {}
    elsewhere = 0
    for release, suite_there in offered.items():
        for name, described in suite_there.benchmarks.items():
            benchmark = known[name] = suite.read(described)
            chosen = set(profiles.selected(described, profile))
            for at, parameters in enumerate(results.parameter_sets(described)):
                if patterns and not any(p.search(results.label(name, parameters)) for p in patterns):
                    continue
                if at not in chosen:
                    elsewhere += 1
                    continue
                strategy, shared = benchmark.strategy(parameters), parameters
                if strategy is not None:
                    place = benchmark.axes.index(STRATEGY)
                    shared = (*parameters[:place], *parameters[place + 1 :])
                own = found.setdefault((name, shared), {})
                own[compared.arm(release, strategy.name if strategy else "")] = parameters
    if not found:
        told = " or ".join(p.pattern for p in patterns) or "anything"
        others = f" in the {profile} profile; {elsewhere} do in others" if elsewhere else ""
        raise BreakevenError(f"No benchmark matches {told}{others}")
    return [
        Case(
            name,
            shared,
            known[name].kind.name,
            tuple(own),
            own,
            known[name].tolerance_of(next(iter(own.values()))).share,
        )
        for (name, shared), own in found.items()
    ]


def judge(record: Record, asked: Sequence[Case], processes: Mapping[str, int]) -> list[Choice]:
    """Say of cases whether more rounds are to come.

    Parameters
    ----------
    record : Record
        What has been measured.
    asked : sequence of Case
        Some of the record's.
    processes : mapping of str to int
        By benchmark, how many fresh processes it has where no strategies are compared.

    Returns
    -------
    list of Choice
        In order of the cases.
    """
    return [_judged(record, case, processes[case.benchmark]) for case in asked]


def _judged(record: Record, case: Case, n_processes: int) -> Choice:
    measured = record.of(case.label)
    failed = {m.arm for m in measured if m.reading.error}  # it would fail, or be skipped, in further rounds too
    staying = tuple(a for a in case.arms if a not in failed)
    done = record.last_round(case.label)
    if not staying:
        return Choice(case, done, 0.0, ())
    if case.judged != "as time" or not any(compared.strategy(record, name) for name in case.arms):
        wanted = n_processes if case.judged == "as time" else 1
        return Choice(case, done, max(float(wanted - done), 0.0), staying)
    if not done:
        return Choice(case, 0, 2.0, staying)
    if done >= MOST:
        return Choice(case, done, 0.0, staying)
    kept, settled = set(), True
    for release, found in compared.of_case(record, case).items():
        standing = ranking.rank(found.log_ratios)
        settled &= standing.settled
        beaten = set(standing.may_leave) - {found.reference}
        kept |= {compared.arm(release, s) for s in found.log_ratios if s not in beaten}
    # what was not settled by so many rounds is expected to need as many more, and what is settled sooner comes first
    return Choice(case, done, 0.0 if settled else float(done), tuple(a for a in staying if a in kept))
