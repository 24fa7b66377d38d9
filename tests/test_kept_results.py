"""No run takes away what another has measured: asv's own files, written by one run after another."""

import math

import pytest
from asv.results import Results
from asv.runner import BenchmarkResult

from breakeven.harness.kept_results import KeptResults

SIZES = ["10", "20", "30"]
BENCHMARK = {"name": "m.W.time_fit", "version": "1", "params": [SIZES]}
COMMIT = "c" * 40


@pytest.fixture
def run(tmp_path):
    """Give a run that adds what it measured, by size, and what is on disk afterwards."""

    def add(measured, selected=None, benchmark=BENCHMARK, **options):
        results = KeptResults({"machine": "m"}, {}, COMMIT, 0, "3.11", "release", {})
        results.load_data(str(tmp_path))
        every = benchmark["params"][0] if benchmark["params"] else [""]
        samples = [list(value) if isinstance(value := measured.get(size), tuple) else None for size in every]
        numbers = [
            sum(s) / len(s) if s else measured.get(size, math.nan) for size, s in zip(every, samples, strict=True)
        ]
        counts = [1 if s else None for s in samples]
        results.add_result(
            benchmark,
            BenchmarkResult(numbers, samples, counts, 0, "", None),
            selected_idx=None if selected is None else {every.index(size) for size in selected},
            **options,
        )
        return on_disk(tmp_path, benchmark)

    return add


def on_disk(folder, benchmark=BENCHMARK):
    """Read the file with asv's own class: by size, the number and the samples."""
    (path,) = (folder / "m").glob("*.json")
    read, name, params = Results.load(str(path)), benchmark["name"], benchmark["params"]
    numbers, samples = read.get_result_value(name, params), read.get_result_samples(name, params)
    every = params[0] if params else [""]
    return {size: (number, s) for size, number, s in zip(every, numbers, samples, strict=True)}


def test_a_run_of_fewer_sizes_leaves_the_others(run):
    # once the quick profile replaced the four sizes of the full one by its two
    run({"10": (1.0, 1.0), "20": (2.0, 2.0), "30": (3.0, 3.0)}, selected=SIZES)
    after = run({"10": (1.5, 1.5)}, selected=["10"])
    assert after == {"10": (1.5, [1.5, 1.5]), "20": (2.0, [2.0, 2.0]), "30": (3.0, [3.0, 3.0])}


def test_a_skip_replaces_no_number(run):
    run({"10": (1.0,), "20": (2.0,)}, selected=["10", "20"])
    after = run({"10": math.nan, "20": (2.5,), "30": math.nan})
    assert after["10"] == (1.0, [1.0])
    assert after["20"] == (2.5, [2.5])
    assert math.isnan(after["30"][0])


@pytest.mark.parametrize("outcome", [(1.0,), None])
def test_what_an_earlier_suite_did_not_have_has_not_failed(run, outcome):
    run({"10": (1.0,), "20": None}, selected=["10", "20"])
    wider = {**BENCHMARK, "params": [[*SIZES, "40"]]}
    after = run({"10": outcome}, selected=["10"], benchmark=wider)
    assert after["10"][0] == (1.0 if outcome else None)
    assert after["20"][0] is None  # that one has
    assert math.isnan(after["30"][0])
    assert math.isnan(after["40"][0])


def test_a_skip_of_everything_leaves_everything(run):
    before = run({"10": (1.0,), "20": (2.0,), "30": (3.0,)})
    assert run({}) == before


def test_a_failure_is_an_outcome_and_replaces_a_skip_and_a_number(run):
    run({"10": (1.0,), "20": math.nan})
    after = run({"10": None, "20": None}, selected=["10", "20"])
    assert (after["10"][0], after["20"][0]) == (None, None)


def test_samples_stay_in_a_run_that_records_none(run):
    run({"10": (1.0, 1.0), "20": (2.0, 2.0)}, selected=["10", "20"])
    after = run({"10": (4.0, 4.0)}, selected=["10"], record_samples=False)
    assert after["20"] == (2.0, [2.0, 2.0])
    assert after["10"] == (4.0, [4.0, 4.0])


def test_a_round_is_added_to_the_rounds_before(run):
    run({"10": (1.0, 2.0)}, selected=["10"])
    assert run({"10": (3.0, 4.0)}, selected=["10"], append_samples=True)["10"] == (2.5, [1.0, 2.0, 3.0, 4.0])


def test_what_another_version_measured_is_no_result_of_this_one(run):
    run({"10": (1.0,), "20": (2.0,), "30": (3.0,)})
    after = run({"10": math.nan, "20": (5.0,)}, selected=["10", "20"], benchmark=BENCHMARK | {"version": "2"})
    assert math.isnan(after["10"][0])
    assert math.isnan(after["30"][0])
    assert after["20"] == (5.0, [5.0])


def test_a_benchmark_without_parameters_is_kept_too(run):
    tracked = {"name": "m.W.track_it", "version": "1", "params": []}
    run({"": 7.0}, benchmark=tracked)
    assert run({"": math.nan}, benchmark=tracked)[""][0] == 7.0
    assert run({"": 8.0}, benchmark=tracked)[""][0] == 8.0


def test_one_benchmark_does_not_touch_another(run, tmp_path):
    run({"10": (1.0,)}, selected=["10"])
    run({"10": (2.0,)}, selected=["10"], benchmark=BENCHMARK | {"name": "m.V.time_fit"})
    assert on_disk(tmp_path)["10"] == (1.0, [1.0])


def test_nothing_half_written_is_left(run, tmp_path, monkeypatch):
    run({"10": (1.0,)}, selected=["10"])

    def full(self, folder):
        raise OSError("No space left on device")

    monkeypatch.setattr(Results, "save", full)
    with pytest.raises(OSError, match="No space left"):
        run({"10": (2.0,)}, selected=["10"])
    assert on_disk(tmp_path)["10"] == (1.0, [1.0])
    assert len(list((tmp_path / "m").iterdir())) == 1
