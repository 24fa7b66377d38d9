"""Does not fit in RAM, or not comfortably: KMeans on blobs, in memory and on Dask arrays."""

import sklearn.cluster
from sklearn.metrics import pairwise_distances_argmin_min

from . import dask_arrays, datasets, strategies
from .profiles import sizes
from .workload import Workload

FULL, LARGE = [50_000, 100_000, 500_000, 1_000_000], [4_000_000, 10_000_000]


def inertia(X, centers):
    """Sum the squared distances of all samples to their nearest centre.

    dask_ml's own ``inertia_`` is the sum of the plain distances when ``fit`` ends before the centres
    have come to rest (``_kmeans_single_lloyd`` in dask_ml/cluster/k_means.py), so it is not used.

    Parameters
    ----------
    X : ndarray or dask.array.Array of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)

    Returns
    -------
    float
    """
    if not hasattr(X, "to_delayed"):
        return float((pairwise_distances_argmin_min(X, centers)[1] ** 2).sum())
    import dask

    distances = [dask.delayed(pairwise_distances_argmin_min)(block, centers)[1] for block in X.to_delayed().ravel()]
    return float(sum(dask.compute(*[(d**2).sum() for d in distances])))


class _Blobs(Workload):
    """Blobs: an array in this process for scikit-learn, persisted on the workers for dask_ml."""

    n_features = datasets.N_FEATURES
    score_name = "inertia"
    score_tolerance = 1e-6

    def data(self, n_samples, strategy):
        if not strategies.named(strategy).blocks:
            return (datasets.blobs(n_samples),)
        with strategies.using(strategy):
            return (dask_arrays.finished(datasets.lazy_blobs(n_samples)),)

    def score(self, fitted, n_samples, strategy):
        return inertia(*self.arrays, fitted.cluster_centers_)


class KMeansLloyd(_Blobs):
    """Five iterations of Lloyd's algorithm from the same centres: the same work for every strategy.

    Expected: scikit-learn's compiled loop far ahead as long as the data fit in memory; dask_ml pays
    scheduling for each iteration, on Dask's threads a fraction of what it pays on a cluster.
    """

    version = "2"  # 1 made the start centres within the timed call
    params = [
        sizes(quick=[20_000, 200_000], full=FULL, large=LARGE, gate=[20_000]),
        ["serial", "all-cores", "dask-ml", "dask-ml-threads", "sklearnex"],
    ]
    n_iter = 5

    def estimator(self, strategy):
        # tol=0 and few iterations: neither library may stop before the other.
        start = {"n_clusters": datasets.N_CENTERS, "n_init": 1, "max_iter": self.n_iter, "tol": 0}
        start["init"] = datasets.blobs(200)[: datasets.N_CENTERS]
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.cluster

            return dask_ml.cluster.KMeans(**start)
        return sklearn.cluster.KMeans(algorithm="lloyd", **start)

    def score(self, fitted, n_samples, strategy):
        if fitted.n_iter_ != self.n_iter:
            raise RuntimeError(f"{fitted.n_iter_} iterations instead of {self.n_iter}: not the same work")
        return super().score(fitted, n_samples, strategy)


class KMeansFromScratch(_Blobs):
    """Clustering as a user calls it, each estimator with its own way of choosing the first centres.

    Not the same work: k-means++, mini batches and k-means|| are compared by what a user waits for and
    by the inertia they reach. Expected: serial fastest below 100,000 rows, where all cores take longer than
    one, and all cores a little faster from 200,000 on. There mini batches were 2 to 3 times faster than either before
    scikit-learn 1.9.0, and are 3 times slower since; with more rows they are faster or slower, for they stop when they
    see no more gain, which is chance. dask_ml behind as long as the data fit in memory.
    """

    score_tolerance = 1e-3  # all find the 12 blobs, and stop near the same optimum
    params = [
        sizes(quick=[20_000, 200_000], full=FULL, large=LARGE, gate=[20_000]),
        ["serial", "all-cores", "mini-batch", "dask-ml", "dask-ml-threads"],
    ]
    # dask-ml: a second a call, of the tasks that Dask's threads have too; all cores: a fifth from process to process
    strategies_in = {"dask-ml": ("full", "large"), "all-cores": ("full", "large")}
    only_in = ("gate", "full", "large")

    def estimator(self, strategy):
        shared = {"n_clusters": datasets.N_CENTERS, "random_state": 0}
        wanted = strategies.named(strategy).estimator
        if wanted == "dask_ml":
            import dask_ml.cluster

            return dask_ml.cluster.KMeans(init_max_iter=3, oversampling_factor=10, **shared)
        if wanted == "mini-batch":
            return sklearn.cluster.MiniBatchKMeans(n_init=3, **shared)
        return sklearn.cluster.KMeans(n_init=1, algorithm="lloyd", **shared)
