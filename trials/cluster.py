"""Trials of ``dask_ml.cluster``."""

from .data import blobs, blocks, dense
from .trial import trial


def agreement(found, truth):
    """Say how far two partitions of the rows agree, whatever their labels."""
    from sklearn.metrics import adjusted_rand_score

    return adjusted_rand_score(truth, dense(found))


def k_means(init):
    """Cluster blobs by both, each from its own start: all are far apart, so the best answer is one."""
    import dask_ml.cluster
    import sklearn.cluster

    X, y = blobs()
    yield agreement(dask_ml.cluster.KMeans(3, init=init, random_state=0).fit(blocks(X)).labels_, y)
    yield agreement(sklearn.cluster.KMeans(3, n_init=10, random_state=0).fit(X).labels_, y)


@trial("dask_ml.cluster.KMeans", "sklearn.cluster.KMeans", "init='k-means||'")
def k_means_scalable():
    return k_means("k-means||")


@trial("dask_ml.cluster.KMeans", "sklearn.cluster.KMeans", "init='k-means++'")
def k_means_plus_plus():
    return k_means("k-means++")


@trial("dask_ml.cluster.KMeans", "sklearn.cluster.KMeans", "init='random'")
def k_means_random():
    return k_means("random")


def from_centres(library, X):
    start = blobs()[0][:3]
    return library.KMeans(3, init=start, n_init=1, max_iter=50, tol=1e-8).fit(X)


@trial("dask_ml.cluster.KMeans", "sklearn.cluster.KMeans", "init=array")
def k_means_array():
    import dask_ml.cluster
    import sklearn.cluster

    X, _ = blobs()
    yield from_centres(dask_ml.cluster, blocks(X)).cluster_centers_
    yield from_centres(sklearn.cluster, X).cluster_centers_


@trial(
    "dask_ml.cluster.KMeans",
    "sklearn.cluster.KMeans",
    "inertia_ after max_iter=1",
    version="2",
    cause="it sums distances that are not squared, if the centres have not come to rest",
)
def k_means_inertia():
    """``fit`` ends before the centres have come to rest."""
    import dask_ml.cluster
    import sklearn.cluster

    X, _ = blobs()
    start = {"n_clusters": 3, "init": X[[0, 3, 6]], "n_init": 1, "max_iter": 1}
    yield dask_ml.cluster.KMeans(**start).fit(blocks(X)).inertia_
    yield sklearn.cluster.KMeans(**start).fit(X).inertia_


@trial("dask_ml.cluster.SpectralClustering", "sklearn.cluster.SpectralClustering")
def spectral_clustering():
    import dask_ml.cluster
    import sklearn.cluster

    X, y = blobs()
    same = {"n_clusters": 3, "gamma": 0.01, "random_state": 0}
    yield agreement(dask_ml.cluster.SpectralClustering(n_components=50, **same).fit(blocks(X)).labels_, y)
    yield agreement(sklearn.cluster.SpectralClustering(**same).fit(X).labels_, y)
