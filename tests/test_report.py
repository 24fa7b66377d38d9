"""The report tells what was measured, failures and doubts included."""

import io
import math
import re

import numpy as np
import pytest
from rich.console import Console

from breakeven.advice import sentences
from breakeven.harness import workloads
from breakeven.harness.compared import Compared
from breakeven.harness.release_results import ReleaseResults
from breakeven.harness.results import Store, Value
from breakeven.harness.suite import Strategy
from breakeven.harness.workloads import Row, Workload
from breakeven.report import answer, other_axes, sizes
from breakeven.statistics import ranking


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


STRATEGIES = {
    "serial": {"order": 0, "one_core": True},
    "all-cores": {"order": 1},
    "dask-ml": {"order": 2, "dask": True},
}


def stated(name, kind, axes=("n_samples", "strategy"), **facts):
    """Describe a benchmark as asv does."""
    owner, _, method = name.rpartition(".")
    call = {"time_first_call": "first call"}.get(method, "fit")
    strategies = STRATEGIES if "strategy" in axes else {}
    return {
        "name": name,
        "type": "time" if kind in ("time", "first call") else "track",
        "params": [[] for _ in axes],
        "param_names": list(axes),
        "stated": {"workload": owner, "call": call, "kind": kind, "strategies": strategies, **facts},
    }


LISTED = {
    b["name"]: b
    for b in (
        stated("m.W.time_fit", "time", n_features=20, fits=180),
        stated("m.W.track_score", "score"),
        stated("m.W.track_peak_memory", "peak memory"),
        stated("overheads.ColdCall.time_first_call", "first call", ["strategy"]),
        stated("beyond.OnDisk.time_fit", "time", ["data_per_memory", "way"]),
        stated("beyond.OnDisk.track_spilled", "spilled", ["data_per_memory", "way"]),
        stated("beyond.OnDisk.track_read", "read", ["data_per_memory", "way"]),
        stated("workers.Search.time_fit", "time", ["scaling", "n_workers"]),
        stated("workers.Search.track_tasks", "count", ["scaling", "n_workers"]),
    )
}


def text(recorded):
    console = Console(file=io.StringIO(), width=200)
    for workload in workloads.by_size(recorded, LISTED).values():
        console.print(sizes.table(workload))
    for other in workloads.with_other_axes(recorded, LISTED):
        console.print(other_axes.grid(other).drawn())
    return console.file.getvalue()


def the_workload(recorded):
    return workloads.by_size(recorded, LISTED)["m.W.fit"]


def test_rows_are_in_order_of_size_with_the_winner(recorded):
    workload = the_workload(recorded)
    small, large = workload.rows
    assert (small.n_samples, large.n_samples) == (100, 1000)
    assert (small.fastest, large.fastest) == ("serial", "all-cores")
    assert sentences.outcome(workload, large) == "all-cores 2x"


def test_raw_samples_that_overlap_name_no_winner(recorded):
    workload = the_workload(recorded)
    small, large = workload.rows
    assert (small.state, set(small.leaders), large.state) == ("open", {"serial", "all-cores"}, "winner")
    assert sentences.outcome(workload, small) == "lowest median: serial"
    assert sentences.rests_on(workload.rows) == "raw samples of different hours"
    assert "raw samples of different hours" in " ".join(text(recorded).split())
    assert "?" not in text(recorded)


def compared(n, reference="serial", seconds=1.0, n_rounds=8, **ratios):
    """Give strategies measured side by side, by the names that are keywords: their times over the reference's."""
    random = np.random.default_rng(n)
    logs = {s.replace("_", "-"): np.log(r) + 0.004 * random.standard_normal(n_rounds) for s, r in ratios.items()}
    return Compared("m.W.time_fit", n, reference, logs, {reference: seconds})


def in_rounds(recorded, *found):
    """Arrange the workload, of which some sizes were measured in rounds."""
    return workloads.by_size(recorded, LISTED, {(c.benchmark, c.n_samples): c for c in found})["m.W.fit"]


def test_in_rounds_the_times_of_a_size_are_the_reference_and_the_ratios_to_it(recorded):
    workload = in_rounds(recorded, compared(1000, seconds=4.0, all_cores=0.5))
    raw, row = workload.rows
    assert (row.times["serial"].number, raw.times["serial"].number) == (4.0, 0.100)
    assert row.times["all-cores"].number == pytest.approx(2.0, rel=0.01)
    assert len(row.times["all-cores"].samples) == 8
    assert row.times["dask-ml"].state == "failed"
    assert (row.state, sentences.outcome(workload, row)) == ("winner", "all-cores 2x")
    assert sentences.rests_on(workload.rows) == "ratios within rounds; at 100 raw samples of different hours"
    assert next(sizes.grid(workload).markdown()) == f"**m.W.fit ({sentences.rests_on(workload.rows)})**"
    # what was timed at another hour only does not stand beside them
    other = in_rounds(recorded, compared(1000, seconds=4.0, dask_ml=3.0)).rows[1]
    assert (other.times["all-cores"].state, other.times["dask-ml"].state) == ("skipped", "measured")


def test_one_round_tells_a_time_with_an_interval_too(recorded):
    times = [in_rounds(recorded, compared(1000, n_rounds=n, all_cores=0.5)).rows[1].times for n in (1, 2, 8)]
    assert not any(np.isfinite(t["serial"].half) for t in times)
    halves = [t["all-cores"].half / t["all-cores"].number for t in times]
    assert 0.5 > halves[0] > halves[1] > halves[2] > 0.005
    assert all(low < t["all-cores"].number < high for t in times for low, high in [t["all-cores"].interval])


def test_a_tie_is_an_answer_with_the_simplest_first(recorded):
    workload = in_rounds(recorded, compared(1000, all_cores=0.97, dask_ml=1.4))
    _, row = workload.rows
    assert row.state == "tie"
    assert sentences.outcome(workload, row) == "serial and all-cores, equal"
    assert workload.gain(row) is None
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard")
    console.print(sizes.table(workload))
    (fastest,) = (line for line in console.file.getvalue().splitlines() if "fastest" in line)
    assert re.search(r"\x1b\[1;36mserial and all-cores, equal", fastest)  # bold cyan; a winner is bold green
    faster = in_rounds(recorded, compared(1000, all_cores=0.5, threads=0.51, dask_ml=0.98))
    assert sentences.outcome(faster, faster.rows[1]) == "all-cores and threads, equal, 2x"


def test_rounds_that_tell_nothing_apart_say_within_how_much_strategies_are_equal(recorded):
    workload = in_rounds(recorded, compared(1000, n_rounds=1, all_cores=0.97, dask_ml=1.0))
    assert sentences.outcome(workload, workload.rows[1]) == "serial, all-cores and dask-ml, equal within 20 %"


def test_failures_and_skips_are_named(recorded):
    shown = text(recorded)
    assert "failed" in shown
    assert "skipped" in shown
    assert "overheads.ColdCall.first call" in " ".join(shown.split())  # the title is broken at the table's width
    (cold,) = (line for line in shown.splitlines() if "dask-joblib" in line)
    assert "800 ms ±10" in cold


def test_a_single_strategy_wins_nothing():
    row = Row(10, {"serial": value(1.0)}, {}, {})
    assert row.fastest is None
    assert sentences.outcome(Workload("W", [row]), row) == ""


def test_equal_scores_are_told_once_and_others_each():
    same = {"a": Value("measured", 0.94), "b": Value("measured", 0.94 + 1e-13)}
    assert sizes.one_score(same) == "0.94"
    other = {"a": Value("measured", 0.94), "b": Value("measured", 0.95), "c": Value("failed")}
    assert sizes.one_score(other) == "a 0.94, b 0.95, c failed"
    assert sizes.one_score({"a": Value("skipped")}) == ""


def test_a_strategy_that_was_measured_at_no_size_is_told_under_the_table():
    known = {name: Strategy(name) for name in ("serial", "ray", "threads")}
    times = {"serial": value(1.0), "ray": Value("skipped"), "threads": Value("failed")}
    workload = Workload("W", [Row(10, times, {}, {})], known)
    assert sizes.grid(workload).head == ("n_samples", "serial", "threads", "fastest", "score")
    table = sizes.table(workload)
    assert str(table.caption) == "not measured: ray"
    assert [*table.columns[0].cells][:2] == ["serial", "threads"]


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
    lines = list(sizes.grid(the_workload(recorded)).markdown())
    assert lines[0] == "**m.W.fit (raw samples of different hours)**"
    assert lines[2].startswith("| n_samples | serial | all-cores | dask-ml |")
    assert lines[5].startswith("| 1,000 | 2 s ±0.01 | 1 s ±0.01 | failed | all-cores 2x | 0.5 |")


def test_strategies_stand_in_the_order_that_the_suite_states(recorded):
    workload = the_workload(recorded)
    assert list(workload.strategies) == ["serial", "all-cores", "dask-ml"]
    assert (workload.reference, workload.n_features, workload.facts) == ("serial", 20, {"fits": 180})
    assert workload.benchmark == "m.W.time_fit"


def test_a_reference_other_than_serial_is_taken_from_the_suite():
    row = Row(10, {"one": value(4.0), "many": value(1.0)}, {}, {})
    strategies = {s: workloads.Strategy(s, one_core=s == "one") for s in ("many", "one")}
    assert sentences.outcome(Workload("W", [row], strategies), row) == "many 4x"
    assert sentences.outcome(Workload("W", [row]), row) == "many"  # nobody knows what it gains on


def test_what_the_suite_no_longer_lists_is_still_shown(recorded):
    gone = {"old.V.time_fit": {("10", "'serial'"): value(3.0)}}
    assert "old.V.fit" not in workloads.by_size(gone, {})  # whether its axes are sizes and strategies is not known
    (other,) = workloads.with_other_axes(gone, {})
    (row,) = other_axes.grid(other).rows
    assert (other.name, row) == ("old.V.fit", ("10", "serial", "3 s ±0.01"))


def on_disk():
    def at(ratio, way):
        return (str(ratio), repr(way))

    return {
        "beyond.OnDisk.time_fit": {
            at(0.5, "in-memory"): value(2.0),
            at(2.0, "in-memory"): Value("failed"),
            at(2.0, "persisted"): value(9.0),
            at(4.0, "persisted"): Value("skipped"),
        },
        "beyond.OnDisk.track_spilled": {
            at(0.5, "in-memory"): Value("measured", 0),
            at(2.0, "in-memory"): Value("failed"),
            at(2.0, "persisted"): Value("measured", 3e9),
        },
        "beyond.OnDisk.track_read": {at(2.0, "persisted"): Value("measured", 12e9)},
        "workers.Search.time_fit": {("'strong'", "1"): value(3.0), ("'strong'", "2"): value(2.0)},
        "workers.Search.track_tasks": {("'strong'", "2"): Value("measured", 1_000)},
    }


def test_every_workload_with_other_axes_is_shown(recorded):
    both = recorded | on_disk()
    names = {other.name for other in workloads.with_other_axes(both, LISTED)}
    assert names == {"overheads.ColdCall.first call", "beyond.OnDisk.fit", "workers.Search.fit"}
    assert set(workloads.by_size(both, LISTED)) == {"m.W.fit"}
    shown = " ".join(text(both).split())
    assert all(name in shown for name in [*names, "m.W.fit"])


def test_other_axes_are_columns_and_kinds_of_numbers_follow():
    search, disk = sorted(workloads.with_other_axes(on_disk(), LISTED), key=lambda o: o.name, reverse=True)
    told = other_axes.grid(search)
    assert told.head == ("scaling", "n_workers", "time", "count")
    assert list(told.rows) == [("strong", "1", "3 s ±0.01", ""), ("strong", "2", "2 s ±0.01", "1000")]
    assert other_axes.grid(disk).head == ("data_per_memory", "way", "outcome", "time", "spilled", "read")


def test_what_fits_spills_and_fails():
    (disk,) = (o for o in workloads.with_other_axes(on_disk(), LISTED) if o.name == "beyond.OnDisk.fit")
    told = {row[:2]: row[2:] for row in other_axes.grid(disk).rows}
    assert set(told) == {("0.5", "in-memory"), ("2.0", "in-memory"), ("2.0", "persisted")}  # a skip is not shown
    assert told["0.5", "in-memory"] == ("fits", "2 s ±0.01", "0 bytes", "")
    assert told["2.0", "in-memory"] == ("fails", "failed", "", "")
    assert told["2.0", "persisted"] == ("spills", "9 s ±0.01", "3.0 GB", "12.0 GB")


def said(times, patterns=(), *in_rounds):
    """Give the answer on one workload: strategy to size to seconds."""
    values = {(str(n), repr(s)): value(t, 0.01 * t) for s, by in times.items() for n, t in by.items()}
    rounds = {(c.benchmark, c.n_samples): c for c in in_rounds}
    found = ReleaseResults("newest", Store(None, "m"), {"m.W.time_fit": values}, LISTED, rounds)
    return list(answer.lines(found, patterns))


def test_the_answer_is_a_line_a_workload_on_measured_sizes():
    times = {"serial": {100: 0.1, 1_000: 1.0, 10_000: 10.0}, "all-cores": {100: 0.3, 1_000: 0.5, 10_000: 4.0}}
    (line,) = said(times)
    assert line == (
        "m.W.fit: serial at 100 rows; all-cores from 1,000 rows, 2 to 2.5 times as fast as serial "
        "(raw samples of different hours)"
    )
    # the curves cross between the two, at a size that nobody measured
    numbers = {int(n.replace(",", "")) for n in re.findall(r"([0-9,]+) rows", line)}
    assert numbers <= {100, 1_000, 10_000}


def test_the_answer_names_no_winner_that_raw_samples_do_not_show():
    (line,) = said({"serial": {100: 1.0, 1_000: 10.0}, "all-cores": {100: 0.99, 1_000: 4.0}})
    assert line == (
        "m.W.fit: lowest median: all-cores at 100 rows; all-cores from 1,000 rows, 2.5 times as fast as serial "
        "(raw samples of different hours)"
    )


def test_the_answer_says_what_is_equal_and_how_far_the_next_one_is_behind():
    measured = {s: dict.fromkeys((100, 1_000), 1.0) for s in ("serial", "all-cores", "threads", "dask-ml")}
    small = compared(100, all_cores=1.3, threads=1.4, dask_ml=3.0)
    large = compared(1_000, all_cores=0.5, threads=0.51, dask_ml=0.61)
    (line,) = said(measured, (), small, large)
    told, _, saved = line.partition(" (")
    assert told == (
        "m.W.fit: serial at 100 rows, all-cores 1.3 times slower; all-cores and threads, equal, from 1,000 rows, "
        "2 times as fast as serial, dask-ml 1.2 times slower"
    )
    share = re.fullmatch(r"all-cores needs least; the others would save at most ([\d.]+) %\)", saved).group(1)
    high = ranking.rank(large.log_ratios).places["all-cores"].high
    assert float(share) == pytest.approx(100 * (1 - 1 / high), rel=0.05)


def test_there_is_no_answer_where_there_is_no_choice(recorded):
    assert said({"serial": {100: 1.0}}) == []
    assert said({"serial": {100: 1.0}, "all-cores": {100: 2.0}}, [re.compile("Forest")]) == []
    assert len(said({"serial": {100: 1.0}, "all-cores": {100: 2.0}}, [re.compile("time_fit")])) == 1
    found = ReleaseResults("newest", Store(None, "m"), recorded | on_disk(), LISTED)
    assert [line.split(":")[0] for line in answer.lines(found, [])] == ["m.W.fit"]
