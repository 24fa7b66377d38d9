"""The tables about more workers and about more data than memory, from records of known content."""

import io

import numpy as np
import pytest
from rich.console import Console

from breakeven.harness.results import Value
from breakeven.report import beyond_memory, workers
from breakeven.statistics import size_law
from breakeven.statistics.worker_law import Law


def value(samples):
    return Value("measured", float(np.median(samples)), (min(samples), max(samples)), tuple(samples))


@pytest.fixture
def recorded():
    law = Law(9.0, 1.0)
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


def rows(grids, title):
    return next(grid for grid in grids if grid.title.startswith(title)).rows


def test_speedup_and_efficiency_are_those_of_the_medians(recorded):
    grids = list(workers.grids(recorded, None))
    strong = {row[1]: row for row in rows(grids, "Strong")}
    assert float(strong["8"][3].split()[0]) == pytest.approx(10 / (9 / 8 + 1), rel=0.03)
    assert float(strong["8"][4]) == pytest.approx(10 / (9 / 8 + 1) / 8, abs=0.02)
    weak = {row[1]: row for row in rows(grids, "Weak")}
    assert set(weak) == {"1", "2"}  # a failure has no speedup
    assert float(weak["2"][3].split()[0]) == pytest.approx(2, rel=0.03)
    assert float(weak["2"][4]) == pytest.approx(1, abs=0.03)


def test_laws_are_told_with_the_schedulers_limit(recorded):
    grids = list(workers.grids(recorded, None))
    amdahl, usl = rows(grids, "Laws")
    assert (amdahl[1], usl[1]) == ("Amdahl", "USL")
    assert float(amdahl[2].removesuffix(" %")) == pytest.approx(10, abs=1)
    # 1,000 tasks at 1 ms are one second, as the serial part is: 256 workers cannot be faster than either
    assert float(amdahl[6].split(" s")[0]) == pytest.approx(1.04, abs=0.06)
    held = rows(grids, "The largest measured cluster")
    assert {row[:3] for row in held} == {("Search", "Amdahl", "8"), ("Search", "USL", "8")}
    assert all(row[6] == "yes" for row in held)


def test_thousands_of_workers_pay_only_for_large_searches(recorded):
    serial = size_law.fit({"serial": {1_000: [1.81] * 3, 10_000: [18.1] * 3}})["serial"]
    simulated = list(workers.grids(recorded, serial))[-1]
    by_kind = {(row[0], row[1].split()[0]): row for row in simulated.rows}
    small, large = by_kind["180", "1,000"], by_kind["18,000", "100,000"]
    assert small[2] == "10 ms"
    assert small[3] == "1.81 s"
    # the scheduler alone takes 0.18 s, and the refit follows
    assert small[5] == small[6]
    assert int(small[7].replace(",", "")) < 180 < int(large[7].replace(",", ""))


def test_more_workers_than_cores_are_told(recorded):
    assert "more workers than the 2 cores" in workers.caveat(recorded, 2)
    assert workers.caveat(recorded, 8) == ""


def test_nothing_is_simulated_without_the_schedulers_limit(recorded):
    del recorded["many_workers.Scheduler.time_2000_tasks"]
    serial = size_law.fit({"serial": {1_000: [1.81] * 3, 10_000: [18.1] * 3}})["serial"]
    assert not any("simulated" in grid.title for grid in workers.grids(recorded, serial))


def test_a_grid_is_drawn_and_written(recorded):
    grid = next(iter(workers.grids(recorded, None)))
    console = Console(file=io.StringIO(), width=200)
    console.print(grid.drawn())
    assert "efficiency" in console.file.getvalue()
    title, blank, head, line, *body, end = grid.markdown()
    assert (title, blank, end) == ("**Strong scaling: the work is fixed**", "", "")
    assert len(body) == 4
    assert {text.count("|") for text in (head, line, *body)} == {6}


def test_what_fits_spills_and_fails():
    def at(ratio, strategy):
        return (str(ratio), repr(strategy))

    name = "beyond_memory.KMeansOnDisk"
    recorded = {
        f"{name}.time_fit": {
            at(0.5, "in-memory"): value([2.0]),
            at(2.0, "in-memory"): Value("failed"),
            at(2.0, "dask-ml-persisted"): value([9.0]),
        },
        f"{name}.track_spilled": {
            at(0.5, "in-memory"): Value("measured", 0),
            at(2.0, "in-memory"): Value("failed"),
            at(2.0, "dask-ml-persisted"): Value("measured", 3e9),
        },
        f"{name}.track_read": {at(2.0, "dask-ml-persisted"): Value("measured", 12e9)},
    }
    (grid,) = beyond_memory.grids(recorded)
    assert grid.head[:4] == ("data / memory", "strategy", "outcome", "time")
    told = {row[:2]: row[2:] for row in grid.rows}
    assert told["0.5", "in-memory"][0] == "fits"
    assert told["2.0", "in-memory"][:2] == ("fails", "failed")
    assert told["2.0", "dask-ml-persisted"][0] == "spills"
    assert told["2.0", "dask-ml-persisted"][4:6] == ("3.0 GB", "12.0 GB")
