"""What a record's rounds say of its timed cases: the sequential test, applied to a record."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from breakeven.harness.record import Record
from breakeven.statistics import sequential
from breakeven.statistics.sequential import Decision


@dataclass(frozen=True)
class Evidence:
    """What the rounds of one timed case say so far.

    Attributes
    ----------
    decision : Decision
        Of the sequential test.
    rounds : int
        Complete ones.
    more : float
        Estimated rounds that it still needs, 0 if it is decided; infinite if the truth may lie at the tolerance itself.
    """

    decision: Decision
    rounds: int
    more: float


def of_times(record: Record) -> dict[str, Evidence]:
    """Apply the test to every timed case.

    Parameters
    ----------
    record : Record
        What has been measured.

    Returns
    -------
    dict of str to Evidence
        By label.
    """
    times = [c for c in record.cases if c.judged == "as time"]
    rounds = {c.label: record.log_ratios(c.label) for c in times}
    weights = sequential.borrow_from([np.array(c.noise) for c in times], list(rounds.values()))
    tolerance, family = math.log1p(record.tolerance), len(times) * record.family
    found = {}
    for (label, ratios), scales in zip(rounds.items(), weights, strict=True):
        decision = sequential.decide(ratios, scales, tolerance, family, record.two_sided)
        more = 0.0
        if decision.state == "open":
            gap, level = tolerance - decision.expected, sequential.LEVEL
            if gap <= 0:
                gap, level = decision.expected, sequential.LEVEL / family
            scale = sequential.likely_scale(ratios, scales)
            more = max(1.0, float(np.ceil(sequential.rounds_needed(scale, gap, level))) - len(ratios))
        found[label] = Evidence(decision, len(ratios), more)
    return found
