"""The search for the places where a line changed: what it finds, what it measures, when it ends."""

import math

import numpy as np
import pytest

from breakeven.history import search
from tests.fake_line import FakeLine

TOLERANCE = math.log(1.05)


def find(line, budget=2000.0):
    return search.search(line, [1.0] * (len(line.levels) - 1), TOLERANCE, budget)


def told(found):
    return [(step.before, step.after, step.kind) for step in found.steps]


def times(*stretches):
    """Give the log-times of stretches of (time, length)."""
    return np.log(np.concatenate([np.full(length, time) for time, length in stretches]))


def test_nothing():
    line = FakeLine(times((1.0, 140)))
    found = find(line)
    assert (told(found), found.sure) == ([], True)
    assert len(line.asked) <= 40


@pytest.mark.parametrize(("n", "at"), [(2, 1), (3, 1), (9, 4), (30, 29), (142, 100)])
def test_one_step_is_found_in_about_as_many_places_as_halving_takes(n, at):
    line = FakeLine(times((1.0, at), (1.3, n - at)))
    found = find(line)
    assert told(found) == [(at - 1, at, "step")]
    assert found.sure
    assert found.steps[0].low < 1.3 < found.steps[0].high
    assert len(line.asked) <= 3 * math.ceil(math.log2(n)) + 20


def test_two_steps():
    assert told(find(FakeLine(times((1.0, 20), (1.3, 30), (2.0, 50))))) == [(19, 20, "step"), (49, 50, "step")]


def test_one_that_is_undone_later():
    found = find(FakeLine(times((1.0, 30), (1.5, 40), (1.0, 30))))
    assert told(found) == [(29, 30, "step"), (69, 70, "step")]
    assert 0.98 < found.net[1] < 1 < found.net[2] < 1.02


def test_a_step_that_is_known_is_told_once_wherever_another_one_may_be():
    """Its number in order differs from line to line: a small one may come before it or after it."""
    levels = np.zeros((2000, 12))
    levels[:, 6:] += 1.0
    levels[:900, 3:] += 0.1
    levels[900:1600, 9:] += 0.1
    found = search._found(search.Draws(levels, 0.01), np.arange(12), TOLERANCE)
    known, other = sorted(found.steps, key=lambda step: step.ratio, reverse=True)
    assert known.placed
    assert [(c.before, c.after) for c in known.candidates] == [(5, 6)]
    assert [(c.before, c.after, c.probability) for c in other.candidates] == [(2, 3, 0.45), (8, 9, 0.35)]
    assert math.log(known.ratio) == pytest.approx(1.0)
    assert math.log(other.ratio) == pytest.approx(0.1)


def test_gradual():
    found = find(FakeLine(np.log([1.02**k for k in range(5)]), noise=0.002))
    assert (told(found), found.sure) == ([(0, 4, "gradual")], True)


def test_a_release_that_fails_is_stepped_over():
    assert told(find(FakeLine(times((1.0, 5), (1.5, 4)), failing=[4]))) == [(3, 5, "step")]


def test_a_long_stretch_that_fails_is_left_in_a_few_steps():
    line = FakeLine(times((1.0, 20), (1.5, 80)), failing=range(30, 70))
    assert told(find(line)) == [(19, 20, "step")]
    assert len(line.asked & line.failing) <= 8


@pytest.mark.parametrize("end", [0, 4])
def test_an_end_that_fails_is_told(end):
    found = find(FakeLine(times((1.0, 5)), failing=[end]))
    assert found.failure == f"place {end}: crashed"
    assert found.steps == ()


def test_noise_beyond_the_budget_leaves_probabilities():
    line = FakeLine(times((1.0, 10), (1.15, 10)), noise=0.08)
    found = find(line, budget=25)
    assert 25 <= line.spent < 30
    assert not found.sure
    (step,) = found.steps
    assert len(step.candidates) > 1
    assert sum(c.probability for c in step.candidates) == pytest.approx(1, abs=0.3)
    assert [c.probability for c in step.candidates] == sorted((c.probability for c in step.candidates), reverse=True)
    assert any(c.after == 10 for c in step.candidates)


def test_a_step_at_the_tolerance_is_placed_and_stays_open():
    line = FakeLine(times((1.0, 4), (1.05, 4)), noise=0.01)
    found = find(line, budget=300)
    assert not found.sure
    candidates = [c for step in found.steps for c in step.candidates] + list(found.others)
    assert candidates[0].after == 4
    assert 0.02 < candidates[0].probability < 0.98


def test_more_budget_settles_what_was_left():
    line = FakeLine(times((1.0, 10), (1.15, 10)), noise=0.08)
    assert not find(line, budget=25).sure
    assert told(find(line)) == [(9, 10, "step")]


def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been():
    whole = FakeLine(times((1.0, 10), (1.3, 10)), noise=0.03)
    find(whole)
    kept = whole.rounds[: len(whole.rounds) // 2]
    resumed = FakeLine(whole.levels, rounds=kept)
    asked = []
    resumed.round = lambda places: (
        asked.append(list(places)) or resumed.rounds.append(whole.rounds[len(resumed.rounds)])
    )
    find(resumed)
    assert resumed.rounds == whole.rounds
    assert [[0, *(p for p in values if p)] for values in whole.rounds[len(kept) :]] == asked


def test_a_search_that_is_over_measures_nothing_more():
    line = FakeLine(times((1.0, 10), (1.3, 10)))
    find(line)
    n_rounds = len(line.rounds)
    assert told(find(line)) == [(9, 10, "step")]
    assert len(line.rounds) == n_rounds
