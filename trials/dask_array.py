"""Trials of what dask_ml's estimators stand on: ``da.concatenate``, as they call it."""

from .data import N_ROWS, blobs, client, dense
from .trial import trial


def parts(X):
    """Give the blocks of an array, each made by a task of its own, as dask_ml's estimators make them."""
    import dask
    import dask.array as da

    return [
        da.from_delayed(dask.delayed(X[first : first + N_ROWS]), (N_ROWS, X.shape[1]), X.dtype)
        for first in range(0, len(X), N_ROWS)
    ]


@trial("dask.array.concatenate", "numpy.concatenate", "of from_delayed")
def concatenate():
    import dask.array as da

    X, _ = blobs()
    yield dense(da.concatenate(parts(X)))
    yield X


@trial("dask.array.concatenate", "numpy.concatenate", "of from_delayed of a pure call, then sliced")
def concatenate_pure():
    """As ``dask_ml.metrics.pairwise_distances_argmin_min`` and ``dask_ml.cluster.KMeans`` do."""
    import dask
    import dask.array as da
    import numpy as np

    X, _ = blobs()
    blocks = da.from_array(X, chunks=(N_ROWS, X.shape[1]))
    sums = dask.delayed(np.sum, pure=True)
    rows = [
        da.from_delayed(sums(block, axis=1), (size,), "f8")
        for block, size in zip(blocks.to_delayed().ravel(), blocks.chunks[0], strict=True)
    ]
    yield dense(da.concatenate(rows)[::2])
    yield X.sum(axis=1)[::2]


def clustered(persisted):
    """Cluster joined blocks, which are persisted before or not."""
    import dask.array as da
    import dask_ml.cluster
    import sklearn.cluster

    X, _ = blobs()
    start = {"n_clusters": 3, "init": X[:3], "n_init": 1, "max_iter": 50, "tol": 1e-8}
    joined = da.concatenate(parts(X))
    yield dask_ml.cluster.KMeans(**start).fit(joined.persist() if persisted else joined).cluster_centers_
    yield sklearn.cluster.KMeans(**start).fit(X).cluster_centers_


@trial("dask.array.concatenate", "numpy.concatenate", "of from_delayed, then KMeans")
def concatenate_for_k_means():
    return clustered(persisted=False)


@trial("dask.array.concatenate", "numpy.concatenate", "of from_delayed, persisted, then KMeans")
def concatenate_persisted():
    return clustered(persisted=True)


@trial("dask.array.concatenate", "numpy.concatenate", "of from_delayed, persisted on a cluster, then KMeans")
def concatenate_on_cluster():
    with client():
        yield from clustered(persisted=True)
