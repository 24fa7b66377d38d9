"""The train as a repository: the same commits everywhere, one a release."""

import subprocess
from dataclasses import replace

import pytest

from breakeven.train import entries, repository
from breakeven.train.entries import Train

pytestmark = pytest.mark.commands


def git(path, *args):
    return subprocess.run(["git", "-C", path, *args], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def known():
    return entries.load()


def test_two_builds_in_different_places_give_the_same_hashes(known, tmp_path, monkeypatch):
    first = repository.build(known, tmp_path / "one")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    second = repository.build(known, tmp_path / "deeper" / "two")
    assert repository.tags(first) == repository.tags(second)
    assert len(repository.tags(first)) == len(known.releases)


def test_what_is_found_out_later_does_not_change_hashes(known, tmp_path):
    changed = Train(known.python, tuple(replace(r, note="x", broken="y") for r in known.releases))
    assert repository.tags(repository.build(known, tmp_path / "one")) == repository.tags(
        repository.build(changed, tmp_path / "two")
    )


def test_a_commit_is_the_full_stack(known, tmp_path):
    path = repository.build(known, tmp_path)
    for release in (known.releases[0], known.releases[len(known.releases) // 2], known.newest):
        assert repository.pins(path, release.name) == release.pins
    assert git(path, "rev-parse", "main") == repository.tags(path)[known.newest.name]
    assert git(path, "show", "-s", "--format=%ct", known.newest.name) == str(int(known.newest.date.timestamp()))


def test_main_is_the_main_line_and_backports_hang_beside_it(known, tmp_path):
    path = repository.build(known, tmp_path)
    assert int(git(path, "rev-list", "--count", "--first-parent", "main")) == len(known.main)
    for release in known.releases:
        if release.side:
            assert git(path, "branch", "--contains", release.name) == ""


def test_an_interrupted_build_is_done_again(known, tmp_path):
    path = repository.build(known, tmp_path)
    expected = repository.tags(path)
    (path / "breakeven-stamp").unlink()
    git(path, "tag", "--delete", known.newest.name)
    assert repository.tags(repository.build(known, tmp_path)) == expected


def test_extending_keeps_earlier_hashes(known, tmp_path):
    shorter = Train(known.python, known.releases[:-3])
    before = repository.tags(repository.build(shorter, tmp_path))
    after = repository.tags(repository.build(known, tmp_path))
    assert before.items() <= after.items()
