"""Data beyond memory are watched while they are fitted, and what is timed is the fit."""

import sys
from pathlib import Path

import numpy as np
import pytest

import benchmarks
from benchmarks import beyond_memory
from tests.conftest import of_the_suite

pytestmark = of_the_suite

PACKAGE = str(Path(benchmarks.__file__).parent)


class Toy(beyond_memory._Watched):
    """A fit that takes 200 MB, or fails."""

    params = [["in-memory", "failing"]]
    param_names = ["way"]
    fits = 0

    def fit(self, way):
        self.fits += 1
        if way == "failing":
            raise MemoryError("too much")
        return np.ones(25_000_000).sum()

    def score(self, fitted, way):
        return fitted


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(beyond_memory, "limit_this_process", lambda memory: None)  # it would stay limited
    return Toy()


def test_the_timed_call_is_the_fit_and_nothing_else(toy):
    seen = []
    toy.setup("in-memory")
    sys.setprofile(lambda frame, event, _: event == "call" and seen.append(frame.f_code))
    toy.time_fit("in-memory")
    sys.setprofile(None)
    toy.teardown("in-memory")
    of_package = [code.co_name for code in seen if code.co_filename.startswith(PACKAGE)]
    assert of_package == ["time_fit", "attempt"]


def test_what_was_seen_of_the_timed_call_is_told_without_another(toy):
    toy.setup("in-memory")
    toy.time_fit("in-memory")
    toy.teardown("in-memory")
    other = Toy()  # as in a process of its own
    other.setup("in-memory")
    assert other.track_score("in-memory") == 25_000_000
    assert other.track_peak_memory("in-memory") > 200e6
    other.teardown("in-memory")
    assert (toy.fits, other.fits) == (1, 0)


def test_what_was_not_timed_is_fitted_once_to_be_told(toy):
    toy.setup("in-memory")
    assert toy.track_peak_memory("in-memory") > 200e6
    toy.teardown("in-memory")
    assert toy.fits == 1


def test_why_a_fit_failed_is_told_without_another(toy):
    toy.setup("failing")
    with pytest.raises(MemoryError):
        toy.time_fit("failing")
    toy.teardown("failing")
    with pytest.raises(RuntimeError, match="the fit failed: MemoryError: too much"):
        toy.track_peak_memory("failing")
    assert toy.fits == 1


def test_what_is_skipped_is_torn_down(toy):
    toy.files = ("parquet",)
    with pytest.raises(NotImplementedError):
        toy.setup("in-memory")
    toy.teardown("in-memory")
    assert toy.fits == 0
