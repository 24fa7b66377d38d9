"""What follows from the list of tracked packages."""

import subprocess
import sys

import pytest

from breakeven.train import entries, tracked
from tests.conftest import ROOT

NEWEST = entries.load(ROOT / "releases.toml").newest.pins


def test_a_small_stack_asks_and_imports_only_what_it_holds():
    pins = {"joblib": "1.5.0", "dask-ml": "2025.1.0", "toolz": "1.0"}
    assert tracked.names(pins) == ("joblib", "dask-ml")
    assert tracked.imports(pins) == ("joblib", "dask_ml.cluster", "dask_ml.model_selection")
    assert tracked.requirements(pins, {"joblib": "1.5.1"}) == ["joblib==1.5.1", "dask-ml"]


def test_old_dask_ml_and_dask_glm_hold_setuptools():
    assert "setuptools<80" in tracked.requirements({"dask-ml": "2024.4.4", "dask-glm": "0.4.0"}, {})
    assert "setuptools<80" in tracked.requirements({"dask-ml": "2025.1.0", "dask-glm": "0.3.2"}, {})


def test_dask_and_distributed_are_one_entry_dated_by_the_later():
    assert "dask" not in tracked.dated()
    assert "distributed" in tracked.dated()
    assert tracked.released_with("distributed") == "dask"
    assert tracked.released_with("numpy") == ""


@pytest.mark.commands
def test_what_the_benchmarks_load_is_known():
    """If this fails, put what docs/loaded.py prints into LOADED."""
    done = subprocess.run([sys.executable, "docs/loaded.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    printed = set(done.stdout.split())
    assert "tornado" in printed
    assert printed <= set(tracked.LOADED)
    assert not set(tracked.LOADED) & set(tracked.names(NEWEST))


def test_a_cluster_is_compared_on_every_tracked_package():
    """A name that is missing here goes into PACKAGES of benchmarks/versions.py."""
    from benchmarks import versions

    by_itself = {"dask", "distributed"}  # distributed compares these anyway
    assert set(tracked.names(NEWEST)) <= {*versions.PACKAGES, *by_itself}
