"""What a record's rounds say of its timed cases."""

import math
from dataclasses import replace

import numpy as np
import pytest

from breakeven.harness import evidence
from breakeven.harness.reading import Course, Reading
from breakeven.harness.record import Case, Measured, Record, Stack
from breakeven.statistics import sequential

TIME = Case("m.W.time_fit", ("100", "'serial'"), "time")


def gated(rounds, turns=True):
    """Make a record from the log-ratios of the turns of each round."""
    stacks = {"base": Stack("a-1", {"a": "1"}), "head": Stack("a-2", {"a": "2"})}
    made = Record(
        stacks, tolerance=0.05, memory_tolerance=0.1, budget=600.0, machine={}, profile="", selected="", cases=[TIME]
    )
    for number, ratios in enumerate(rounds, start=1):
        for side, samples in (("base", np.ones(len(ratios))), ("head", np.exp(ratios))):
            reading = Reading(tuple(samples), course=Course(tuple(range(len(ratios))) if turns else ()))
            made.measured.append(Measured(TIME.label, number, side, "2026-01-01", 1.0, 0.0, reading))
    return made


def drawn(shift, n_rounds, seed=0, scale=0.01):
    return list(shift + scale * np.random.default_rng(seed).standard_normal((n_rounds, 9)))


def test_what_is_decided_needs_no_more():
    found = evidence.of_times(gated(drawn(0.0, 8)), [TIME])[TIME.label]
    assert (found.decision.state, found.rounds, found.more) == ("pass", 8, 0)


@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_what_is_open_needs_about_as_many_as_it_then_takes(shift):
    foreseen, taken = [], []
    for seed in range(9):
        rounds = drawn(shift, 40, seed, scale=0.1)
        looks = [evidence.of_times(gated(rounds[:n]), [TIME])[TIME.label] for n in range(5, 41)]
        foreseen.append(5 + looks[0].more)
        taken.append(next((found.rounds for found in looks if found.more == 0), 41))
    assert 0.5 < np.median(foreseen) / np.median(taken) < 2


def test_before_the_first_round_the_guess_tells_how_many():
    quiet, noisy = (replace(TIME, noise=(size, -size) * 9) for size in (0.001, 0.1))
    needed = []
    for case in (quiet, noisy):
        record = gated([])
        record.cases = [case]
        needed.append(evidence.of_times(record, [case])[TIME.label].more)
    assert sequential.PILOT <= needed[0] < needed[1] < math.inf


@pytest.mark.parametrize(
    ("shift", "suspected"), [(0.0, False), (-0.7, False), (0.07, False), (0.15, True), (0.7, True)]
)
def test_one_round_says_whether_a_case_looks_slower(shift, suspected):
    record = gated(drawn(shift, 1))
    record.cases = [replace(TIME, noise=(0.01, -0.01) * 9)]
    found = evidence.of_times(record, record.cases)[TIME.label]
    assert (found.decision.state, found.suspected) == ("open", suspected)


def test_what_is_decided_is_not_suspected():
    found = evidence.of_times(gated(drawn(0.7, 12)), [TIME])[TIME.label]
    assert (found.decision.state, found.suspected) == ("slower", False)


def test_rounds_of_more_turns_count_more():
    rng = np.random.default_rng(1)
    rounds = [0.1 * rng.standard_normal(n) for n in (9, 9, 9, 9, 400, 9)]
    spreads = evidence.spreads(gated(rounds).turn_log_ratios(TIME.label))
    assert spreads[:4] == pytest.approx(1)
    assert spreads[4] < 0.9 < spreads[5]


def test_rounds_without_turns_count_alike():
    assert evidence.spreads(gated(drawn(0.0, 3), turns=False).turn_log_ratios(TIME.label)) is None
