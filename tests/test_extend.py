"""Extending the train: dating by bisection, and which entry a release becomes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.train import entries, extension, publication, resolver, tracked
from breakeven.train.entries import Release, Train
from breakeven.train.tracked import TRACKED
from tests.conftest import ROOT

NAMES = tuple(p.name for p in TRACKED)


@given(st.sets(st.integers(1, 2_000), max_size=20))
def test_bisection_finds_every_step(hours):
    changes = sorted(hours)

    def newest(hour):
        return str(sum(change <= hour for change in changes))

    assert list(publication.steps(newest, 0, 2_000)) == [(h, str(i)) for i, h in enumerate(changes, 1)]


def test_bisection_asks_little():
    asked = []

    def newest(hour):
        asked.append(hour)
        return "1" if hour >= 12_345 else "0"

    assert list(publication.steps(newest, 0, 30_000)) == [(12_345, "1")]
    assert len(asked) <= 2 + 15  # log2(30000)


def index(published, requires, needs=None):
    """Stand in for the package index: what uv would resolve from a small world of releases.

    Packages that are not tracked are dependencies of all; `needs` tells the oldest Python of a version.
    """

    def resolve(requirements, python, *, when=None, preferences=None, dependencies=True):
        from packaging.requirements import Requirement
        from packaging.version import Version

        pins = {}
        others = set(published) - set(tracked.names(published)) if dependencies else set()
        for text in [*requirements, *sorted(others)]:
            asked = Requirement(text)
            if asked.name not in published:
                continue
            there = [v for v, date in published[asked.name].items() if when is None or date <= when]
            there = [v for v in there if Version((needs or {}).get((asked.name, v), "3.0")) <= Version(python)]
            fitting = sorted((v for v in there if asked.specifier.contains(v)), key=Version)
            if not fitting:
                raise resolver.NoSolutionError("No solution found")
            kept = (preferences or {}).get(asked.name)
            pins[asked.name] = kept if kept in fitting else fitting[-1]
        for (package, version), (needed, lowest) in requires.items():
            if dependencies and pins.get(package) == version and Version(pins[needed]) < Version(lowest):
                newer = [v for v, date in published[needed].items() if date <= when and Version(v) >= Version(lowest)]
                if not newer:
                    raise resolver.NoSolutionError("No solution found")
                pins[needed] = max(newer, key=Version)
        return pins

    return resolve


def day(n):
    return datetime(2024, 1, n, tzinfo=UTC)


@pytest.fixture
def world(monkeypatch):
    """numpy 2.0 needs a numba that comes later; numpy 1.0.1 is a backport after it."""
    published = {p: {"1.0": day(1)} for p in NAMES} | {"numba": {"1.0": day(1), "2.0": day(10)}}
    published["numpy"] = {"1.0": day(1), "2.0": day(5), "2.1": day(12), "1.0.1": day(20)}
    published["scipy"] = {"1.0": day(1), "1.1": day(8), "1.2": day(15)}
    requires = {("numpy", "2.0"): ("numba", "2.0"), ("numpy", "2.1"): ("numba", "2.0")}
    resolve = index(published, requires)
    monkeypatch.setattr(resolver, "resolve", resolve)
    monkeypatch.setattr(extension, "check", lambda release, python: "")
    pins = dict.fromkeys([*NAMES, "numba"], "1.0")
    return Train("3.11", (Release("base", day(1), pins, changed=pins),))


def test_extend_orders_waits_and_branches(world):
    *_, train = extension.extend(world, datetime(2024, 1, 25, tzinfo=UTC), lambda line: None)
    assert [r.name for r in train.releases] == [
        "base",
        "scipy-1.1",
        "numpy-2.0",
        "numpy-2.1",
        "scipy-1.2",
        "numpy-1.0.1",
    ]
    by_name = {r.name: r for r in train.releases}
    assert by_name["numpy-2.0"].moved == {"numba": "2.0"}
    assert by_name["numpy-2.0"].date == day(12)
    assert by_name["numpy-2.0"].published == day(5)
    assert by_name["numpy-1.0.1"].side
    assert by_name["scipy-1.2"].pins["numpy"] == "2.1"
    assert train.newest.name == "scipy-1.2"


def test_extending_again_adds_nothing(world):
    until = datetime(2024, 1, 25, tzinfo=UTC)
    *_, train = extension.extend(world, until, lambda line: None)
    assert list(extension.extend(train, until, lambda line: None)) == []


@pytest.mark.parametrize("finished", range(7))
def test_an_interrupted_extension_goes_on(world, finished):
    until = datetime(2024, 1, 25, tzinfo=UTC)
    states = [world, *extension.extend(world, until, lambda line: None)]
    part, whole = states[finished], states[-1]
    *_, resumed = [part, *extension.extend(part, until, lambda line: None)]
    assert resumed == whole


def test_what_does_not_import_lets_the_others_move(world, monkeypatch):
    def check(release, python):
        return "import scipy: too old" if release.name == "scipy-1.1" and release.pins["numba"] == "1.0" else ""

    monkeypatch.setattr(extension, "check", check)
    # numba 2.0 is out by the time scipy 1.1 joins
    published = {p: {"1.0": day(1)} for p in NAMES} | {"numba": {"1.0": day(1), "2.0": day(2)}}
    published["scipy"] = {"1.0": day(1), "1.1": day(8)}
    monkeypatch.setattr(resolver, "resolve", index(published, {}))
    *_, train = extension.extend(world, day(9), lambda line: None)
    last = train.releases[-1]
    assert last.name == "scipy-1.1"
    assert last.moved == {"numba": "2.0"}
    assert "too old" in last.note
    assert not last.broken


def test_what_never_imports_stays_and_is_known_as_broken(world, monkeypatch):
    monkeypatch.setattr(
        extension, "check", lambda release, python: "import scipy: no" if release.pins["scipy"] == "1.1" else ""
    )
    *_, train = extension.extend(world, datetime(2024, 1, 25, tzinfo=UTC), lambda line: None)
    broken = {r.name: r.broken for r in train.releases if r.broken}
    assert broken["scipy-1.1"] == "import scipy: no"
    assert "scipy-1.2" not in broken


@pytest.mark.parametrize(("moved", "expected"), [("partd", []), ("numba", ["dependencies-2024-01-25"])])
def test_only_what_a_benchmark_loads_makes_an_entry_of_the_day(monkeypatch, moved, expected):
    """For numba is loaded, and partd is not."""
    published = {p: {"1.0": day(1)} for p in [*NAMES, "numba", "partd"]}
    published[moved]["1.1"] = day(20)
    monkeypatch.setattr(resolver, "resolve", index(published, {}))
    monkeypatch.setattr(extension, "check", lambda release, python: "")
    pins = dict.fromkeys(published, "1.0")
    train = Train("3.11", (Release("base", day(1), pins, changed=pins),))
    states = [train, *extension.extend(train, day(25), lambda line: None)]
    assert [r.name for r in states[-1].releases[1:]] == expected
    # what is not loaded moves on the first of January and of July
    later = datetime(2024, 7, 2, tzinfo=UTC)
    states += extension.extend(states[-1], later, lambda line: None)
    assert [r.name for r in states[-1].releases[1:]] == (expected or ["dependencies-2024-07-01"])


@pytest.fixture
def newer_python(world, monkeypatch):
    """The world with two versions of numpy that need a newer Python, and the index to change it."""
    published = {p: {"1.0": day(1)} for p in [*NAMES, "numba"]}
    published["numpy"] |= {"2.0": day(3), "2.1": day(5), "1.1": day(4)}
    needs = {("numpy", "2.0"): "3.12", ("numpy", "2.1"): "3.13"}
    monkeypatch.setattr(resolver, "resolve", index(published, {}, needs))
    return world, published, needs


def test_what_needs_a_newer_python_waits_and_says_so(newer_python):
    world, published, needs = newer_python
    said = []
    *_, train = extension.extend(world, day(10), said.append)
    assert [(w.version, w.published, w.why) for w in train.waiting] == [
        ("2.0", day(3), "needs Python 3.12"),
        ("2.1", day(5), "needs Python 3.13"),
    ]
    assert "2024-01-03  numpy 2.0 waits: needs Python 3.12" in said
    assert list(extension.extend(train, day(10), said.append)) == []
    # interrupted when only these were saved: they are not taken for the end of what is known
    first = next(extension.extend(world, day(10), said.append))
    assert first.waiting == train.waiting
    assert [r.name for r in first.releases] == ["base"]
    *_, resumed = extension.extend(first, day(10), said.append)
    assert [r.name for r in resumed.releases] == ["base", "numpy-1.1"]


def test_a_backport_that_needs_a_newer_python_is_found(newer_python):
    world, published, needs = newer_python
    *_, train = extension.extend(world, day(10), lambda line: None)
    published["numpy"]["2.0.1"], needs["numpy", "2.0.1"] = day(12), "3.12"
    *_, train = extension.extend(train, day(20), lambda line: None)
    assert [w.version for w in train.waiting] == ["2.0", "2.1", "2.0.1"]


def test_with_a_newer_python_for_the_train_it_joins(newer_python):
    world, published, needs = newer_python
    *_, train = extension.extend(world, day(10), lambda line: None)
    *_, train = extension.extend(replace(train, python="3.12"), day(20), lambda line: None)
    assert [r.name for r in train.releases] == ["base", "numpy-1.1", "numpy-2.0"]
    assert [w.version for w in train.waiting] == ["2.1"]


def test_wheels_for_an_older_python_may_come_later(newer_python):
    world, published, needs = newer_python
    *_, train = extension.extend(world, day(10), lambda line: None)
    needs.clear()
    published["numpy"] |= {"2.0": day(12), "2.1": day(13)}
    *_, train = extension.extend(train, day(20), lambda line: None)
    assert [r.name for r in train.releases] == ["base", "numpy-1.1", "numpy-2.0", "numpy-2.1"]
    assert train.waiting == ()


@pytest.mark.slow
def test_update_appends_what_has_come_out_for_real(checkout):
    """Take the last tracked release off the real train, and let the real index give it back."""
    real = entries.load(ROOT / "releases.toml")
    last = max(i for i, r in enumerate(real.releases) if not r.name.startswith("dependencies-"))
    entries.save(replace(real, releases=real.releases[:last]), checkout.folder / "releases.toml")
    status, output = checkout.run("breakeven", "releases", "update")
    assert status == 0, output
    updated = entries.load(checkout.folder / "releases.toml")
    assert updated.releases[last] == real.releases[last]
    assert updated.releases[:last] == real.releases[:last]
    status, output = checkout.run("breakeven", "releases", "update")
    assert status == 0, output
    assert output.splitlines()[-1] == "0 new entries"
