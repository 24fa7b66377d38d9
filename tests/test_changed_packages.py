"""Which packages changed a benchmark, on stacks whose truth is known."""

import math

import pytest

from breakeven.history import packages
from breakeven.report import blame
from tests.fake_line import FakeLine

STEP = math.log(1.2)


class FakeBench:
    """Stacks whose level is a function of what they hold; some do not install."""

    def __init__(self, before, after, level, loaded=None, versions=(), failing=lambda pins: False, noise=0.01):
        self.releases, self.level, self.failing, self.noise = {"before": before, "after": after}, level, failing, noise
        self._loaded, self._versions = {*before, *after} if loaded is None else loaded, list(versions)
        self.lines = []

    @property
    def spent(self):
        return sum(line.spent for line in self.lines)

    def line(self, specs):
        pins = [self.pins(spec) for spec in specs]
        failing = [k for k, p in enumerate(pins) if self.failing(p)]
        line = FakeLine([self.level(p) for p in pins], failing, self.noise, seed=len(self.lines))
        line.specs = specs
        self.lines.append(line)
        return line

    def pins(self, spec):
        release, *overrides = spec.split(" + ")
        return self.releases[release] | dict(override.split("==") for override in overrides)

    def loaded(self, spec):
        return self._loaded

    def versions(self, package, before, after):
        return self._versions


def moved(n, **other):
    """Give the stacks of a release that moves packages from 1 to 2."""
    names = [f"p{k:02}" for k in range(n)]
    return dict.fromkeys(names, "1"), dict.fromkeys(names, "2") | other


def guilty(bench, budget=2000):
    return packages.guilty(packages.Search(bench, math.log(1.05), budget), "before", "after")


def words(bench, budget=2000):
    return blame.packages(guilty(bench, budget))


@pytest.mark.parametrize("at", [0, 7, 19])
def test_one_of_twenty_is_found_in_a_few_stacks(at):
    bench = FakeBench(*moved(20), lambda pins: STEP * (pins[f"p{at:02}"] == "2"))
    assert words(bench) == f"p{at:02} 1 -> 2"
    assert guilty(bench).sure
    assert len(bench.lines[0].asked) <= 16


def test_the_only_one_that_moved_is_told_without_measuring():
    before, after = moved(1)
    bench = FakeBench(before, after, lambda pins: 0.0)
    assert words(bench) == "p00 1 -> 2"
    assert bench.lines == []


def test_two_are_told():
    bench = FakeBench(*moved(12), lambda pins: STEP * ((pins["p03"] == "2") + (pins["p09"] == "2")))
    assert words(bench) == "p03 1 -> 2 and p09 1 -> 2"


def test_what_the_process_never_loads_is_excluded_by_one_stack():
    loaded = {"p17", "p18", "p19"}
    bench = FakeBench(*moved(20), lambda pins: STEP * (pins["p18"] == "2"), loaded)
    assert words(bench) == "p18 1 -> 2"
    # the first three stacks swap what is loaded, and the others are hardly looked at
    assert bench.lines[0].specs[3] == "before + p17==2 + p18==2 + p19==2"
    assert len({p for p in bench.lines[0].asked if 3 < p < 20}) <= 2


def test_one_that_is_not_loaded_and_did_it_all_the_same_is_found():
    bench = FakeBench(*moved(20), lambda pins: STEP * (pins["p05"] == "2"), {"p17", "p18", "p19"})
    assert words(bench) == "p05 1 -> 2"


@pytest.mark.parametrize("pair", [("p02", "p07"), ("p00", "p01"), ("p06", "p07")])
def test_two_that_do_it_only_together(pair):
    one, other = pair
    bench = FakeBench(*moved(8), lambda pins: STEP * (pins[one] == pins[other] == "2"))
    assert words(bench) == f"{other} 1 -> 2 only together with {one} 1 -> 2"


def test_three_that_do_it_only_together():
    bench = FakeBench(*moved(8), lambda pins: STEP * (pins["p01"] == pins["p04"] == pins["p06"] == "2"))
    assert words(bench) == "p06 1 -> 2 only together with p01 1 -> 2, p04 1 -> 2"


def test_many_that_do_a_little_each():
    bench = FakeBench(*moved(5), lambda pins: 0.02 * sum(v == "2" for v in pins.values()), noise=0.002)
    assert words(bench) == "none of p00, p01, p02, p03, p04 alone"


def test_a_package_that_joins_the_stack_comes_with_the_release():
    before, after = moved(4, newcomer="1")
    bench = FakeBench(before, after, lambda pins: STEP * ("newcomer" in pins))
    assert words(bench) == "newcomer absent -> 1"


def test_stacks_that_do_not_install_are_stepped_over():
    # with p04 it takes p05, as numpy 2 took scipy
    bench = FakeBench(
        *moved(8), lambda pins: STEP * (pins["p05"] == "2"), failing=lambda pins: pins["p04"] != pins["p05"]
    )
    assert words(bench) == "p04 1 -> 2, p05 1 -> 2"


def test_what_is_released_together_is_swapped_together():
    before = {"dask": "1", "distributed": "1", "numpy": "1"}
    after = dict.fromkeys(before, "2")
    bench = FakeBench(before, after, lambda pins: STEP * (pins["distributed"] == "2"))
    assert words(bench) == "dask 1 -> 2, distributed 1 -> 2"
    assert all("dask" not in spec or "distributed" in spec for line in bench.lines for spec in line.specs)


@pytest.mark.parametrize("n_packages", [1, 6])
def test_a_package_that_is_not_tracked_is_followed_through_its_versions(n_packages):
    before, after = moved(n_packages)
    before["p00"], after["p00"] = "2.22.1", "2.28.0"
    versions = ["2.23.0", "2.24.0", "2.25.0", "2.26.0", "2.27.0"]
    bench = FakeBench(before, after, lambda pins: STEP * (pins["p00"] >= "2.25.0"), versions=versions)
    assert words(bench) == "p00 2.24.0 -> 2.25.0"


def test_one_that_is_tracked_is_not_followed():
    bench = FakeBench({"numpy": "1"}, {"numpy": "3"}, lambda pins: 0.0, versions=["2"])
    assert words(bench) == "numpy 1 -> 3"
    assert bench.lines == []


def test_without_time_the_probability_of_each_is_told():
    bench = FakeBench(*moved(8), lambda pins: math.log(1.12) * (pins["p05"] == "2"), noise=0.05)
    found = guilty(bench, budget=12)
    assert not found.sure
    told = blame.packages(found)
    assert told.startswith("one of p00") or " or " in told
