"""What the Scaling page shows, against known results."""

from datetime import UTC, datetime

import pytest

from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness.record import Case
from breakeven.harness.results import Value
from breakeven.report.sizes import Row
from breakeven.site import data
from breakeven.statistics.size_law import fit
from breakeven.train.entries import Release


def value(number):
    return Value("measured", number, (0.9 * number, 1.1 * number), (0.9 * number, number, 1.1 * number))


def recorded(**times):
    """Give the records of one workload at 1,000 and 10,000 rows."""
    return {
        "m.W.time_fit": {
            (str(n), repr(s.replace("_", "-"))): value(t * n / 1_000) for s, t in times.items() for n in (1_000, 10_000)
        }
    }


def release(name, year, **pins):
    return Release(name, datetime(year, 1, 1, tzinfo=UTC), pins)


@pytest.fixture
def shots():
    return data.snapshots(
        [
            (release("base", 2023, numpy="1.26", toolz="1"), recorded(serial=1.0, all_cores=0.5)),
            (release("numpy-2.0", 2024, numpy="2.0", toolz="2"), recorded(serial=1.0, all_cores=0.5)),
            (release("dask-2", 2025, numpy="2.0", toolz="2", dask="2"), recorded(serial=1.0, all_cores=1.0)),
            (release("dask-3", 2026, numpy="2.0", toolz="2", dask="3"), recorded(serial=1.0, all_cores=1.0)),
        ]
    )


def test_what_changed_names_the_packages_of_the_train_and_counts_the_others(shots):
    assert [s.changed for s in shots] == [
        "the first one measured",
        "numpy 1.26 → 2.0, 1 more",
        "dask none → 2",
        "dask 2 → 3",
    ]


def test_points_have_speedup_and_efficiency(shots):
    points = data.points(shots[0].workloads["m.W.fit"], shots[0], cores=4)
    at = points["strategy"].index("all-cores")
    assert points["speedup"][at].startswith("2.00 (")
    assert points["efficiency"][at].startswith("0.50 (")
    assert points["speedup"][points["strategy"].index("serial")] == ""
    assert points["megabytes"] == [None] * 4


def test_a_step_is_labelled_by_the_release_from_which_it_is_seen(shots):
    told, steps, size = data.history("m.W.fit", shots, {})
    assert size == 10_000
    assert steps["strategy"] == ["all-cores"]
    assert steps["text"] == ["dask-2: 2.00x"]
    assert told["ratio"][-1] == pytest.approx(2)
    assert data.lines(told)["ratio"] == [[1, 1, 1, 1], pytest.approx([1, 1, 2, 2])]


def test_the_verdict_of_a_gate_stands_with_the_later_release(shots):
    case = Case("m.W.time_fit", ("10000", "'all-cores'"), "time")
    judged = {case.label: Judgement(case, Verdict.SLOWER, "", 2.0, 1.9, 2.1, 1, 5)}
    told, _, _ = data.history("m.W.fit", shots, {("numpy-2.0", "dask-2"): judged})
    at = [i for i, s in enumerate(told["strategy"]) if s == "all-cores"]
    assert [told["gate"][i] for i in at][2] == "slower"
    assert sum(g == "slower" for g in told["gate"]) == 1


def test_a_workload_without_results_has_empty_columns(shots):
    told, steps, size = data.history("m.Other.fit", shots, {})
    assert (set(told), size) == (set(data.HISTORY), None)
    assert all(column == [] for column in [*told.values(), *steps.values()])


def test_cells_of_the_overview_touch_and_name_a_winner_once(shots):
    cells = data.overview(shots[0].workloads)
    assert cells["right"][0] == cells["left"][1]
    assert cells["left"][0] < cells["n_samples"][0] < cells["right"][0]
    assert (cells["winner"], cells["name"]) == (["all-cores", "all-cores"], ["all-cores", ""])
    assert cells["gain"] == ["2x", "2x"]


def test_break_evens_are_marked_within_the_measured_sizes_only():
    sizes = (1_000, 3_000, 10_000)
    rows = [Row(n, {"serial": value(1e-3 * n), "dask": value(2 + 0.4e-3 * n)}, {}, {}) for n in sizes]
    curves = fit({s: {r.n_samples: r.times[s].samples for r in rows} for s in ("serial", "dask")})
    marked, told = data.break_evens(curves)
    assert marked["n_samples"] == [pytest.approx(3_333, rel=0.1)]
    assert told == marked["text"]
    far = fit({s: {r.n_samples: r.times[s].samples for r in rows[:2]} for s in ("serial", "dask")})
    marked, told = data.break_evens(far)
    assert marked["n_samples"] == []
    assert "times outside the measured sizes" in told[0]


def test_csv_leaves_what_is_not_known_empty():
    assert data.written(data.table(("a", "b"), [(1, None), ("x,y", 2.5)])) == 'a,b\n1,\n"x,y",2.5\n'
