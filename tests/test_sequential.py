"""The statistics of the gate, against known truth; the larger simulation is in docs/gate.md."""

import functools
import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.calibration import controls, simulation
from breakeven.errors import BreakevenError
from breakeven.statistics import sequential
from tests.conftest import ROOT

N_SUITES = 100
PILOT = sequential.PILOT


@functools.cache
def draw(noise):
    if noise == "recorded":
        return simulation.recorded(controls.load(ROOT / "results" / "shared-2core" / "calibration"))
    return getattr(simulation, noise)


@functools.cache
def rates(noise, change):
    return simulation.rates(draw(noise), simulation.gate, change, N_SUITES, seed=2026)


def at_most(share, n):
    """Give the share that n trials exceed with a chance below 1 in 1000 if the true one is ``share``."""
    from scipy.stats import binom

    return binom.isf(1e-3, n, share) / n


@pytest.mark.parametrize("noise", ["recorded", "heavy", "normal", "bimodal", "some_noisy"])
def test_false_alarms_of_a_whole_suite_are_held(noise):
    assert rates(noise, 1.1).false_alarms <= at_most(sequential.LEVEL, N_SUITES)


@pytest.mark.parametrize("noise", ["recorded", "heavy", "normal", "bimodal", "some_noisy"])
def test_a_real_slowdown_does_not_pass(noise):
    assert rates(noise, 1.1).wrong_pass <= at_most(sequential.LEVEL, N_SUITES)


@pytest.mark.parametrize("noise", ["recorded", "heavy"])
def test_a_10_percent_slowdown_is_found_and_the_unchanged_pass(noise):
    got = rates(noise, 1.1)
    assert got.found >= 0.99 - 3 * math.sqrt(0.99 * 0.01 / N_SUITES)
    assert got.found_rounds[0] <= 6
    assert got.pass_rounds[0] <= 8
    assert got.pass_rounds[1] <= 16


@pytest.mark.parametrize("noise", ["recorded", "heavy"])
def test_a_twofold_slowdown_is_found_at_once(noise):
    got = rates(noise, 2.0)
    assert got.found == 1
    assert got.found_rounds[0] <= 4
    assert got.found_rounds[1] <= 8


@pytest.mark.parametrize("noise", ["recorded", "heavy"])
def test_about_99_percent_of_twofold_slowdowns_are_found_in_4_rounds(noise):
    n = 400

    def pilots(rng):
        return [rounds[:PILOT] for rounds in draw(noise)(rng)]

    assert 1 - simulation.rates(pilots, simulation.gate, 2.0, n, seed=2026).found <= at_most(0.01, n)


def test_recorded_noise_takes_enough_rounds(tmp_path):
    with pytest.raises(BreakevenError, match="No benchmark has 16 rounds"):
        simulation.recorded(controls.load(tmp_path))


@pytest.mark.parametrize("change", [8, 150, 10_000])
def test_a_slowdown_of_any_size_is_found_at_once(change):
    # as measured on MiniBatchKMeans between two releases: noise of a quarter, and far beyond twofold
    noise = np.array([-0.16, -0.20, 0.14, 0.18, 0.30, -0.44, 0.18])
    scales = sequential.borrow_from([np.array([])] * 4, [noise + np.log(change), *([noise] * 3)])
    decision = sequential.decide(noise + np.log(change), scales[0], math.log(1.05), n_benchmarks=4)
    assert decision.state == "slower"


def test_bimodal_noise_stays_undecided():
    got = rates("bimodal", 1.1)
    assert got.found <= 0.1
    assert got.passed <= 0.1


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=12), st.floats(-0.2, 0.2))
def test_swapping_the_sides_mirrors_the_interval(rounds, tolerance):
    scales = np.full(len(sequential.SCALES), -np.log(len(sequential.SCALES)))
    one = sequential.decide(np.array(rounds), scales, 0.05, 5)
    other = sequential.decide(-np.array(rounds), scales, 0.05, 5)
    assert one.low == pytest.approx(-other.high)
    assert one.change == -other.change


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=12))
def test_the_interval_of_the_suite_holds_that_of_one(rounds):
    scales = np.full(len(sequential.SCALES), -np.log(len(sequential.SCALES)))
    likelihood = sequential.log_likelihood(np.array(rounds))
    mixture = np.logaddexp.reduce(sequential.marginal(likelihood, scales) + sequential.prior(0.05))
    evidence = sequential.log_evidence(likelihood, scales, mixture)
    low, high = sequential.interval(evidence, 0.01)
    lowest, highest = sequential.interval(evidence, 0.01 / 40)
    assert lowest <= low <= high <= highest


def test_no_rounds_say_nothing():
    scales = np.zeros(len(sequential.SCALES))
    found = sequential.decide(np.array([]), scales, 0.05, 1)
    assert (found.state, found.change, found.low, found.high) == ("open", 0, -math.inf, math.inf)


def test_nothing_is_decided_before_the_pilot_is_over():
    scales = np.full(len(sequential.SCALES), -np.log(len(sequential.SCALES)))
    rounds = np.full(PILOT, 0.7)
    states = [sequential.decide(rounds[:n], scales, 0.05, 1).state for n in range(PILOT + 1)]
    assert states == ["open"] * PILOT + ["slower"]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=12))
def test_likelihoods_that_are_added_up_decide_as_those_of_all_rounds_do(rounds):
    scales = np.full(len(sequential.SCALES), -np.log(len(sequential.SCALES)))
    at_once = [sequential.decide(np.array(rounds[:n]), scales, 0.05, 5) for n in range(PILOT, len(rounds) + 1)]
    added_up = list(sequential.looks(rounds, scales, 0.05, 5))
    assert [astuple(d)[1:] for d in added_up] == [pytest.approx(astuple(d)[1:]) for d in at_once]
    assert [d.state for d in added_up] == [d.state for d in at_once]


def test_recorded_noise_counts_only_so_much():
    quiet = sequential.noise_likelihood(np.tile([0.001, -0.001], 50))
    nothing = np.zeros((2, len(sequential.SCALES)))
    known = np.array([quiet, nothing[1]])
    few = sequential.borrow(known * 8 / 100, np.array([8, 0]), nothing)
    many = sequential.borrow(known, np.array([100, 0]), nothing)
    assert few == pytest.approx(many)


def test_a_noisy_benchmark_keeps_its_chance():
    rng = np.random.default_rng(1)
    pilots = np.array([sequential.noise_likelihood(0.002 * rng.standard_normal(4)) for _ in range(40)])
    weights = sequential.borrow(np.zeros_like(pilots), np.zeros(40), pilots)
    assert np.exp(weights).sum(axis=1) == pytest.approx(1)
    rounds = np.array([0.3, 0.5, 0.4, 0.2])  # a slowdown, if its noise were that of the others
    found = sequential.decide(rounds, weights[0], 0.05, 40)
    assert found.state == "open"


@pytest.mark.parametrize("gap", [0.05, 0.1])
def test_the_rounds_needed_are_foreseen(gap):
    """Within a factor of two of what simulation takes in the median."""
    rng = np.random.default_rng(2)
    scales = np.full(len(sequential.SCALES), -50.0)
    scales[np.abs(sequential.SCALES - 0.0231).argmin()] = 0.0
    taken = []
    for _ in range(60):
        rounds = 0.0231 * rng.standard_t(3, 40)
        looks = enumerate(sequential.looks(rounds, scales, gap, 40), start=PILOT)
        taken.append(next((n for n, decision in looks if decision.high <= gap), 41))
    assert 0.5 < np.median(taken) / sequential.rounds_needed(0.0231, gap, sequential.LEVEL) < 2


def test_a_bimodal_benchmark_among_quiet_ones_with_recorded_noise_seldom_alarms():
    alarms = 0
    for number in range(N_SUITES):
        rng = np.random.default_rng([3, number])
        medians = (np.median(np.array(simulation.one_bimodal(rng)), axis=-1) for _ in range(2))
        ratios, recorded = (of_side[..., 1] - of_side[..., 0] for of_side in medians)
        scales = sequential.borrow_from(list(recorded), list(ratios))[0]
        looks = sequential.looks(ratios[0], scales, 0.05, len(ratios))
        alarms += next((d.state for d in looks if d.state != "open"), "open") == "slower"
    assert alarms / N_SUITES <= at_most(sequential.LEVEL, N_SUITES)
