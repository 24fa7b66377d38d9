"""Laws, break-even sizes and their intervals, against known truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.statistics import size_law
from breakeven.statistics.break_even import BreakEven, Winner, break_even, break_evens
from breakeven.statistics.parts import decompose
from breakeven.statistics.speedup import efficiency, speedup

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)


def times(laws, noise=0.0, seed=0, sizes=SIZES, n_samples=9):
    """Draw samples of strategies from their (fixed, rate, exponent)."""
    random = np.random.default_rng(seed)
    return {
        name: {
            n: ((fixed + rate * n**exponent) * np.exp(noise * random.standard_normal(n_samples))).tolist()
            for n in sizes
        }
        for name, (fixed, rate, exponent) in laws.items()
    }


def test_exact_times_give_back_their_law():
    curves = size_law.fit(times({"serial": (0.01, 2e-7, 1.6), "dask-ml": (0.4, 1e-7, 1.6)}))
    for name, fixed, rate in (("serial", 0.01, 2e-7), ("dask-ml", 0.4, 1e-7)):
        law = curves[name].law
        assert law.exponent == pytest.approx(1.6, abs=0.1)
        assert law.fixed == pytest.approx(fixed, rel=0.2)
        assert law.seconds(50_000) == pytest.approx(fixed + rate * 50_000**1.6, rel=0.1)


def test_two_sizes_leave_the_exponent_open():
    curve = size_law.fit(times({"serial": (0.1, 1e-5, 1.0)}, sizes=(1_000, 10_000)))["serial"]
    assert curve.law.exponent == pytest.approx(size_law.PRIOR_EXPONENT, abs=0.01)
    inside, beyond = curve.seconds(3_000), curve.seconds(100_000)
    assert beyond.high / beyond.low > 5 * inside.high / inside.low


def test_a_strategy_measured_at_one_size_has_no_law():
    measured = times({"serial": (0.1, 1e-5, 1.0)}) | {"threads": {1_000: [0.1, 0.2]}, "failed": {1_000: [], 2_000: []}}
    assert set(size_law.fit(measured)) == {"serial"}
    assert size_law.fit({"threads": {1_000: [0.1]}}) == {}


@settings(max_examples=25, deadline=None)
@given(size=st.floats(1_500, 15_000), fixed=st.floats(0.05, 0.5), exponent=st.floats(0.8, 2))
def test_the_break_even_size_is_where_both_take_the_same_time(size, fixed, exponent):
    # serial starts at once and costs twice as much a sample
    rate = fixed / size**exponent
    found = break_even(
        "serial", "dask", size_law.fit(times({"serial": (0, 2 * rate, exponent), "dask": (fixed, rate, exponent)}))
    )
    assert isinstance(found, BreakEven)
    assert (found.below, found.above) == ("serial", "dask")
    assert found.n_samples.value == pytest.approx(size, rel=0.05)
    assert found.n_samples.beyond == 1


def test_a_strategy_that_always_wins_is_told():
    curves = size_law.fit(times({"serial": (0.5, 2e-5, 1), "threads": (0.1, 1e-5, 1)}, noise=0.02))
    assert break_evens(curves) == [Winner("threads", "serial", 1.0)]


def test_a_break_even_size_outside_the_measured_range_says_how_far():
    curves = size_law.fit(times({"serial": (0, 2e-6, 1), "dask": (0.2, 1e-6, 1)}))
    found = break_even("serial", "dask", curves)
    assert found.n_samples.value == pytest.approx(200_000, rel=0.05)
    assert found.n_samples.beyond == pytest.approx(10, rel=0.05)


def test_intervals_hold_the_truth():
    # 60 workloads with 4 % noise: of 95 % intervals, fewer than 51 hits have a chance of 0.4 %
    rate, fixed = 2e-5, 0.1
    hits = {"size": 0, "inside": 0, "beyond": 0}
    for seed in range(60):
        curves = size_law.fit(times({"serial": (0, 2 * rate, 1), "dask": (fixed, rate, 1)}, noise=0.04, seed=seed))
        found = break_even("serial", "dask", curves).n_samples
        hits["size"] += found.low <= fixed / rate <= found.high
        for where, n in (("inside", 5_000), ("beyond", 80_000)):
            told = curves["dask"].seconds(n)
            hits[where] += told.low <= fixed + rate * n <= told.high
    assert min(hits.values()) >= 51, hits


def test_strategies_that_cannot_be_told_apart_have_an_open_break_even_size():
    curves = size_law.fit(times({"a": (0.1, 1e-5, 1), "b": (0.1, 1e-5, 1)}, noise=0.05, seed=3))
    found = break_even("a", "b", curves)
    if isinstance(found, BreakEven):
        assert (found.n_samples.low, found.n_samples.high) == (0, math.inf)
    else:
        assert found.certainty < 0.95


def test_the_parts_of_a_call_add_up_to_its_time():
    curve = size_law.fit(times({"dask-joblib": (0.3, 1e-4, 1.0)}))["dask-joblib"]
    moving = size_law.fit({"scatter": {n: [0.01 + 2e-5 * n] * 3 for n in SIZES}})["scatter"]
    parts = decompose(curve, 10_000, start_up=1.5, moving=moving)
    assert parts.start_up == 1.5
    assert parts.moving == pytest.approx(0.2, rel=0.05)
    assert parts.fixed == pytest.approx(0.3, rel=0.05)
    assert parts.moving + parts.fixed + parts.work == pytest.approx(curve.law.seconds(10_000))
    alone = decompose(curve, 10_000)
    assert (alone.start_up, alone.moving) == (0, 0)


def test_what_moves_is_never_more_than_what_grows():
    curve = size_law.fit(times({"dask-joblib": (0.3, 1e-6, 1.0)}))["dask-joblib"]
    moving = size_law.fit({"scatter": {n: [1e-3 * n] * 3 for n in SIZES}})["scatter"]
    assert decompose(curve, 10_000, moving=moving).work == 0


def test_speedup_and_efficiency():
    gained = speedup([2.0, 2.1, 1.9], [1.25, 1.25, 1.25])
    assert gained.value == pytest.approx(1.6)
    assert gained.low < 1.6 < gained.high
    assert efficiency(gained, 2).value == pytest.approx(0.8)
