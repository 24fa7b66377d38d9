"""The posterior over change points, on readings whose truth is known."""

import numpy as np
import pytest

from breakeven.statistics import change_points

TOLERANCE = np.log(1.05)


def read(levels, places, n_each, scale, seed=0):
    """Read places of a line with noise as the model has it."""
    at = np.repeat(places, n_each)
    return at, np.asarray(levels)[at] + scale * np.random.default_rng(seed).standard_t(3, len(at))


def chances(levels, places, n_each, scale=0.01, seed=0):
    """Give the chance of a step at each gap."""
    at, readings = read(levels, places, n_each, scale, seed)
    drawn = change_points.draw(at, readings, np.ones(len(levels) - 1), TOLERANCE)
    return change_points.steps(drawn.levels, TOLERANCE).mean(axis=0), drawn


def test_a_step_between_two_places_that_were_read_is_found_with_its_size_and_the_noise():
    steps, drawn = chances([0.0] * 4 + [0.2] * 4, range(1, 8), 8)
    assert steps[3] > 0.99
    assert steps.sum() - steps[3] < 0.05
    assert np.median(drawn.levels[:, 7]) == pytest.approx(0.2, abs=0.01)
    assert drawn.scale == pytest.approx(0.01, rel=0.7)


def test_a_step_among_places_that_were_not_read_may_be_at_each_of_them_alike():
    steps, _ = chances([0.0] * 10 + [0.2] * 10, [2, 12, 19], 8)
    assert 1 <= steps[2:12].sum() < 1.5  # two changes in the same direction are possible too
    assert steps[2:12] == pytest.approx(steps[2:12].mean(), abs=0.05)
    assert steps[:2].max() < 0.02 > steps[12:].max()


def test_a_wide_gap_is_as_likely_as_the_releases_that_it_stands_for():
    at, readings = read([0.0, 0.2, 0.2], [2], 8, 0.01)
    drawn = change_points.draw(at, readings, np.array([1.0, 3.0]), TOLERANCE)
    steps = change_points.steps(drawn.levels, TOLERANCE).mean(axis=0)
    # 3 to 1, a little less for those lines that change at both
    assert 1.5 < steps[1] / steps[0] < 4.5


def test_one_outlier_is_not_a_step():
    at, readings = read([0.0] * 8, range(1, 8), 6, 0.01)
    readings[at == 4] = [0.0, 0.01, 0.4, 0.0, -0.01, 0.005]
    drawn = change_points.draw(at, readings, np.ones(7), TOLERANCE)
    assert change_points.steps(drawn.levels, TOLERANCE).mean(axis=0).max() < 0.02


def test_what_is_told_is_as_probable_as_it_says():
    """Of lines drawn from the model itself, those told with 50 to 90 % are right as often."""
    told, right = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        at = int(rng.integers(12))
        levels = np.where(np.arange(12) >= at, 0.12, 0.0) if at else np.zeros(12)
        steps, _ = chances(levels, [4, 8, 11], 1, 0.03, seed)
        first = steps[:4].sum()
        if 0.2 < first < 0.8:
            told.append(first)
            right.append(1 <= at <= 4)
    assert len(told) > 10
    assert np.mean(right) == pytest.approx(np.mean(told), abs=2.5 * 0.5 / np.sqrt(len(told)))


def test_the_order_of_readings_does_not_matter():
    at, readings = read([0.0, 0.0, 0.1, 0.1], [1, 2, 3], 4, 0.02)
    order = np.random.default_rng(1).permutation(len(at))
    one, other = (change_points.draw(at[o], readings[o], np.ones(3), TOLERANCE) for o in (np.arange(len(at)), order))
    assert np.array_equal(one.levels, other.levels)


def test_a_reading_tells_most_in_the_middle_of_where_the_step_may_be():
    _, drawn = chances([0.0] * 10 + [0.2] * 11, [20], 12)
    told = change_points.information(drawn, np.array([], dtype=int))
    assert 7 <= np.argmax(told) <= 13
    assert told[20] < told.max() / 3  # its level is known
    beside = change_points.information(drawn, np.array([10]))
    assert beside[10] < told[10] / 3
    assert abs(np.argmax(beside) - 10) >= 3


def test_a_long_line_with_a_large_change_keeps_its_grid_small():
    assert len(change_points._grid(np.array([0.0, 4.0]), 0.001)) <= change_points.MOST_LEVELS + 2
