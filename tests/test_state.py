"""Where things are: in a clone, outside of one, and where the user says something else."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from breakeven import state
from breakeven.train import entries
from tests.conftest import BIN, ROOT


def test_another_folder_is_used_instead(checkout, tmp_path_factory):
    usual, other = checkout.folder / ".breakeven", tmp_path_factory.mktemp("elsewhere") / "state"
    before = set(usual.iterdir())
    override = ("releases", "override", "base + threadpoolctl==3.6.0")
    status, output = checkout.run("breakeven", *override, BREAKEVEN_STATE=str(other))
    assert status == 0, output
    status, output = checkout.run("breakeven", "releases", "show", "base", BREAKEVEN_STATE=str(other))
    assert status == 0, output
    assert (other / "train.git" / "HEAD").exists()
    assert set(usual.iterdir()) == before


@pytest.mark.parametrize(
    ("told", "clone", "expected"),
    [
        ({}, True, ".breakeven"),
        ({"BREAKEVEN_STATE": "other"}, True, "other"),
        ({"XDG_STATE_HOME": "/xdg"}, True, ".breakeven"),
        ({"XDG_STATE_HOME": "/xdg"}, False, "/xdg/breakeven"),
        ({"XDG_STATE_HOME": "not/absolute"}, False, "~/.local/state/breakeven"),
        ({}, False, "~/.local/state/breakeven"),
        ({"BREAKEVEN_STATE": "/other", "XDG_STATE_HOME": "/xdg"}, False, "/other"),
    ],
)
def test_the_folder_of_what_breakeven_makes(told, clone, expected):
    assert state.folder(told, clone) == Path(expected).expanduser()


def test_outside_of_a_clone_asv_finds_a_relative_folder_too():
    assert state.folder({"BREAKEVEN_STATE": "other"}, False) == Path("other").absolute()


def test_the_suite_of_a_clone_comes_first_then_that_of_the_package(tmp_path):
    assert state.suite(True, tmp_path) == Path()
    installed = tmp_path / "breakeven"
    (installed / "suite").mkdir(parents=True)
    assert state.suite(False, installed) == tmp_path  # an editable installation
    for name in ("asv.conf.json", "releases.toml"):
        (installed / "suite" / name).touch()
    assert state.suite(False, installed) == installed / "suite"


def test_a_longer_train_counts_until_the_package_brings_a_newer_one(tiny_train, tmp_path):
    brought, longer = tmp_path / "brought.toml", tmp_path / "longer.toml"
    entries.save(type(tiny_train)(tiny_train.python, tiny_train.releases[:2]), brought)
    assert entries.place(False, brought, longer) == brought
    entries.save(tiny_train, longer)
    assert entries.place(False, brought, longer) == longer
    assert entries.place(True, brought, longer) == brought
    shutil.copy(longer, brought)
    entries.save(type(tiny_train)(tiny_train.python, tiny_train.releases[:2]), longer)
    assert entries.place(False, brought, longer) == brought


@pytest.fixture
def empty(checkout, tmp_path_factory):
    """Run commands in an empty folder; what they make goes below the home folder."""
    folder = tmp_path_factory.mktemp("empty")

    def run(command, *args, **env):
        return subprocess.run(
            [BIN / command, *args], cwd=folder, env=checkout.env | env, capture_output=True, text=True, check=False
        )

    run.folder, run.home = folder, checkout.folder
    return run


def test_in_an_empty_folder_the_whole_train_is_there_and_nothing_is_left(empty):
    done = empty("breakeven", "releases", "show", "newest")
    assert done.returncode == 0, done.stderr
    assert f"# {entries.load(ROOT / 'releases.toml').newest.name}, " in done.stdout
    done = empty("breakeven", "report")
    assert (done.returncode, done.stdout) == (1, "")
    assert "run the suite first (breakeven run)" in done.stderr
    assert list(empty.folder.iterdir()) == []
    assert (empty.home / ".local" / "state" / "breakeven" / "train.git" / "HEAD").exists()


def test_asv_works_on_what_is_kept_outside_of_a_clone(empty, machine_file):
    shutil.copy(machine_file, empty.home)
    empty("breakeven", "report")  # writes the configuration
    config = empty.home / ".local" / "state" / "breakeven" / "asv.conf.json"
    done = empty("asv", "run", "--config", str(config), "scikit-learn-1.5.00^!")
    assert "Unknown release 'scikit-learn-1.5.00'. Did you mean scikit-learn-1.5.0" in done.stdout + done.stderr
    assert json.loads(config.read_text())["benchmark_dir"] == str(ROOT / "benchmarks")


@pytest.mark.parametrize("where", ["clone", "elsewhere"])
def test_results_go_where_the_user_says(checkout, empty, where):
    folder = checkout.folder if where == "clone" else empty.folder
    shutil.copytree(ROOT / "results", folder / "theirs")
    command = ["report", "--machine", "shared-2core", "--bench", "GridSearchLarge"]
    if where == "clone":  # of the whole train
        for name in ("asv.conf.json", "releases.toml"):
            shutil.copy(ROOT / name, folder)
        status, output = checkout.run("breakeven", *command, BREAKEVEN_RESULTS="theirs")
    else:
        done = empty("breakeven", *command, BREAKEVEN_RESULTS="theirs")
        status, output = done.returncode, done.stdout + done.stderr
    assert status == 0, output
    assert "large_models.GridSearchLarge.fit" in output
