"""Many short fits: what a task costs decides, not what it does."""

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from . import datasets, strategies
from .large_models import DASK_ML, JOBLIB, search_of
from .profiles import sizes
from .workload import Call, Workload


class CrossValidation(Call):
    """``cross_val_score`` of ``Ridge`` in 50 folds on 20 features.

    Expected: serial ahead as long as a fit takes less than a task costs: a tenth of a millisecond among threads, about
    one on loky, more on Dask and Ray. Threads first to pay off, for nothing is copied.
    """

    params = [sizes(quick=[1_000, 50_000], full=[2_000, 10_000, 100_000]), JOBLIB]
    calls = {"track_score": "cross_val_score", "track_peak_memory": "cross_val_score"}
    facts = {"fits": 50}
    only_in = ("full", "large")
    n_features = 20
    score_name = "R2"

    def data(self, n_samples, strategy):
        X, y = datasets.classification(n_samples, self.n_features)
        return X, y.astype(float)

    def estimator(self, strategy):
        return Ridge(solver="cholesky")

    def call(self, estimator, X, y):
        # joblib's backend says how many where a strategy names one
        n_jobs = strategies.named(self.strategy).n_jobs
        return cross_val_score(estimator, X, y, cv=50, n_jobs=n_jobs)

    def setup(self, n_samples, strategy):
        self.strategy = strategy
        super().setup(n_samples, strategy)

    def time_cross_val_score(self, n_samples, strategy):
        self.timed(strategy)

    def score(self, scores, n_samples, strategy):
        return float(np.mean(scores))


class RandomizedSearch(Workload):
    """30 of 300 candidates of a ``DecisionTreeClassifier`` in 6 folds, and a refit.

    Expected: as the large grid of SVCs, with still shorter fits: serial ahead at small sizes, loky and threads near the
    number of cores at large ones, Dask behind with its milliseconds a task. All draw the same candidates, for dask_ml
    draws them by scikit-learn's ``ParameterSampler``.
    """

    version = "2"  # 1 had 30 candidates in all
    params = [sizes(quick=[500, 10_000], full=[1_000, 2_000, 5_000]), [*JOBLIB, *DASK_ML]]
    facts = {"fits": 180}
    only_in = ("full", "large")
    n_features = 20

    def estimator(self, strategy):
        search = search_of(strategy, "RandomizedSearchCV")
        tree = DecisionTreeClassifier(splitter="random", random_state=0)
        candidates = {
            "max_depth": list(range(2, 12)),
            "min_samples_leaf": [1, 2, 5, 10, 20, 50],
            "max_features": [2, 5, 10, 15, 20],
        }
        return search(tree, candidates, n_iter=30, cv=6, random_state=0)

    def score(self, fitted, n_samples, strategy):
        return fitted.best_score_
