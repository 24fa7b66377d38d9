"""Peak memory by size: a base that does not grow and bytes a row, against known truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.statistics import memory_law
from breakeven.statistics.curve import MISFIT

MB = 1e6


@given(st.floats(0, 1e9), st.floats(1, 1e5))
def test_exact_peaks_give_back_their_law(base, per_row):
    law = memory_law.fit({n: base + per_row * n for n in (1_000, 20_000, 200_000)})
    told = law.bytes(2_000_000)
    assert told.value == pytest.approx(base + per_row * 2_000_000, rel=1e-5)
    # as sure as a law can be hoped to be, and not more
    assert (told.low, told.high) == pytest.approx((0.9 * told.value, 1.1 * told.value), rel=1e-4)
    assert told.beyond == 10


def test_what_does_not_grow_is_not_multiplied():
    # as dask_ml's k-means: 700 MB of workers beside 320 MB of data at 2,000,000 x 20, told as 7.5 GB in proportion
    law = memory_law.fit({n: 700 * MB + 240 * n for n in (20_000, 200_000)})
    assert law.base == pytest.approx(700 * MB)
    assert law.per_row == pytest.approx(240)
    assert law.bytes(2_000_000).value == pytest.approx(1_180 * MB)


def test_peaks_off_the_law_widen_the_interval():
    law = memory_law.fit({1_000: 100 * MB, 2_000: 120 * MB, 3_000: 100 * MB})
    assert law.off > 5 * MB
    told = law.bytes(2_000)
    assert told.low == pytest.approx(told.value - max(law.off, MISFIT * told.value))
    assert told.high == pytest.approx(told.value + law.off)


def test_neither_part_is_negative():
    falling = memory_law.fit({1_000: 200 * MB, 10_000: 100 * MB})
    assert falling.per_row == 0
    assert 100 * MB < falling.base < 200 * MB
    steep = memory_law.fit({1_000: 1 * MB, 10_000: 100 * MB})
    assert steep.base == 0
    assert steep.bytes(1).low >= 0


@pytest.mark.parametrize("peaks", [{}, {1_000: 1e8}])
def test_one_size_tells_nothing_of_growth(peaks):
    with pytest.raises(ValueError, match=f"two sizes is needed, not at {len(peaks)}"):
        memory_law.fit(peaks)
