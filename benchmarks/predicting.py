"""Predictions: what is fitted once is used many times, on many rows or on few."""

import numpy as np
import sklearn.neighbors
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestClassifier

from . import datasets, strategies
from .profiles import sizes
from .workload import InBlocks, Predictor

N_TRAINED = 5_000


def blurred(n_samples, seed):
    """Make blobs that overlap, so that not every answer is right.

    Parameters
    ----------
    n_samples : int
        Rows.
    seed : int
        Of their noise.

    Returns
    -------
    X : ndarray of shape (n_samples, N_FEATURES)
    y : ndarray of shape (n_samples,)
    """
    return make_blobs(n_samples, centers=datasets.centers(), cluster_std=10.0, random_state=seed)


class Neighbors(InBlocks, Predictor):
    """``KNeighborsClassifier`` of 5,000 rows in 20 columns, by comparing with each of them.

    Expected: near the number of cores on all of them, whether scikit-learn's own threads or blocks on Dask do it, from
    some thousand rows on: nothing is sent but the rows. For 100 rows, threads gain nothing.
    """

    params = [
        sizes(quick=[100, 20_000], full=[1_000, 5_000, 50_000], gate=[5_000]),
        ["serial", "all-cores", "sklearnex", "dask-ml", "dask-ml-threads"],
    ]
    only_in = ("gate", "full", "large")
    n_features = datasets.N_FEATURES

    def training(self):
        return blurred(N_TRAINED, seed=0)

    def rows(self, n_samples):
        return (blurred(n_samples, seed=1)[0],)

    def estimator(self, strategy):
        neighbors = sklearn.neighbors.KNeighborsClassifier(5, algorithm="brute")
        if strategies.named(strategy).estimator != "dask_ml":
            return neighbors
        from dask_ml.wrappers import ParallelPostFit

        return ParallelPostFit(neighbors)

    def score(self, predicted, n_samples, strategy):
        return float(np.mean(np.asarray(predicted) == blurred(n_samples, seed=1)[1]))


class ForestInBatches(Predictor):
    """A forest of 100 trees that predicts batches of 1 to 10,000 rows.

    Expected: serial far ahead for a few rows, for starting threads for each of 100 trees takes longer than walking
    down; all cores pay off from some thousand rows on. ``n_jobs=-1``, set for fitting, stays set for predicting.
    "all-cores" equals "threads", for the forest asks joblib for threads.
    """

    params = [sizes(quick=[1, 10_000], full=[10, 100, 1_000]), ["serial", "all-cores", "threads"]]
    strategies_in = {"threads": ("full", "large")}  # it tells the same as all cores
    only_in = ("gate", "full", "large")
    n_features = datasets.N_FEATURES
    score_name = "mean of classes"  # an accuracy of one row tells nothing

    def training(self):
        return blurred(N_TRAINED, seed=0)

    def data(self, n_samples, strategy):
        return (blurred(n_samples, seed=1)[0],)

    def estimator(self, strategy):
        return RandomForestClassifier(n_estimators=100, random_state=0)

    def score(self, predicted, n_samples, strategy):
        return float(np.mean(predicted))
