"""The report tells what was measured, failures and doubts included."""

import io
import math

import pytest
from rich.console import Console

from breakeven.harness.results import Value
from breakeven.report import sizes


def value(number, half=0.01):
    return Value("measured", number, (number - half, number + half), (number,))


@pytest.fixture
def recorded():
    def at(n, strategy):
        return (str(n), repr(strategy))

    return {
        "m.W.time_fit": {
            at(1000, "serial"): value(2.0),
            at(1000, "all-cores"): value(1.0),
            at(1000, "dask-ml"): Value("failed"),
            at(100, "serial"): value(0.100),
            at(100, "all-cores"): value(0.105),
            at(100, "dask-ml"): Value("skipped"),
        },
        "m.W.track_score": {at(1000, "serial"): Value("measured", 0.5), at(1000, "all-cores"): Value("measured", 0.5)},
        "m.W.track_peak_memory": {at(1000, "serial"): Value("measured", 1e8)},
        "overheads.ColdCall.time_first_call": {("'dask-joblib'",): value(0.8)},
    }


def text(recorded):
    console = Console(file=io.StringIO(), width=200)
    for table in sizes.tables(recorded):
        console.print(table)
    return console.file.getvalue()


def test_rows_are_in_order_of_size_with_the_winner(recorded):
    small, large = sizes.workloads(recorded)["m.W.fit"]
    assert (small.n_samples, large.n_samples) == (100, 1000)
    assert (small.fastest, large.fastest) == ("serial", "all-cores")
    assert sizes.winner(large) == "all-cores 2x"


def test_a_winner_within_the_noise_has_a_question_mark(recorded):
    small, _ = sizes.workloads(recorded)["m.W.fit"]
    assert not small.clear
    assert sizes.winner(small) == "serial ?"


def test_failures_and_skips_are_named(recorded):
    shown = text(recorded)
    assert "failed" in shown
    assert "skipped" in shown
    assert "ColdCall.time_first_call (dask-joblib)" in shown


def test_a_single_strategy_wins_nothing():
    row = sizes.Row(10, {"serial": value(1.0)}, {}, {})
    assert row.fastest is None
    assert sizes.winner(row) == ""


def test_equal_scores_are_told_once_and_others_each():
    same = {"a": Value("measured", 0.94), "b": Value("measured", 0.94 + 1e-13)}
    assert sizes.one_score(same) == "0.94"
    other = {"a": Value("measured", 0.94), "b": Value("measured", 0.95), "c": Value("failed")}
    assert sizes.one_score(other) == "a 0.94, b 0.95, c failed"


@pytest.mark.parametrize(
    ("measured", "written"),
    [
        (value(1.234, 0.05), "1.23 s ±0.05"),
        (value(0.0123, 0.001), "12.3 ms ±1"),
        (value(0.9996, 0.113), "1000 ms ±110"),
        (Value("measured", 2.0, (-math.inf, math.inf)), "2 s"),
        (Value("failed"), "failed"),
    ],
)
def test_times(measured, written):
    assert sizes.seconds(measured) == written


def test_plots_are_bars_of_equal_ratios():
    assert sizes.plot([1, 10, math.nan, 1e7], 1, 1e7) == "▁▂·█"
    assert sizes.plot([2.0], 2.0, 2.0) == "▁"


def test_each_strategy_has_its_plot(recorded):
    shown = text(recorded)
    (serial,) = (line for line in shown.splitlines() if "serial" in line and "100 ms" in line)
    assert "▁█" in serial


def test_markdown_has_a_row_a_size(recorded):
    lines = sizes.markdown(recorded).splitlines()
    assert lines[0] == "**m.W.fit**"
    assert lines[2].startswith("| n_samples | serial | all-cores | dask-ml |")
    assert lines[5].startswith("| 1,000 | 2 s ±0.01 | 1 s ±0.01 | failed | all-cores 2x | 0.5 |")
