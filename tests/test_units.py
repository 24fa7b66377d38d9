"""Numbers with units, read and written, by known answers."""

import math

import pytest

from breakeven import units


@pytest.mark.parametrize(("text", "value"), [("5%", 0.05), (" 0.05 ", 0.05), ("12.5 %", 0.125), (".5", 0.5)])
def test_shares_are_read(text, value):
    assert units.share(text) == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), [("30%", 0.3), ("100%", 1), ("1.5", 1.5)])
def test_slowdowns_are_read(text, value):
    assert units.slowdown(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"), [("90s", 90), ("20m", 1_200), ("1.5h", 5_400), ("10ms", 0.01), (" 2 m ", 120)]
)
def test_durations_are_read(text, value):
    assert units.duration(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"), [("16GB", 16e9), ("500 MiB", 500 * 2**20), ("1.5TB", 1.5e12), ("2kB", 2_000)]
)
def test_sizes_are_read(text, value):
    assert units.size(text) == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), [("100Mbit", 100e6), ("1 Gbit", 1e9), ("56kbit", 56e3)])
def test_rates_are_read(text, value):
    assert units.bits(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (units.share, "0%"), (units.share, "100%"), (units.share, "1"), (units.share, "-5%"), (units.share, "five"),
        (units.slowdown, "0%"), (units.slowdown, "-5%"), (units.slowdown, "twofold"),
        (units.duration, "20"), (units.duration, "m"), (units.duration, "1d"), (units.duration, "-1s"),
        (units.size, "16"), (units.size, "16 gigabytes"), (units.size, "GB"),
        (units.bits, "0Mbit"), (units.bits, "100MB"), (units.bits, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(read, text):
    with pytest.raises(ValueError, match=f"^'{text}' is not a "):
        read(text)


@pytest.mark.parametrize(
    ("number", "significant", "text"),
    [(112, 2, "110"), (1234.5, 3, "1230"), (0.012345, 2, "0.012"), (1.0, 3, "1"), (99.96, 3, "100")],
)
def test_digits(number, significant, text):
    assert units.digits(number, significant) == text


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [
        (0.0123, 0.001, "12.3 ms ±1"),
        (0.0000123, math.nan, "0.0123 ms"),
        (0.9996, 0.113, "1000 ms ±110"),
        (1.0, math.inf, "1 s"),
        (1.234, 0.05, "1.23 s ±0.05"),
        (119.0, math.nan, "119 s"),
        (120.0, 6.0, "2 min ±0.1"),
        (7_199.0, math.nan, "120 min"),
        (7_200.0, math.nan, "2 h"),
        (0.0, math.nan, "0 ms"),
    ],
)
def test_seconds(value, half, text):
    assert units.seconds(value, half) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.4, "0 s"), (90, "90 s"), (99.4, "99 s"), (100, "2 min"), (300, "5 min")]
)
def test_budgets(value, text):
    assert units.budget(value) == text


@pytest.mark.parametrize(
    ("value", "significant", "text"), [(0.05, 3, "5 %"), (0.12345, 3, "12.3 %"), (0.12345, 2, "12 %"), (0.0, 3, "0 %")]
)
def test_percent(value, significant, text):
    assert units.percent(value, significant) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (7.54e9, "7.5 GB"), (1e12, "1.0 TB"), (320e6, "320.0 MB")],
)
def test_memory(value, text):
    assert units.memory(value) == text


def test_what_is_written_can_be_read():
    for value in (2_500.0, 3e6, 16e9, 1.5e12):
        assert units.size(units.memory(value)) == pytest.approx(value)
    for value in (0.05, 0.125):
        assert units.share(units.percent(value)) == pytest.approx(value)
