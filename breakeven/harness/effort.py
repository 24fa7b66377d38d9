"""How long the processes of a case's next round take samples: as long as is worth what their start costs."""

from __future__ import annotations

import numpy as np

from breakeven.harness.record import Case, Measured, Record, side_by_side
from breakeven.statistics import repetitions
from breakeven.statistics.arrays import Array

#: Seconds of samples for each arm in a round, at least and at most; the first round has the least.
SECONDS = (0.5, 20.0)

#: The same in the first rounds in which strategies are compared, and how many these are: they make most choices by
#: 10 %. What they leave open is noisy, and from a single turn nothing tells whether its noise lies within processes.
#: Later ones are longer, but many of them tell more of processes that differ than few long ones.
FIRST_OF_CHOICE, SHORT, OF_CHOICE = (0.25, 0.5), 3, (0.5, 3.0)

#: Turns leave at least this share of the tolerance as the standard error of a round, for nothing is decided by less.
FINE = 0.1

#: Seconds that a start costs at least, as far as the record can tell.
_QUICKEST = 0.1


def short(record: Record, case: Case) -> bool:
    """Say whether the next round is one of the first of a choice.

    Parameters
    ----------
    record : Record
        What was measured so far.
    case : Case
        One of its cases.
    """
    return bool(case.own) and record.last_round(case.label) < SHORT


def seconds(record: Record, case: Case) -> float:
    """Say for how long each arm takes samples in the next round.

    Parameters
    ----------
    record : Record
        What was measured so far.
    case : Case
        One of its cases.

    Returns
    -------
    float
        By the variances within and between its rounds, and by what a start and a turn cost
        (`breakeven.statistics.repetitions`).
    """
    limits = FIRST_OF_CHOICE if short(record, case) else OF_CHOICE if case.own else SECONDS
    pairs = [pair for arm in case.arms[1:] for pair in record.pairs(case.label, arm, case.arms[0])]
    ratios = [np.log(shared[:, 1] / shared[:, 0]) for shared in map(_shared, pairs) if len(shared) > 1]
    if not ratios:
        return limits[0]
    within, between = repetitions.components(ratios)
    arms = [m for pair in pairs for m in pair if len(m.reading.turns) > 1]
    turn = float(np.median([_span(m) / len(set(m.reading.turns)) for m in arms]))
    start = float(np.median([m.wall * len(case.arms) - _span(m) for m in arms]))
    sampled = float(np.median([sum(m.samples) * m.reading.number / len(set(m.reading.turns)) for m in arms]))
    turns = repetitions.calls(within, between, max(start, _QUICKEST), turn)
    # the variance of a median of turns, of which a round needs no less
    enough = np.pi / 2 * within / (FINE * np.log1p(record.tolerance_of(case))) ** 2
    return float(np.clip(min(turns, enough) * sampled, *limits))


def _shared(pair: tuple[Measured, Measured]) -> Array:
    return side_by_side(*pair)


def _span(measured: Measured) -> float:
    """Give the seconds from the first turn to the last."""
    return measured.reading.course.times[-1] - measured.reading.course.times[0]
