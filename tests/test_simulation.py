"""The gate is wrong as seldom as it promises; docs/gate.md has the larger simulation."""

import functools

import numpy as np
import pytest

from breakeven.calibration import controls, simulation
from breakeven.errors import BreakevenError
from breakeven.statistics import sequential
from breakeven.statistics.sequential import Guess
from tests.conftest import ROOT

N_SUITES = 25


@functools.cache
def draw(noise):
    if noise == "recorded":
        return simulation.recorded(controls.load(ROOT / "results" / "shared-2core" / "calibration", "gate"))
    return getattr(simulation, noise)


@functools.cache
def rates(noise, change):
    return simulation.rates(draw(noise), simulation.gate, change, N_SUITES, seed=2026)


def at_most(share, n):
    """Give the share that n trials exceed with a chance below 1 in 1000 if the true one is ``share``."""
    from scipy.stats import binom

    return binom.isf(1e-3, n, share) / n


def shown_below(share, n):
    """Give the share that n trials reach with a chance of 1 in 100 if the true one is ``share``, and else exceed."""
    from scipy.stats import binom

    return binom.ppf(0.01, n, share) / n


def wrong(shift, state, n_benchmarks, n=6000, n_rounds=8):
    """Judge a benchmark that is three times as noisy as was thought."""
    rounds = shift + 0.05 * np.random.default_rng(1).standard_t(3, (n, n_rounds))
    found = sequential.until_decided(rounds, [Guess(0.017, 0.4)] * n, simulation.TOLERANCE, n_benchmarks)
    return np.mean([s == state for s, _ in found])


#: A shift, a state that is wrong there, the size of the suite, and a `LEVEL` with which some 3 % are wrong.
WRONGS = [(simulation.TOLERANCE, "pass", 40, 0.2), (0.0, "slower", 1, 4.0)]


@pytest.mark.parametrize(("shift", "state", "n_benchmarks", "mutant"), WRONGS)
def test_a_noisy_benchmark_is_judged_wrongly_in_less_than_1_percent(shift, state, n_benchmarks, mutant):
    assert wrong(shift, state, n_benchmarks) < shown_below(0.01, 6000)


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "state", "n_benchmarks", "mutant"), WRONGS)
def test_a_gate_that_is_wrong_in_3_percent_would_be_seen(monkeypatch, shift, state, n_benchmarks, mutant):
    monkeypatch.setattr(sequential, "LEVEL", mutant)
    assert 0.02 < wrong(shift, state, n_benchmarks) < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("law", simulation.LAWS)
@pytest.mark.parametrize(("noise", "spread"), simulation.UNLIKE)
def test_one_unlike_its_neighbours_keeps_its_level(law, noise, spread):
    found = simulation.level(law, noise, spread, 2000, seed=2026)
    assert found.wrong_pass <= at_most(sequential.LEVEL, 2000)
    assert found.wrong_slower <= at_most(sequential.LEVEL / simulation.N_BENCHMARKS, 2000)


@pytest.mark.slow
@pytest.mark.parametrize("times", [3, 20])
def test_two_modes_are_called_a_change_within_the_level(times):
    # head is drawn in the slower mode more often than it is, and counts for as much less (importance sampling)
    true, drawn = np.array([0.25, 0.5, 0.25]), np.array([0.04, 0.16, 0.8])
    rng = np.random.default_rng(2026)
    which = rng.choice(3, p=drawn, size=(500, simulation.N_ROUNDS))
    within = simulation.USUAL / 2
    apart = np.sqrt(2 * ((times * simulation.USUAL) ** 2 - within**2))
    rounds = apart * (which - 1) + within * rng.standard_normal(which.shape)
    guess = simulation._from_neighbours(rng, 0.0)
    found = sequential.until_decided(rounds, [guess] * len(rounds), simulation.TOLERANCE, simulation.N_BENCHMARKS)
    counts = np.cumprod((true / drawn)[which], axis=1)
    wrong = sum(counts[k, n - 1] for k, (state, n) in enumerate(found) if state == "slower")
    assert sum(state == "slower" for state, _ in found) > 250
    assert wrong / len(rounds) <= sequential.LEVEL / simulation.N_BENCHMARKS


@pytest.mark.parametrize("law", simulation.LAWS)
def test_the_laws_have_the_noise_that_they_are_asked_for(law):
    drawn = simulation.LAWS[law](np.random.default_rng(1), 0.09, (1000, 1000))
    assert drawn.mean() == pytest.approx(0, abs=0.001)
    assert drawn.std() == pytest.approx(0.09, rel=0.05)


@pytest.mark.parametrize("noise", ["recorded", "heavy", "normal", "bimodal", "some_noisy"])
def test_false_alarms_of_a_whole_suite_are_held(noise):
    assert rates(noise, 1.1).false_alarms <= at_most(sequential.LEVEL, N_SUITES)


@pytest.mark.parametrize("noise", ["recorded", "heavy", "normal", "bimodal", "some_noisy"])
def test_a_real_slowdown_does_not_pass(noise):
    assert rates(noise, 1.1).wrong_pass <= at_most(sequential.LEVEL, N_SUITES)


def test_a_10_percent_slowdown_is_found_and_the_unchanged_pass():
    got = rates("heavy", 1.1)
    assert got.found >= 0.9
    assert got.found_rounds[0] <= 10
    assert got.passed >= 0.93
    assert got.pass_rounds[0] <= 10


@pytest.mark.parametrize("noise", ["recorded", "heavy"])
def test_a_twofold_slowdown_is_found_soon(noise):
    got = rates(noise, 2.0)
    assert got.found == 1
    assert got.found_rounds[0] <= sequential.fewest(sequential.LEVEL / simulation.N_BENCHMARKS)
    assert got.found_rounds[1] <= 9


def test_bimodal_noise_stays_undecided():
    got = rates("bimodal", 1.1)
    assert got.found <= 0.1
    assert got.passed <= 0.1


def test_recorded_noise_takes_enough_rounds(tmp_path):
    with pytest.raises(BreakevenError, match="No benchmark has 4 rounds"):
        simulation.recorded(controls.load(tmp_path, "gate"))


def test_recorded_rounds_stay_whole_and_on_their_sides():
    pool = [[(np.full(3, k), np.full(3, k + 0.5)) for k in range(20)]]
    for rounds in simulation._redrawn(pool, np.random.default_rng(1)):
        assert all((head - base == 0.5).all() for base, head in rounds)
        assert len({base[0] for base, _ in rounds}) == simulation.N_ROUNDS


def test_the_change_of_few_recorded_rounds_is_taken_for_chance():
    few, many = ([(np.zeros(3), np.full(3, 0.2))] * n for n in (4, simulation.N_ROUNDS))
    assert simulation._ratios(simulation._centred(few)) == pytest.approx(0)
    assert simulation._ratios(simulation._centred(many)) == pytest.approx(0.2)


def test_what_is_borrowed_was_measured_before(monkeypatch):
    seen = []
    guess = sequential.guess
    monkeypatch.setattr(sequential, "guess", lambda own, others: seen.append([*others]) or guess(own, others))
    (decided,) = simulation.gate([simulation.heavy(np.random.default_rng(1))])
    assert len(seen) == simulation.N_BENCHMARKS  # once each
    n_rounds = [sum(map(len, others)) for others in seen]
    assert n_rounds == sorted(n_rounds)
    assert n_rounds[0] == 0
    assert n_rounds[-1] < sum(d.rounds for d in decided)
