"""What a gate can be expected to show within its budget, before it measures anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from breakeven.harness.evidence import guessed
from breakeven.harness.record import Case, Record
from breakeven.harness.schedule import SECONDS
from breakeven.statistics import sequential


@dataclass(frozen=True)
class Expected:
    """What is expected of a timed case.

    Attributes
    ----------
    case : Case
        The benchmark and its parameters.
    seconds : float
        That it takes to exclude a slowdown beyond the tolerance, if nothing has changed.
    rounds : int
        That it can have: those that it needs, or as many as are left of the budget when its turn comes.
    enough : bool
        Whether these are those that it needs.
    detectable : float
        Smallest slowdown that they show in four of five cases, as a share; infinite if none.
    known : bool
        Whether its noise and its time were recorded on this machine.
    """

    case: Case
    seconds: float
    rounds: int
    enough: bool
    detectable: float
    known: bool


def expected(record: Record) -> Iterator[Expected]:
    """Foresee a gate: what is decided soonest comes first, as it will in measuring.

    Parameters
    ----------
    record : Record
        With what earlier gates of a release against itself showed of its cases.

    Yields
    ------
    Expected
        For each timed case, in the order in which they are expected to be decided.
    """
    times = [c for c in record.cases if c.judged == "as time"]
    recorded = [c.seconds for c in times if c.seconds]
    usual = float(np.median(recorded)) if recorded else SECONDS
    needs = {}
    for case in times:
        scale = guessed(record, case).scale
        tolerance = math.log1p(record.tolerance_of(case))
        rounds = math.ceil(sequential.rounds_needed(scale, tolerance, sequential.LEVEL))
        needs[case.label] = rounds, rounds * (case.seconds or usual), scale
    left = record.budget - record.spent
    for case in sorted(times, key=lambda c: needs[c.label][1]):
        rounds, seconds, scale = needs[case.label]
        had = min(rounds, int(left / (case.seconds or usual)))
        left -= had * (case.seconds or usual)
        shown = math.expm1(sequential.detectable(scale, had, len(times) * record.family)) if had else math.inf
        yield Expected(case, seconds, had, had == rounds, shown, bool(case.seconds))
