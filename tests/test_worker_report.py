"""The tables about more workers, from records of known content."""

import io

import numpy as np
import pytest
from rich.console import Console

from breakeven.advice import more_workers
from breakeven.advice.more_workers import Search
from breakeven.harness.release_results import ReleaseResults
from breakeven.harness.results import Store, Value
from breakeven.report import workers
from breakeven.report.grid import Grid
from breakeven.statistics import size_law
from breakeven.statistics.worker_law import WorkerLaw


def value(samples):
    return Value("measured", float(np.median(samples)), (min(samples), max(samples)), tuple(samples))


@pytest.fixture
def recorded():
    law = WorkerLaw(9.0, 1.0)
    random = np.random.default_rng(0)

    def samples(seconds):
        return (seconds * np.exp(random.normal(0, 0.01, 6))).tolist()

    strong = {("'strong'", str(n)): value(samples(law.seconds(n))) for n in (1, 2, 4, 8)}
    weak = {("'weak'", str(n)): value(samples(2.0)) for n in (1, 2)}
    return {
        "many_workers.Search.time_call": strong | weak | {("'weak'", "4"): Value("failed")},
        "many_workers.Search.track_tasks": {("'strong'", "2"): Value("measured", 1_000)},
        "many_workers.Scheduler.time_2000_tasks": {(): value([2.0, 2.0, 2.0])},
        "large_models.Forest.time_fit": {("100", "'serial'"): value([1.0])},
    }


def stated(name, kind, call, axes, **facts):
    """Describe a benchmark as asv does."""
    listed = {"name": name, "type": "time", "params": [[] for _ in axes], "param_names": axes}
    return {**listed, "stated": {"workload": name.rpartition(".")[0], "call": call, "kind": kind, **facts}}


LISTED = {
    b["name"]: b
    for b in (
        stated("many_workers.Search.time_call", "time", "call", ["scaling", "n_workers"]),
        stated("many_workers.Search.track_tasks", "count", "call", ["scaling", "n_workers"]),
        stated("many_workers.Scheduler.time_2000_tasks", "time", "empty tasks", [], tasks=2_000),
        stated("overheads.EmptyTasks.time_1000_tasks", "time", "empty tasks", ["strategy"], tasks=1_000),
        stated("large_models.Forest.time_fit", "time", "fit", ["n_samples", "strategy"]),
        *(
            stated(
                f"large_models.{name}.time_fit", "time", "fit", ["n_samples", "strategy"],
                fits=fits, strategies={"serial": {"one_core": True}},
            )
            for name, fits in (("Small", 8), ("Large", 180))
        ),
    )
}  # fmt: skip


def found(recorded):
    return ReleaseResults("newest", Store(None, "m"), recorded, LISTED)


def grids(recorded, serial=None):
    search = Search("large_models.Large.fit", 180, serial) if serial is not None else None
    return list(workers.grids(more_workers.read(found(recorded)), search))


def rows(grids, title):
    return next(grid for grid in grids if grid.title.startswith(title)).rows


def test_speedup_and_efficiency_are_those_of_the_medians(recorded):
    told = grids(recorded)
    strong = {row[1]: row for row in rows(told, "Strong")}
    assert float(strong["8"][3].split()[0]) == pytest.approx(10 / (9 / 8 + 1), rel=0.03)
    assert float(strong["8"][4]) == pytest.approx(10 / (9 / 8 + 1) / 8, abs=0.02)
    weak = {row[1]: row for row in rows(told, "Weak")}
    assert set(weak) == {"1", "2"}  # a failure has no speedup
    assert float(weak["2"][3].split()[0]) == pytest.approx(2, rel=0.03)
    assert float(weak["2"][4]) == pytest.approx(1, abs=0.03)


def test_laws_are_told_with_the_schedulers_limit(recorded):
    told = grids(recorded)
    amdahl, usl = rows(told, "Laws")
    assert (amdahl[1], usl[1]) == ("Amdahl", "USL")
    assert float(amdahl[2].removesuffix(" %")) == pytest.approx(10, abs=1)
    # 1,000 tasks at 1 ms are one second, as the serial part is: 256 workers cannot be faster than either
    assert float(amdahl[6].split(" s")[0]) == pytest.approx(1.04, abs=0.06)
    held = rows(told, "The largest measured cluster")
    assert {row[:3] for row in held} == {("Search", "Amdahl", "8"), ("Search", "USL", "8")}
    assert all(row[6] == "yes" for row in held)


def test_thousands_of_workers_pay_only_for_large_searches(recorded):
    serial = size_law.fit({"serial": {1_000: [1.81] * 3, 10_000: [18.1] * 3}})["serial"]
    simulated = grids(recorded, serial)[-1]
    by_kind = {(row[0], row[1].split()[0]): row for row in simulated.rows}
    small, large = by_kind["180", "1,000"], by_kind["18,000", "100,000"]
    assert small[2] == "10 ms"
    assert small[3] == "1.81 s"
    # the scheduler alone takes 0.18 s, and the refit follows
    assert small[5] == small[6]
    assert int(small[7].replace(",", "")) < 180 < int(large[7].replace(",", ""))


def test_more_workers_than_cores_are_told(recorded):
    known = more_workers.read(found(recorded))
    assert "more workers than the 2 cores" in workers.caveat(known, 2)
    assert workers.caveat(known, 8) == ""


def test_nothing_is_simulated_without_the_schedulers_limit(recorded):
    del recorded["many_workers.Scheduler.time_2000_tasks"]
    serial = size_law.fit({"serial": {1_000: [1.81] * 3, 10_000: [18.1] * 3}})["serial"]
    assert not any("simulated" in grid.title for grid in grids(recorded, serial))


def test_a_grid_is_drawn_and_written(recorded):
    grid = grids(recorded)[0]
    console = Console(file=io.StringIO(), width=200)
    console.print(grid.drawn())
    assert "efficiency" in console.file.getvalue()
    title, blank, head, line, *body, end = grid.markdown()
    assert (title, blank, end) == ("**Strong scaling: the work is fixed (raw samples of different hours)**", "", "")
    assert len(body) == 4
    assert {text.count("|") for text in (head, line, *body)} == {6}


def test_a_table_without_a_title_is_nothing_but_its_lines():
    grid = Grid("", ("rule", "rate", "why"), [("a|b", "1 %", "so")], "lrl")
    assert list(grid.markdown()) == ["| rule | rate | why |", "|---|--:|---|", "| a\\|b | 1 % | so |"]


def test_what_was_measured_is_arranged_for_the_laws(recorded):
    known = more_workers.read(found(recorded))
    assert {key: sorted(by) for key, by in known.times.items()} == {
        ("Search", "strong"): [1, 2, 4, 8],
        ("Search", "weak"): [1, 2],
    }
    assert known.per_task == pytest.approx(1e-3)  # 2,000 empty tasks in 2 s
    assert known.at_least == {"Search": pytest.approx(1.0)}
    # empty tasks of single strategies are no limit of the scheduler
    recorded["overheads.EmptyTasks.time_1000_tasks"] = {("'serial'",): value([60.0])}
    assert more_workers.read(found(recorded)).per_task == pytest.approx(1e-3)
    assert more_workers.read(found({})) == more_workers.MoreWorkers({}, 0.0, {})


def test_the_search_of_most_fits_is_simulated(recorded):
    for name, rate in (("Small", 1e-3), ("Large", 1e-2)):
        times = {(str(n), "'serial'"): value([rate * n] * 3) for n in (1_000, 10_000)}
        recorded[f"large_models.{name}.time_fit"] = times
    search = more_workers.search(found(recorded))
    assert (search.name, search.fits) == ("large_models.Large.fit", 180)
    assert search.serial.seconds(10_000).value == pytest.approx(100, rel=0.05)
    del recorded["large_models.Large.time_fit"]
    assert more_workers.search(found(recorded)).fits == 8
    del recorded["large_models.Small.time_fit"]
    assert more_workers.search(found(recorded)) is None
