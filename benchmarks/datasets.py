"""The data a workload is measured on: seeded, by size, the same on every release and machine."""

import numpy as np
from sklearn.datasets import make_blobs, make_classification

N_CENTERS = 12
N_FEATURES = 20
MAX_BLOCK = 200_000
MIN_BLOCKS = 4


def classification(n_samples, n_features=4):
    """Make a two-class problem.

    Parameters
    ----------
    n_samples, n_features : int
        Shape of the data.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    """
    return make_classification(n_samples=n_samples, n_features=n_features, random_state=0)


def centers():
    """Find the centres of the blobs: the class means of a small template.

    Returns
    -------
    ndarray of shape (N_CENTERS, N_FEATURES)
    """
    X, y = make_blobs(n_samples=1000, centers=N_CENTERS, n_features=N_FEATURES, random_state=0)
    return np.array([X[y == k].mean(axis=0) for k in range(N_CENTERS)])


def blocks(n_samples):
    """Describe the blocks of a blobs data set, so that eager and lazy data are made of the same ones.

    Parameters
    ----------
    n_samples : int
        Rows in all; divisible by the number of blocks.

    Returns
    -------
    list of dict
        Arguments of ``make_blobs``, one a block; the seed is the block's number.

    Raises
    ------
    ValueError
        The rows do not divide into equal blocks.
    """
    n_blocks = max(MIN_BLOCKS, -(-n_samples // MAX_BLOCK))
    if n_samples % n_blocks:
        raise ValueError(f"n_samples={n_samples} does not divide into {n_blocks} equal blocks")
    shared = {"n_samples": n_samples // n_blocks, "centers": centers(), "n_features": N_FEATURES}
    return [{**shared, "random_state": block} for block in range(n_blocks)]


def blobs(n_samples):
    """Make blobs in this process's memory.

    Parameters
    ----------
    n_samples : int
        Rows.

    Returns
    -------
    ndarray of shape (n_samples, N_FEATURES)
    """
    return np.concatenate([make_blobs(**block)[0] for block in blocks(n_samples)])


def lazy_blobs(n_samples):
    """Describe the same blobs as a Dask array; each block is made on the worker that computes it.

    Parameters
    ----------
    n_samples : int
        Rows.

    Returns
    -------
    dask.array.Array of shape (n_samples, N_FEATURES)
    """
    import dask
    import dask.array as da

    described = blocks(n_samples)
    shape = (described[0]["n_samples"], N_FEATURES)
    made = (dask.delayed(make_blobs)(**block)[0] for block in described)
    return da.concatenate([da.from_delayed(block, shape, dtype=float) for block in made])
