"""Advice for a user's own estimator: a real script, measured for real under every strategy it allows."""

import shutil

import pytest

from breakeven.advice import own_estimator
from tests.conftest import ROOT

pytestmark = pytest.mark.measures

SCRIPT = '''
"""An estimator that only this file defines: workers must find it."""
import joblib
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression


class Many(BaseEstimator):
    def __init__(self, n_jobs=None):
        self.n_jobs = n_jobs

    def fit(self, X, y):
        self.models_ = joblib.Parallel(self.n_jobs)(joblib.delayed(one)(X, y, k) for k in range(4))
        return self


def one(X, y, k):
    return LinearRegression().fit(X[k::4], y[k::4])


def make_estimator():
    return Many()


def make_data(n_samples):
    random = np.random.default_rng(0)
    return random.random((n_samples, 5)), random.random(n_samples)
'''


@pytest.fixture
def script(stack_checkout):
    folder = stack_checkout.folder / "benchmarks"
    shutil.rmtree(folder)
    shutil.copytree(ROOT / "benchmarks", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = stack_checkout.folder / "script.py"
    path.write_text(SCRIPT)
    return path


def advise(stack_checkout, *args):
    return stack_checkout.run("breakeven", "advise", "--measure", *args)


def test_sizes_end_at_what_the_user_has():
    assert own_estimator.sizes(1e6) == [1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000]
    assert own_estimator.sizes(500) == [158, 500]


def test_every_strategy_is_measured_and_one_advised(stack_checkout, script):
    status, output = advise(stack_checkout, "script.py:make_estimator", "--n-samples", "2000", "--budget", "3m")
    assert status == 0, output
    for strategy in ("serial", "all-cores", "threads", "dask-joblib", "dask-joblib-scatter"):
        assert strategy in output
    assert "failed" not in output
    assert "2,000 rows: serial" in output
    assert "Take " in output
    assert "Rests on script.py:make_estimator as measured here and now at 632, 2,000 rows" in output
    assert not stack_checkout.processes()


@pytest.mark.slow
def test_without_n_jobs_only_cores_are_compared_and_dask_ml_if_it_is_given(stack_checkout, script):
    text = SCRIPT.replace("(n_jobs=None)", "()").replace("n_jobs=None", "").replace("self.n_jobs = n_jobs", "pass")
    text = text.replace("joblib.Parallel(self.n_jobs)", "joblib.Parallel()")
    script.write_text(
        text + "\nimport dask_ml.preprocessing\n"
        "def make_dask_estimator():\n    return dask_ml.preprocessing.StandardScaler()\n"
    )
    status, output = advise(stack_checkout, "script.py:make_estimator", "--n-samples", "1000", "--budget", "1m")
    assert status == 0, output
    of_dask_ml = ("dask-ml-threads", "dask-ml-cluster-threads", "dask-ml")
    assert all(s in output for s in ("serial", "all-cores", *of_dask_ml))
    for strategy in of_dask_ml:
        output = output.replace(strategy, "")
    assert "threads" not in output


@pytest.mark.parametrize(
    ("named", "status", "told"),
    [
        ("script.py", 2, "is not a script and a function in it"),
        ("absent.py:make_estimator", 2, "is not a script and a function in it"),
        ("script.py:make_nothing", 1, "has no attribute 'make_nothing'"),
    ],
)
def test_a_wrong_script_is_told_in_a_sentence(stack_checkout, script, named, status, told):
    got, output = advise(stack_checkout, named, "--n-samples", "1000")
    assert got == status, output
    assert told in output
    assert output.splitlines()[-1].startswith(("breakeven: ", "│"))


def test_data_that_cannot_be_made_are_told(stack_checkout, script):
    script.write_text(SCRIPT.replace("random.random((n_samples, 5))", "open('absent.csv')"))
    status, output = advise(stack_checkout, "script.py:make_estimator", "--n-samples", "1000", "--budget", "1m")
    assert status == 1, output
    assert "absent.csv" in output
