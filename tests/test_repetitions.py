"""Repetitions at each level, against simulated truth."""

import numpy as np
import pytest

from breakeven.statistics import repetitions


def draw(rng, within, between, turns):
    return [rng.normal(rng.normal(0, np.sqrt(between)), np.sqrt(within), n) for n in turns]


@pytest.mark.parametrize(("within", "between"), [(0.04, 0.001), (0.01, 0.01), (0.001, 0.0005)])
def test_the_components_are_found(within, between):
    rng = np.random.default_rng(1)
    found = np.median([repetitions.components(draw(rng, within, between, [20] * 60)) for _ in range(100)], axis=0)
    assert found == pytest.approx((within, between), rel=0.15)


def test_no_variance_between_rounds_is_found_as_little():
    rng = np.random.default_rng(2)
    found = [repetitions.components(draw(rng, 0.01, 0.0, [10] * 40))[1] for _ in range(100)]
    assert min(found) >= 0
    assert np.mean(found) < 0.01 / 10


def test_one_round_is_split_in_halves():
    within, between = repetitions.components(draw(np.random.default_rng(3), 0.01, 0.5, [400]))
    assert within == pytest.approx(0.01, rel=0.2)
    assert between == pytest.approx(np.pi / 2 * within / 400)


def test_spikes_of_a_few_turns_do_not_count():
    rng = np.random.default_rng(4)
    rounds = draw(rng, 0.01, 0.01, [20] * 60)
    for r in rounds:
        r[0] += 3
    assert repetitions.components(rounds) == pytest.approx((0.01, 0.01), rel=0.5)


def test_nothing_measured_has_no_variance():
    assert repetitions.components([]) == (0, 0)
    assert repetitions.components([np.array([0.1])]) == (0, 0)


@pytest.mark.parametrize(("within", "between", "start", "call"), [(0.04, 0.001, 2.0, 0.1), (0.01, 0.001, 0.5, 0.05)])
def test_the_calls_cost_least_for_a_given_precision(within, between, start, call):
    def cost(n):
        return (between + within / n) * (start + n * call)

    n = repetitions.calls(within, between, start, call)
    assert repetitions.FEWEST < n < repetitions.MOST
    assert cost(n) < min(cost(0.8 * n), cost(1.25 * n))


def test_the_calls_keep_to_their_limits():
    assert repetitions.calls(1e-6, 1.0, 1.0, 1.0) == repetitions.FEWEST
    assert repetitions.calls(1.0, 0.0, 1.0, 1.0) == repetitions.MOST
    assert repetitions.calls(0.0, 0.0, 1.0, 1.0) == repetitions.FEWEST


def test_the_relative_scales_are_those_of_the_truth():
    rng = np.random.default_rng(5)
    turns = [5, *([20] * 38), 80]
    found = np.median([repetitions.relative_scales(draw(rng, 0.04, 0.002, turns)) for _ in range(60)], axis=0)
    first, last = (0.002 + np.pi / 2 * 0.04 / n for n in (5, 80))
    assert found[0] == 1
    assert found[-1] == pytest.approx(np.sqrt(last / first), rel=0.1)


def test_a_round_does_not_change_its_own_scale():
    rng = np.random.default_rng(6)
    rounds = draw(rng, 0.04, 0.002, [5, 20, 80, 40])
    other = [*rounds[:3], rounds[3] * 100]
    assert repetitions.relative_scales(rounds) == pytest.approx(repetitions.relative_scales(other))
