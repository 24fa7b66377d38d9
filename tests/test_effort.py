"""How long the processes of the next round take samples."""

import numpy as np
import pytest

from breakeven.harness import effort
from breakeven.harness.effort import SECONDS
from breakeven.harness.reading import Course, Reading
from breakeven.harness.record import Case, Measured, Record, Stack

TIME = Case("m.W.time_fit", (), "time")


def measured(within, between, start, n_rounds=6, n_turns=20, seed=0):
    """Record rounds of calls of 0.1 s, each of which costs as much again for waking up."""
    record = Record({"base": Stack("a", {}), "head": Stack("b", {})}, 600.0, {}, "", "", [TIME], 0.05)
    random = np.random.default_rng(seed)
    times = tuple(0.2 * np.arange(n_turns))
    for number in range(1, n_rounds + 1):
        shift = between * random.normal()
        for arm, ratios in (("base", np.zeros(n_turns)), ("head", shift + within * random.normal(size=n_turns))):
            course = Course(tuple(range(1, n_turns + 1)), times)
            reading = Reading(tuple(0.1 * np.exp(ratios)), course=course)
            record.measured.append(Measured(TIME.label, number, arm, "2026-01-01", (start + 4) / 2, 0.0, reading))
    return record


def test_the_first_round_is_short():
    assert effort.seconds(measured(0.1, 0.0, 1.0, n_rounds=0), TIME) == SECONDS[0]


def test_more_where_a_start_costs_more_and_where_processes_are_alike():
    usual = effort.seconds(measured(0.1, 0.02, 2.0), TIME)
    assert SECONDS[0] < usual < SECONDS[1]
    assert effort.seconds(measured(0.1, 0.02, 20.0), TIME) > 2 * usual
    assert effort.seconds(measured(0.1, 0.2, 2.0), TIME) < usual / 2


def test_it_is_the_root_of_the_ratio_of_costs_times_that_of_variances():
    # start 4 s, turn 0.2 s, within 0.1, between 0.05: about 9 turns of a call of 0.1 s each
    assert effort.seconds(measured(0.1, 0.05, 4.0, n_rounds=60), TIME) == pytest.approx(0.9, rel=0.35)


def test_no_round_is_finer_than_a_tenth_of_the_tolerance():
    # within 0.02: about 20 turns bring it to 0.5 %, however alike processes are and whatever a start costs
    assert 1 < effort.seconds(measured(0.02, 0.0, 1000.0, n_rounds=60), TIME) < 4


def test_choices_are_made_soon():
    choice = Case("m.W.time_fit", (), "time", own={"base": (), "head": ()})
    first = measured(0.5, 0.0, 100.0, n_rounds=effort.SHORT - 1)
    assert effort.short(first, choice)
    assert effort.seconds(first, choice) == effort.FIRST_OF_CHOICE[1]


def test_a_choice_that_is_still_open_has_longer_rounds():
    choice = Case("m.W.time_fit", (), "time", own={"base": (), "head": ()})
    later = measured(0.5, 0.0, 100.0, n_rounds=effort.SHORT)
    assert not effort.short(later, choice)
    assert effort.seconds(later, choice) == effort.OF_CHOICE[1] < effort.seconds(later, TIME)
