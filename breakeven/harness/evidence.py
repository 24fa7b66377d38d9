"""What a record's rounds say of its timed cases: the sequential test, applied to a record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.harness.record import Case, Record
from breakeven.statistics import repetitions, sequential
from breakeven.statistics.arrays import Array
from breakeven.statistics.sequential import Decision, Guess


@dataclass(frozen=True)
class Evidence:
    """What the rounds of one timed case say so far.

    Attributes
    ----------
    decision : Decision
        Of the sequential test.
    rounds : int
        Complete ones.
    turns : int
        Median number of turns of a round; 0 if there were none.
    more : float
        Estimated rounds that it still needs, 0 if it is decided; infinite if the truth may lie at the tolerance itself.
    suspected : bool
        Whether it is open and looks slower beyond the tolerance, for all that is thought of its noise.
    """

    decision: Decision
    rounds: int
    turns: int
    more: float
    suspected: bool


#: A case is suspected if the most likely log-ratio lies so many of its standard errors beyond the tolerance: so does
#: that of one in seventy cases at most after a round without a change, which costs nothing but the order of rounds.
SUSPECTED = 4.0


def of_times(record: Record, cases: Sequence[Case]) -> dict[str, Evidence]:
    """Apply the test to timed cases.

    Parameters
    ----------
    record : Record
        What has been measured.
    cases : sequence of Case
        Those of the record that are asked for; others are left out.

    Returns
    -------
    dict of str to Evidence
        By label.
    """
    times = [c for c in cases if c.judged == "as time"]
    n_times = sum(c.judged == "as time" for c in record.cases)
    family = n_times * record.family
    found = {}
    for case in times:
        ratios, guess = record.log_ratios(case.label), guessed(record, case)
        turns, tolerance = record.turn_log_ratios(case.label), math.log1p(record.tolerance_of(case))
        decision = sequential.decide(ratios, guess, tolerance, family, record.two_sided, spreads(turns))
        more = rounds_left(decision.state, decision.expected, ratios, guess, tolerance, family)
        repeated = int(np.median([len(t) for t in turns])) if turns else 0
        suspects = suspected(decision.state, decision.shift, ratios, guess, tolerance)
        found[case.label] = Evidence(decision, len(ratios), repeated, more, suspects)
    return found


def guessed(record: Record, case: Case) -> Guess:
    """Give what was thought of a case's noise before its first round."""
    return record.guesses.get(case.label) or sequential.guess(np.array(case.noise), [])


def spreads(turns: Sequence[Array]) -> Array | None:
    """Say how noisy each round is by its number of turns; None if there are rounds without turns."""
    return repetitions.relative_scales(turns) if all(len(t) for t in turns) else None


def suspected(state: str, shift: float, ratios: Array, guess: Guess, tolerance: float) -> bool:
    """Say whether a case looks slower, before that is established.

    Parameters
    ----------
    state, shift
        As in `Decision`.
    ratios, guess, tolerance
        As for `rounds_left`.
    """
    beyond = (shift - tolerance) * math.sqrt(len(ratios))
    return state == "open" and beyond > SUSPECTED * sequential.likely_scale(ratios, guess)


def rounds_left(state: str, expected: float, ratios: Array, guess: Guess, tolerance: float, family: int) -> float:
    """Estimate the rounds that a case still needs.

    Parameters
    ----------
    state : str
        As in `Decision`.
    expected : float
        The most likely log-ratio given that most benchmarks do not change.
    ratios : array of shape (n_rounds,)
        Log-ratios so far.
    guess : Guess
        From before them.
    tolerance : float
        As a log-ratio.
    family : int
        Benchmarks whose false alarms are held together.

    Returns
    -------
    float
        0 if it is decided; infinite if the truth may lie at the tolerance itself.
    """
    if state != "open":
        return 0.0
    gap, level = tolerance - expected, sequential.LEVEL
    if gap <= 0:
        gap, level = expected, sequential.LEVEL / family
    scale = sequential.likely_scale(ratios, guess)
    return max(1.0, float(np.ceil(sequential.rounds_needed(scale, gap, level))) - len(ratios))
