"""Small data of which every answer is known, and the same in blocks."""

import contextlib

import numpy as np

#: Rows, and rows of a block.
N_SAMPLES, N_ROWS = 400, 100


def blobs():
    """Make three groups of points far apart."""
    centers = np.array([[0.0, 0, 0, 0], [20, 20, 0, 0], [0, 20, 20, 0]])
    y = np.arange(N_SAMPLES) % len(centers)
    return centers[y] + np.random.default_rng(0).standard_normal((N_SAMPLES, 4)), y


def classes(n_classes=2):
    """Make overlapping groups of points, as many as there are classes."""
    rng = np.random.default_rng(0)
    y = np.arange(N_SAMPLES) % n_classes
    centers = 2 * np.eye(n_classes, 5)
    return centers[y] + rng.standard_normal((N_SAMPLES, 5)), y


def numbers():
    """Make columns of different spreads, and a target that depends on them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_SAMPLES, 5)) * [1, 2, 3, 4, 5] + 10
    return X, X @ [1.0, 2, 3, 4, 5] + rng.standard_normal(N_SAMPLES)


def frame():
    """Make a table of a number, a category and a small integer."""
    import pandas

    rng = np.random.default_rng(0)
    colours = pandas.Categorical(np.array(["blue", "green", "red"])[np.arange(N_SAMPLES) % 3])
    return pandas.DataFrame(
        {"colour": colours, "size": rng.standard_normal(N_SAMPLES), "count": np.arange(N_SAMPLES) % 7}
    )


def documents():
    """Make short texts of twelve words."""
    words = ["apple", "bread", "cheese", "date", "egg", "fig", "grape", "honey", "ice", "jam", "kale", "lemon"]
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(words, 8)) for _ in range(N_SAMPLES)]


def blocks(*arrays):
    """Give arrays in blocks of rows."""
    import dask.array as da

    found = [da.from_array(a, chunks=(N_ROWS, *a.shape[1:])) for a in arrays]
    return found if len(found) > 1 else found[0]


def partitions(table):
    """Give a table in partitions."""
    import dask.dataframe as dd

    return dd.from_pandas(table, npartitions=N_SAMPLES // N_ROWS)


def dense(matrix):
    """Give rows of any kind as an array: computed if they are lazy, without a sparse form."""
    import dask

    (matrix,) = dask.compute(matrix)
    return matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix)


@contextlib.contextmanager
def client():
    """Start a cluster within this process."""
    import distributed

    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster),
    ):
        yield
