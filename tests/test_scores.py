"""What scores and strategies rest on; that every strategy gives the same score, `pytest --benchmarks` checks."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, pairwise_distances_argmin

from benchmarks import cluster, datasets, in_memory, large_datasets, large_models, strategies
from tests.conftest import ROOT

pytestmark = pytest.mark.commands


@pytest.fixture(scope="module", autouse=True)
def _workers():
    yield
    cluster.close(cluster.shared())


def fitted(workload, strategy, n_samples):
    workload.arrays = workload.data(n_samples, strategy)  # held, or the workers forget it
    return workload.made(workload.arrays, strategy)


def test_large_grid_is_180_fits():
    search = fitted(large_models.GridSearchLarge(), "serial", 100)
    assert len(search.cv_results_["params"]) * search.n_splits_ == 180


def test_score_refuses_work_that_ended_early():
    workload = large_datasets.KMeansLloyd()
    workload.n_iter = 200  # far more than converging takes
    workload.arrays = workload.data(4_000, "serial")
    model = workload.made(workload.arrays, "serial")
    with pytest.raises(RuntimeError, match="not the same work"):
        workload.score(model, 4_000, "serial")


@pytest.mark.parametrize("strategy", large_datasets.KMeansFromScratch.params[1])
def test_kmeans_from_scratch_finds_the_blobs(strategy):
    model = fitted(large_datasets.KMeansFromScratch(), strategy, 20_000)
    X = datasets.blobs(20_000)
    truth = pairwise_distances_argmin(X, datasets.centers())
    found = pairwise_distances_argmin(X, np.asarray(model.cluster_centers_))
    assert adjusted_rand_score(truth, found) > 0.99


@pytest.mark.parametrize("strategy", ["serial", "dask-ml", "dask-ml-threads"])
def test_inertia_is_scikit_learns(strategy):
    workload = large_datasets.KMeansFromScratch()
    model = fitted(workload, strategy, 4_000)
    X = datasets.blobs(4_000)
    nearest = model.cluster_centers_[pairwise_distances_argmin(X, model.cluster_centers_)]
    assert workload.score(model, 4_000, strategy) == pytest.approx(((X - nearest) ** 2).sum(), rel=1e-9)


def test_dasks_threads_need_no_cluster():
    assert not strategies.named("dask-ml-threads").dask
    workload = large_datasets.KMeansLloyd()
    workload.setup(2_000, "dask-ml-threads")
    workload.time_fit(2_000, "dask-ml-threads")
    (X,) = workload.arrays
    assert {type(block) for block in X.dask.values()} == {np.ndarray}  # where there is one, futures


@pytest.mark.parametrize(
    "workload",
    [in_memory.SVCDefault, large_models.GridSearchSmall, large_models.Forest, large_datasets.KMeansLloyd],
)
def test_the_columns_are_those_that_are_stated(workload):
    made = workload()
    assert made.data(1_000, "serial")[0].shape[1] == made.n_features
    for benchmark in (made.time_fit, made.track_score, made.track_peak_memory):
        assert benchmark.stated["n_features"] == made.n_features


def test_serial_means_one_thread():
    from threadpoolctl import threadpool_info

    assert strategies.named("serial").n_jobs == 1
    with strategies.using("serial"):
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}


@pytest.mark.parametrize("strategy", ["serial", "threads"])
def test_thread_pools_are_not_looked_up_in_the_timed_call(strategy, monkeypatch):
    # looking takes some milliseconds, which would be told as the strategy's
    workload = large_models.GridSearchSmall()
    workload.setup(200, strategy)
    looked = []
    monkeypatch.setattr(strategies, "ThreadpoolController", lambda: looked.append(1))
    workload.time_fit(200, strategy)
    assert not looked


def test_a_strategy_without_its_package_is_skipped_with_the_way_to_have_it(monkeypatch):
    facts = dataclasses.replace(strategies.named("ray"), needs=("no-such-package",))
    monkeypatch.setitem(strategies.STRATEGIES, "ray", facts)
    with pytest.raises(NotImplementedError, match="this stack has no no-such-package: measure it --with no-such-pack"):
        large_models.GridSearchSmall().setup(200, "ray")


def test_figures_tell_strategies_apart():
    looks = {(facts.colour, facts.sign) for facts in strategies.STRATEGIES.values()}
    assert len(looks) == len({colour for colour, _ in looks}) == len({sign for _, sign in looks})
    assert len(looks) == len(strategies.STRATEGIES)


def test_unknown_strategy_suggests_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown strategy 'dask-jblib'\. Did you mean dask-joblib\?"):
        strategies.using("dask-jblib")


SETTLE = """
import threading
from benchmarks import cluster, strategies

if __name__ == "__main__":
    held = {"future": cluster.shared().scatter([0.0])}
    held["itself"] = held  # only the garbage collector frees it, and only after the thread
    threading.Timer(0.5, lambda kept: None, [held]).start()
    del held
    strategies.settle("dask-joblib-scatter")
    print(len(cluster.shared().who_has()))
"""


AGAIN = """
import gc
from benchmarks import cluster, large_models

if __name__ == "__main__":
    gc.disable()  # so that what is in a reference cycle surely stays
    workload = large_models.GridSearchSmall()
    workload.setup(200, "dask-ml")
    workload.time_fit(200, "dask-ml")
    workload.setup(200, "dask-ml")
    print(len(cluster.shared().who_has()))
"""


@pytest.mark.parametrize("code", [SETTLE, AGAIN], ids=["scattered data in a thread", "results of a grid search"])
def test_nothing_is_left_on_the_cluster_for_the_next_call(tmp_path, code):
    # in a process of its own: the other tests' data stay on their cluster
    script = tmp_path / "settle.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, script],
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.strip() == "0", done.stderr
