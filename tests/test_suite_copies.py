"""Copies of a suite: each as it was left, one in place."""

import os

import pytest

from breakeven.errors import BreakevenError
from breakeven.harness.suite_copies import SuiteCopies


@pytest.fixture
def suite(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "data").write_text("theirs")
    (folder / "cache").mkdir()
    (folder / "cache" / "made").write_text("gigabytes, perhaps")
    return folder


def test_each_is_as_it_was_left_and_in_the_same_place(suite):
    copies = SuiteCopies(suite)
    assert [copies.path.name, *(path.name for path in copies.path.iterdir())] == ["benchmarks", "data"]
    for key in ("a", "b", "", "a"):
        copies.put(key)
        kept = copies.path / "data"
        assert kept.read_text() in ("theirs", key)
        kept.write_text(key)
    copies.put("b")
    assert kept.read_text() == "b"
    copies.put("c")
    assert kept.read_text() == (suite / "data").read_text() == "theirs"
    copies.end()
    assert not copies.path.parent.parent.exists()


def test_one_that_cannot_be_made_is_told_and_leaves_the_others(suite):
    copies = SuiteCopies(suite)
    (suite / "link").symlink_to("nowhere")
    os.mkfifo(suite / "pipe")
    with pytest.raises(BreakevenError, match=r"benchmarks cannot be copied: .*is a named pipe"):
        copies.put("a")
    assert (copies.path / "data").exists()
    (suite / "pipe").unlink()
    copies.put("a")
    assert (copies.path / "data").exists()
    copies.end()
