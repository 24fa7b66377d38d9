"""What the Scaling page shows, against known results."""

import re
import shutil
from datetime import UTC, datetime

import numpy as np
import pytest

from breakeven.errors import BreakevenError
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness.compared import Compared
from breakeven.harness.record import Case
from breakeven.harness.results import Store, Value
from breakeven.harness.workloads import Row
from breakeven.site import asv_pages, data, page
from breakeven.statistics.size_law import fit
from breakeven.train.entries import Release
from tests.conftest import ROOT


def value(number):
    return Value("measured", number, (0.9 * number, 1.1 * number), (0.9 * number, number, 1.1 * number))


LISTED = {
    name: {
        "name": name,
        "type": "time",
        "params": [[] for _ in axes],
        "param_names": axes,
        "stated": {"workload": name.rpartition(".")[0], "call": "fit", "kind": kind, "strategies": strategies},
    }
    for name, kind, axes, strategies in (
        (
            "m.W.time_fit",
            "time",
            ["n_samples", "strategy"],
            {"serial": {"order": 0, "one_core": True}, "all-cores": {"order": 1}},
        ),
        ("disk.D.time_fit", "time", ["ratio", "way"], {}),
        ("disk.D.track_spilled", "spilled", ["ratio", "way"], {}),
        ("disk.D.track_tasks", "count", ["ratio", "way"], {}),
    )
}


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
            (release("base", 2023, numpy="1.26", toolz="1"), recorded(serial=1.0, all_cores=0.5), {}),
            (release("numpy-2.0", 2024, numpy="2.0", toolz="2"), recorded(serial=1.0, all_cores=0.5), {}),
            (release("dask-2", 2025, numpy="2.0", toolz="2", dask="2"), recorded(serial=1.0, all_cores=1.0), {}),
            (release("dask-3", 2026, numpy="2.0", toolz="2", dask="3"), recorded(serial=1.0, all_cores=1.0), {}),
        ],
        LISTED,
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
    told, steps, size = data.history("m.W.fit", shots, {}, {})
    assert size == 10_000
    assert steps["strategy"] == ["all-cores"]
    assert steps["text"] == ["dask-2: 2.00x"]
    assert told["ratio"][-1] == pytest.approx(2)
    assert data.lines(told)["ratio"] == [[1, 1, 1, 1], pytest.approx([1, 1, 2, 2])]


def test_the_history_is_of_ratios_within_rounds_where_there_are_any(shots):
    # raw samples say that all-cores became twice as slow with dask-2, those side by side that it did with dask-3
    ratios = {"numpy-2.0": [0.0, 0.0], "dask-2": [0.01, -0.01], "dask-3": [0.68, 0.70, 0.69]}
    linked = {("m.W.time_fit", 1_000): {"all-cores": {name: np.array(r) for name, r in ratios.items()}}}
    told, steps, size = data.history("m.W.fit", shots, {}, linked)
    assert (size, told["release"]) == (1_000, [*ratios])
    assert told["ratio"] == pytest.approx([1, 1, np.exp(0.69)])
    assert told["measured"] == ["ratios within rounds"] * 3
    assert steps["text"] == ["dask-3: 1.99x"]
    of_another = {("m.Other.time_fit", 1_000): linked["m.W.time_fit", 1_000]}
    assert data.history("m.W.fit", shots, {}, of_another)[0]["measured"] == ["raw samples of different hours"] * 8


def test_the_verdict_of_a_gate_stands_with_the_later_release(shots):
    case = Case("m.W.time_fit", ("10000", "'all-cores'"), "time")
    judged = {case.label: Judgement(case, Verdict.SLOWER, "", 2.0, 1.9, 2.1, 1, 5)}
    told, _, _ = data.history("m.W.fit", shots, {("numpy-2.0", "dask-2"): judged}, {})
    at = [i for i, s in enumerate(told["strategy"]) if s == "all-cores"]
    assert [told["gate"][i] for i in at][2] == "slower"
    assert sum(g == "slower" for g in told["gate"]) == 1


def test_a_workload_without_results_has_empty_columns(shots):
    told, steps, size = data.history("m.Other.fit", shots, {}, {})
    assert (set(told), size) == (set(data.HISTORY), None)
    assert all(column == [] for column in [*told.values(), *steps.values()])


def test_cells_of_the_overview_touch_and_name_a_winner_once(shots):
    cells = data.overview(shots[0].workloads)
    assert cells["right"][0] == cells["left"][1]
    assert cells["left"][0] < cells["n_samples"][0] < cells["right"][0]
    assert (cells["first"], cells["name"]) == (["all-cores", "all-cores"], ["all-cores", ""])
    assert cells["gain"] == ["raw 2x", "raw 2x"]
    assert cells["shade"] == [data.PALE] * 2  # pale, for no round has shown it


def in_rounds(n, n_rounds=10, **ratios):
    logs = {s.replace("_", "-"): np.log(r) + 0.001 * np.arange(n_rounds) for s, r in ratios.items()}
    return {("m.W.time_fit", n): Compared("m.W.time_fit", n, "serial", logs, {"serial": 1.0})}


def test_a_tie_in_the_overview_has_its_own_look_and_no_cell_has_a_question_mark(shots):
    rounds = in_rounds(1_000, all_cores=1.02, mini_batch=1.5) | in_rounds(10_000, all_cores=0.5)
    (shot,) = data.snapshots([(release("base", 2023), recorded(serial=1.0, all_cores=0.9), rounds)], LISTED)
    (raw, *_), tied = shots[2:], data.overview(shot.workloads)
    assert (tied["first"], tied["second"]) == (["serial", "all-cores"], ["all-cores", "all-cores"])
    assert (tied["pattern"], tied["shade"]) == ([data.TIE, data.PLAIN], [data.SIDE_BY_SIDE] * 2)
    assert (tied["name"], tied["gain"]) == (["serial", "all-cores"], ["tie", "2x"])
    assert tied["outcome"] == ["serial and all-cores, equal", "all-cores 2x"]
    assert tied["behind"] == ["mini-batch 1.5 times slower", "serial 2 times slower"]
    assert tied["measured"] == ["ratios within rounds"] * 2
    pale = data.overview(raw.workloads)  # raw samples of two strategies that take as long as each other
    assert pale["outcome"] == ["lowest median: serial"] * 2
    assert (pale["pattern"], pale["shade"]) == ([data.PLAIN] * 2, [data.PALE] * 2)
    assert pale["measured"] == ["raw samples of different hours"] * 2
    assert "?" not in str(tied) + str(pale)


def test_rounds_that_tell_nothing_apart_by_a_tenth_are_a_tie_within_more(shots):
    rounds = in_rounds(1_000, 1, all_cores=1.02, mini_batch=1.12)
    (shot,) = data.snapshots([(release("base", 2023), recorded(serial=1.0, all_cores=0.9), rounds)], LISTED)
    cells = data.overview(shot.workloads)
    within = re.fullmatch(r"serial, all-cores and mini-batch, equal( within (\d+) %)", cells["outcome"][0])
    assert 12 < int(within.group(2)) < 60
    assert (cells["name"][0], cells["gain"][0]) == ("serial", "tie")
    assert (cells["pattern"][0], cells["shade"][0]) == (data.TIE, data.SIDE_BY_SIDE)


def test_points_say_what_their_times_are_and_speedups_are_ratios_within_rounds():
    rounds = in_rounds(1_000, all_cores=0.5)
    (shot,) = data.snapshots([(release("base", 2023), recorded(serial=9.0, all_cores=3.0), rounds)], LISTED)
    told = data.points(shot.workloads["m.W.fit"], shot, cores=2)
    at = [told["strategy"].index("all-cores"), len(told["strategy"]) - 1]
    assert [told["measured"][i] for i in at] == ["ratios within rounds", "raw samples of different hours"]
    assert [told["speedup"][i][:4] for i in at] == ["1.99", "3.00"]


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


def test_other_axes_are_columns_and_numbers_have_their_unit():
    def at(ratio, way):
        return (str(ratio), repr(way))

    on_disk = {
        "disk.D.time_fit": {at(0.5, "memory"): value(2.0), at(2.0, "memory"): Value("failed")},
        "disk.D.track_spilled": {at(0.5, "memory"): Value("measured", 0.0)},
        "disk.D.track_tasks": {at(0.5, "memory"): Value("measured", 12.0)},
    }
    (shot,) = data.snapshots([(release("base", 2023), on_disk, {})], LISTED)
    assert shot.workloads == {}
    told = data.other(shot.others["disk.D.fit"])
    assert told == {
        "ratio": ["0.5", "2.0"],
        "way": ["memory", "memory"],
        "time (seconds)": [2.0, "failed"],
        "spilled (bytes)": [0.0, None],
        "count": [12.0, None],
    }


def test_a_page_has_what_only_one_of_its_machines_measured(tmp_path, shots):
    names = page.Names(["m.Other.fit", "m.W.fit"], ["disk.D.fit"])
    seen = page.view(Store(tmp_path, "m"), shots, names, pytest.fail)
    sources, sentences = seen.releases["base"]
    assert sources["points m.Other.fit"] == data.table(data.POINTS, [])
    assert len(sources["points m.W.fit"]["strategy"]) == 4
    assert sources["other disk.D.fit"] == {}
    assert set(sentences) == {"m.W.fit"}
    assert seen.followed == {"m.W.fit": 10_000}


def test_a_damaged_record_of_a_gate_is_left_out_with_a_warning(tmp_path, shots):
    gates = tmp_path / "m" / "gates"
    gates.mkdir(parents=True)
    whole = ROOT / "results" / "shared-2core" / "gates" / "dask-2026.3.0..scikit-learn-1.9.0.gate"
    shutil.copy(whole, gates / "z.gate")
    (gates / "a.gate").write_text(whole.read_text()[:1_000])
    (gates / "b.gate").write_text('{"format": 99}')
    warnings = []
    (found,) = page._gates(Store(tmp_path, "m"), warnings.append)
    assert found.head.release == "scikit-learn-1.9.0"
    assert [warning.split(" ")[0] for warning in warnings] == [str(gates / "a.gate"), str(gates / "b.gate")]
    warnings.clear()
    seen = page.view(Store(tmp_path, "m"), shots, page.Names(["m.W.fit"], []), warnings.append)
    assert list(seen.releases) == [s.release.name for s in shots]
    assert len(warnings) == 2


def test_what_is_not_found_once_in_asvs_page_fails(tmp_path):
    assert asv_pages.replaced("a <b> c", "<b>", "<i>") == "a <i> c"
    for text in ("a c", "<b> <b>"):
        with pytest.raises(BreakevenError, match=r"asv's page has [02] times instead of once: <b>"):
            asv_pages.replaced(text, "<b>", "<i>")
    file = tmp_path / "index.html"
    file.write_text("a c")
    with pytest.raises(BreakevenError, match="instead of once"):
        asv_pages.replace_once(file, "<b>", "<i>")
    assert file.read_text() == "a c"
    file.write_text("a <b> c")
    asv_pages.replace_once(file, "<b>", "<i>")
    assert file.read_text() == "a <i> c"
