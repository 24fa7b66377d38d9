"""What scores and strategies rest on; that every strategy gives the same score, `pytest --benchmarks` checks."""

import dataclasses
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, pairwise_distances_argmin

from benchmarks import (
    by_block,
    cluster,
    datasets,
    few_passes,
    in_memory,
    large_datasets,
    large_models,
    strategies,
    text,
)
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


def test_dasks_threads_have_one_thread_each():
    import dask
    from threadpoolctl import threadpool_info

    with strategies.using("dask-ml-threads"):
        tasks = [dask.delayed(threadpool_info, pure=False)() for _ in range(8)]
        pools = [pool for task in dask.compute(*tasks) for pool in task]
    assert "openmp" in {pool["user_api"] for pool in pools}
    assert {pool["num_threads"] for pool in pools} == {1}


def tolerated(workload, score, other):
    return math.isclose(score, other, rel_tol=workload.score_tolerance)


def test_the_score_of_logistic_regression_sees_another_penalty_and_an_early_end():
    workload = few_passes.LogisticRegression()
    scores = [workload.score(fitted(workload, s, 10_000), 10_000, s) for s in ("serial", "dask-ml")]
    assert tolerated(workload, *scores)
    for changed in ({"C": 0.1}, {"max_iter": 3}):
        other = workload.estimator("serial").set_params(**changed).fit(*workload.rows(10_000))
        assert not tolerated(workload, scores[0], workload.score(other, 10_000, "serial"))


def test_the_score_of_quantiles_sees_wrong_ones():
    workload = few_passes.QuantileTransformer()
    right = np.asarray(fitted(workload, "serial", 5_000))
    wrong = 0.5 + 0.9 * (right - 0.5)  # of the same mean
    scores = [workload.score(found, 5_000, "serial") for found in (right, fitted(workload, "dask-ml-threads", 5_000))]
    assert tolerated(workload, *scores)
    assert not tolerated(workload, scores[0], workload.score(wrong, 5_000, "serial"))


def test_the_score_of_hashing_sees_values_and_places():
    workload = text.Hashing()
    vectors = fitted(workload, "serial", 200)
    score = workload.score(vectors, 200, "serial")
    assert tolerated(workload, score, workload.score(fitted(workload, "dask-ml-threads", 200), 200, "dask-ml-threads"))
    for other in (vectors[::-1], vectors[:, ::-1], abs(vectors)):  # as many entries
        assert not tolerated(workload, score, workload.score(other, 200, "serial"))


def test_what_dask_predicts_is_gathered_for_the_score_only():
    from distributed import futures_of

    workload = few_passes.NaiveBayes()
    predicted = fitted(workload, "dask-ml", 2_000)
    assert futures_of(predicted)
    assert workload.score(predicted, 2_000, "dask-ml") == workload.score(
        fitted(workload, "serial", 2_000), 2_000, "serial"
    )


def test_blocks_seen_by_incremental_are_those_of_the_array():
    workload = by_block.Incremental()
    X, _ = workload.data(1_005, "dask-ml-threads")

    class Seen:
        def partial_fit(self, X, y, classes):
            seen.append(len(X))

    seen = []
    workload.call(Seen(), *workload.data(1_005, "serial"))
    assert tuple(seen) == X.chunks[0]


@pytest.mark.parametrize("owner", [by_block.KMeansBlocks, by_block.LogisticRegressionBlocks, by_block.ScaledPCABlocks])
def test_the_number_of_blocks_changes_no_score(owner):
    workload = owner()
    workload.n_samples = 10_000
    found = {}
    for n_blocks, strategy in ((4, "serial"), (4, "dask-ml"), (20, "dask-ml")):
        made = fitted(workload, strategy, n_blocks)
        if strategy != "serial":
            assert workload.arrays[0].numblocks[0] == n_blocks
        found[n_blocks, strategy] = workload.score(made, n_blocks, strategy)
    assert all(tolerated(workload, score, found[4, "serial"]) for score in found.values())


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


OF_THREADS = """
from benchmarks import by_block, cluster

if __name__ == "__main__":
    workload = by_block.LogisticRegressionBlocks()
    workload.n_samples = 1_000
    workload.setup(4, "dask-ml-cluster-threads")
    print(cluster.current().cluster.processes)
"""


def printed(code, tmp_path):
    """Give what is printed by a process of its own: the other tests' cluster and data stay."""
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, script],
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("code", [SETTLE, AGAIN], ids=["scattered data in a thread", "results of a grid search"])
def test_nothing_is_left_on_the_cluster_for_the_next_call(tmp_path, code):
    assert printed(code, tmp_path) == "0"


def test_a_cluster_of_threads_is_the_first_that_is_started(tmp_path):
    assert printed(OF_THREADS, tmp_path) == "False"
