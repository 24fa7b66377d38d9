"""The statistics of the gate, by their properties; how often they are wrong is in test_simulation.py."""

import functools
import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.statistics import sequential
from breakeven.statistics.sequential import PILOT, Guess

TOLERANCE = math.log(1.05)
NOTHING = np.array([])
GUESS = Guess(0.03, 0.5)

ratios = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=12)


def students(seed, scale, *shape):
    return scale * np.random.default_rng(seed).standard_t(3, shape)


def finer(monkeypatch, n_rounds):
    """Compute on grids that are far wider and finer."""
    steps = np.linspace(-6, 6, 601)
    grids = sequential._Grids(np.sinh(steps), np.cosh(steps) * 0.02, np.arange(-8, 9, 0.05), np.arange(-8, 14, 0.05))
    monkeypatch.setattr(sequential, "_grids", lambda n: grids)


@pytest.mark.parametrize("n_rounds", [2, 4, 9, 40])
def test_the_integrals_are_exact(monkeypatch, n_rounds):
    rounds, shifts = students(1, 0.02, 5, n_rounds), (0.0, TOLERANCE, 0.7)
    coarse = sequential.log_evidence(rounds, shifts, [GUESS] * 5)
    finer(monkeypatch, n_rounds)
    assert coarse == pytest.approx(sequential.log_evidence(rounds, shifts, [GUESS] * 5), abs=0.02)


def test_the_weights_sum_to_one():
    distances = np.sinh(np.linspace(-40, 40, 200_001))
    for shift in (0.0, TOLERANCE, -0.7):
        weights = sequential._weights(distances, shift, np.array(0.03), np.array(0.5))
        assert np.trapezoid(weights, distances) == pytest.approx(1, abs=0.005)


# a guess so wide that it says nothing
WIDE = Guess(0.03, 1e6)


@pytest.mark.parametrize("n_rounds", [2, 3])
@pytest.mark.parametrize("guess", [Guess(0.02, 0.3), Guess(0.2, 0.3), WIDE])
def test_the_evidence_against_the_truth_is_at_most_1_in_the_mean(n_rounds, guess):
    """The mean of few rounds, for that of many rests on draws too seldom to be seen."""
    rounds = TOLERANCE + students(2, 0.2, 6_000, n_rounds)
    parts = np.split(rounds, 300)
    evidence = np.concatenate([sequential.log_evidence(part, (TOLERANCE,), [guess] * len(part)) for part in parts])
    assert np.exp(evidence).mean() < 1.1


@settings(deadline=None, max_examples=25)
@given(ratios, st.floats(0.01, 100))
def test_without_a_guess_the_evidence_does_not_depend_on_the_scale(rounds, factor):
    rounds = np.array([rounds]) + students(3, 0.01, len(rounds))
    one, other = (sequential.log_evidence(r, (0.0,), [WIDE]) for r in (rounds, factor * rounds))
    assert one == pytest.approx(other, abs=0.1)  # the grids' grain


def test_a_guess_takes_evidence_from_rounds_that_are_quieter_than_thought():
    rounds = 0.8 + students(14, 0.01, 1, 5)
    quiet, noisy = (sequential.log_evidence(rounds, (0.0,), [Guess(s, 0.4)])[0, 0] for s in (0.01, 0.5))
    assert noisy < math.log(4000) < quiet


@settings(deadline=None, max_examples=25)
@given(ratios)
def test_swapping_the_sides_mirrors_the_decision(rounds):
    rounds = np.array(rounds) + students(4, 0.001, len(rounds))
    one, other = (sequential.decide(side * rounds, GUESS, TOLERANCE, 5) for side in (1, -1))
    assert one.low == pytest.approx(-other.high, rel=1e-6)
    assert one.change == -other.change


@settings(deadline=None, max_examples=25)
@given(ratios)
def test_the_interval_holds_the_estimate(rounds):
    found = sequential.decide(np.array(rounds), GUESS, TOLERANCE, 5)
    assert found.low <= found.shift <= found.high


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("rounds", "state"),
    [
        ([0.7] * 7, "slower"),
        ([0.0] * 5, "pass"),
        ([0.1], "open"),
        ([9.0, 9.1, 9.2, 9.05, 9.1, 9.15, 9.0], "slower"),
        ([0.0, 0.0, 0.0, 1e-12, 5.0], "open"),
        ([1e-8, 300.0] * 20, "open"),
    ],
)
def test_any_data_give_a_decision(rounds, state):
    found = sequential.decide(np.array(rounds), GUESS, TOLERANCE, 40)
    assert found.state == state
    assert not any(math.isnan(v) for v in astuple(found)[1:])


@pytest.mark.filterwarnings("error")
def test_many_rounds_give_evidence_against_any_shift():
    evidence = sequential.log_evidence(students(15, 0.02, 5, 300), (0.7, -9.0), [GUESS] * 5)
    assert np.isfinite(evidence).all()
    assert (evidence > 100).all()


def test_no_rounds_say_nothing():
    found = sequential.decide(NOTHING, GUESS, TOLERANCE, 1)
    assert (found.state, found.change, found.low, found.high) == ("open", 0, -math.inf, math.inf)


def test_nothing_is_decided_before_the_pilot_is_over():
    rounds = 0.7 + students(5, 0.001, PILOT)
    states = [sequential.decide(rounds[:n], GUESS, TOLERANCE, 1).state for n in range(PILOT + 1)]
    assert states == ["open"] * PILOT + ["slower"]


def test_the_larger_the_suite_the_more_rounds_a_change_takes_at_least():
    assert [sequential.fewest(sequential.LEVEL / n) for n in (1, 3, 40, 79)] == [PILOT, PILOT, 7, 8]
    rounds = 0.7 + students(5, 0.001, 8)
    states = [sequential.decide(rounds[:n], GUESS, TOLERANCE, 40).state for n in range(9)]
    assert states == ["open"] * 7 + ["slower"] * 2


@pytest.mark.parametrize(("n_modes", "n_rounds", "state"), [(0, 7, "slower"), (1, 9, "open"), (1, 10, "slower")])
def test_a_change_shows_in_most_rounds(n_modes, n_rounds, state):
    # as two modes would look that were the same on both sides in some rounds
    rounds = 0.7 + students(5, 0.001, n_rounds)
    rounds[:n_modes] = 0
    assert sequential.decide(rounds, GUESS, TOLERANCE, 40).state == state
    mirrored = sequential.decide(-rounds, GUESS, TOLERANCE, 40, two_sided=True)
    assert mirrored.state == {"slower": "faster"}.get(state, state)


@pytest.mark.parametrize("change", [8, 150, 10_000])
def test_a_slowdown_of_any_size_is_found(change):
    # as measured on MiniBatchKMeans between two releases: noise of a quarter, and far beyond twofold
    noise = np.array([-0.16, -0.20, 0.14, 0.18, 0.30, -0.44, 0.18])
    guess = sequential.guess(NOTHING, [noise] * 3)
    assert sequential.decide(noise + np.log(change), guess, TOLERANCE, n_benchmarks=4).state == "slower"


def test_two_sided_asks_more_of_a_pass():
    rounds = students(6, 0.01, 8) - 0.045
    assert sequential.decide(rounds, GUESS, TOLERANCE, 1).state == "pass"
    assert sequential.decide(rounds, GUESS, TOLERANCE, 1, two_sided=True).state == "open"
    assert sequential.decide(rounds - 0.5, GUESS, TOLERANCE, 1, two_sided=True).state == "faster"


def test_one_look_at_many_benchmarks_is_many_looks_at_one():
    rounds = students(7, 0.02, 40, 12) + np.repeat([0.0, 0.1], 20)[:, None]
    at_once = sequential.until_decided(rounds, [GUESS] * 40, TOLERANCE, 40)
    for one, found in zip(rounds, at_once, strict=True):
        looks = [d.state for d in sequential.looks(one, GUESS, TOLERANCE, 40)]
        n = next((n for n, state in enumerate(looks) if state != "open"), len(looks) - 1)
        assert found == (looks[n], n + PILOT)
    assert {state for state, _ in at_once} == {"pass", "slower", "open"}


def test_noisy_rounds_count_little_if_they_are_known_to_be():
    rounds = np.array([0.0, 0.01, -0.01, 0.005, 0.3, -0.2])
    alike, known = (
        sequential.decide(rounds, GUESS, TOLERANCE, 1, spreads=np.array([1.0, 1, 1, 1, c, c])) for c in (1.0, 30.0)
    )
    assert known.high < alike.high


def test_a_guess_learns_from_the_others_and_more_from_the_benchmark_itself():
    others = [students([8, k], 0.01, 30) for k in range(30)]
    assert sequential.guess(NOTHING, others).scale == pytest.approx(0.01, rel=0.2)
    assert sequential.guess(NOTHING, others).spread < 0.5 < sequential.guess(NOTHING, []).spread
    assert 0.05 < sequential.guess(students(9, 0.3, 30), others).scale < 0.3
    assert sequential.guess(students(9, 0.3, 30), []).scale == pytest.approx(0.3, rel=0.5)


def test_the_spread_of_the_others_is_seen():
    scales = 0.01 * np.exp(1.2 * np.random.default_rng(10).standard_normal(40))
    others = [students([11, k], scale, 30) for k, scale in enumerate(scales)]
    assert sequential.guess(NOTHING, others).spread == pytest.approx(1.2, rel=0.3)


def test_old_rounds_count_only_so_much():
    few, many = (sequential.guess(np.tile([0.001, -0.001], n), []).spread for n in (4, 400))
    assert many == pytest.approx(few, rel=0.05)


def test_the_scale_is_found():
    assert sequential.likely_scale(students(12, 0.1, 200), GUESS) == pytest.approx(0.1, rel=0.2)


@functools.cache
def rounds_taken(distance):
    rounds = students(13, 0.02, 100, 30) + distance * 0.02
    guess = Guess(0.02, 0.4)
    found = sequential.until_decided(rounds, [guess] * 100, 1e-9, 40)
    return [n if state == "slower" else 99 for state, n in found]


@pytest.mark.parametrize("distance", [2.0, 4.0, 10.0])
def test_the_rounds_needed_are_foreseen(distance):
    foreseen = sequential.rounds_needed(0.02, distance * 0.02, sequential.LEVEL / 40)
    assert np.median(rounds_taken(distance)) == pytest.approx(foreseen, rel=0.25)


@pytest.mark.parametrize("distance", [2.0, 4.0, 10.0])
def test_so_are_those_of_a_higher_power(distance):
    foreseen = sequential.rounds_needed(0.02, distance * 0.02, sequential.LEVEL / 40, sequential.POWER)
    assert np.quantile(rounds_taken(distance), sequential.POWER) == pytest.approx(foreseen, rel=0.25)


@pytest.mark.parametrize("n_rounds", [7, 10, 40])
def test_what_is_detectable_takes_so_many_rounds(n_rounds):
    gap = sequential.detectable(0.02, n_rounds, 40)
    level, power = sequential.LEVEL / 40, sequential.POWER
    assert sequential.rounds_needed(0.02, gap, level, power) <= n_rounds
    assert sequential.rounds_needed(0.02, gap / 1.06, level, power) > n_rounds


def test_where_there_is_no_gap_no_rounds_are_enough():
    assert sequential.rounds_needed(0.02, 0.0, 0.01) == math.inf
    assert sequential.detectable(0.02, PILOT - 1, 40) == math.inf
