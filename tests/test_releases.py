"""The train as data: what is written is read again, names are found, differences are told."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from breakeven.errors import BreakevenError
from breakeven.train import entries
from breakeven.train.entries import Release, Train, Waiting, entry
from breakeven.train.tracked import TRACKED

NAMES = tuple(p.name for p in TRACKED)

DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def train():
    base = {"numpy": "1.0", "scipy": "1.0", "old": "1.0"}
    first = entry("numpy-2.0", DAY.replace(day=2), base, {"numpy": "2.0", "scipy": "1.1"}, {"numpy"})
    beside = entry("numpy-1.0.1", DAY.replace(day=3), first.pins, {"numpy": "1.0.1", "scipy": "1.1"}, {"numpy"})
    beside = replace(beside, side=True, note='a "quoted" note', published=DAY)
    last = entry("scipy-1.2", DAY.replace(day=4), first.pins, {"numpy": "2.0", "scipy": "1.2"}, {"scipy"})
    last = replace(last, broken="import scipy: no")
    waiting = (Waiting(DAY, "numpy", "3.0"), Waiting(DAY, "numpy", "4.0", "3.12"))
    return Train("3.11", (Release("base", DAY, base, changed=base), first, beside, last), waiting)


def test_written_and_read_again(train, tmp_path):
    path = tmp_path / "releases.toml"
    entries.save(train, path)
    assert entries.load(path) == train
    assert list(tmp_path.iterdir()) == [path]


def test_backports_are_beside_the_main_line(train):
    assert [r.name for r in train.main] == ["base", "numpy-2.0", "scipy-1.2"]
    assert train.newest.name == "scipy-1.2"


def test_entry_tells_release_moves_and_removals(train):
    first = train.releases[1]
    assert (first.changed, first.moved, first.removed) == ({"numpy": "2.0"}, {"scipy": "1.1"}, ("old",))


def test_unknown_release_suggests_the_nearest(train):
    with pytest.raises(BreakevenError, match=r"Unknown release 'scipi-1.2'\. Did you mean scipy-1.2\?"):
        train.find("scipi-1.2")


def test_difference():
    found = entries.difference({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"})
    assert found == {"b": ("1", "2"), "c": ("1", None), "d": (None, "1")}


@pytest.mark.parametrize(
    ("text", "message"), [("python = ", "not valid TOML"), ("python = '3.11'", "lacks a key"), (None, "No ")]
)
def test_damaged_file_is_one_sentence(tmp_path, text, message):
    path = tmp_path / "releases.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BreakevenError, match=message):
        entries.load(path)


class TestCommittedTrain:
    """The train that users get."""

    train = entries.load()

    def test_every_tracked_package_has_its_releases(self):
        changed = {p for r in self.train.releases[1:] for p in r.changed}
        assert set(NAMES) <= changed
        assert len(self.train.releases) > 128

    def test_dates_ascend_and_names_are_unique(self):
        dates = [r.date for r in self.train.releases]
        assert dates == sorted(dates)
        names = [r.name for r in self.train.releases]
        assert len(names) == len(set(names))

    def test_each_entry_is_of_one_tracked_package(self):
        for release in self.train.releases[1:]:
            tracked = set(release.changed) & set(NAMES)
            if release.name.startswith("dependencies-"):
                assert not tracked, release.name
            elif release.name.startswith("dask-2"):
                assert tracked == {"dask", "distributed"}, release.name
            else:
                assert len(tracked) == 1, release.name

    def test_main_line_never_goes_back(self):
        from packaging.version import Version

        for before, after in pairwise(self.train.main):
            for package in NAMES:
                assert Version(before.pins[package]) <= Version(after.pins[package]), after.name

    def test_other_dependencies_move_at_least_twice_a_year(self):
        moves = [r.date for r in self.train.releases if r.name.startswith("dependencies-")]
        edges = [self.train.releases[0].date, *moves]
        assert max((b - a).days for a, b in pairwise(edges)) <= 185

    def test_no_prerelease_is_in_it(self):
        from packaging.version import Version

        assert not [r.name for r in self.train.releases for p, v in r.changed.items() if Version(v).is_prerelease]


def test_no_stack_holds_a_pre_release():
    from packaging.version import Version

    from tests.conftest import ROOT

    real = entries.load(ROOT / "releases.toml")
    assert not {(n, v) for r in real.releases for n, v in r.pins.items() if Version(v).is_prerelease}
