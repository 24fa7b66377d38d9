"""Gradient boosting: scikit-learn's own beside the two libraries that most take, in memory and on Dask."""

import numpy as np
import sklearn.ensemble

from . import dask_arrays, datasets, strategies
from .profiles import sizes
from .workload import InBlocks, Workload

N_TREES = 50
N_LEAVES = 31
RATE = 0.1
SEED = 0


class HistGradientBoosting(InBlocks, Workload):
    """50 trees of 31 leaves on 20 features, in histograms of 255 bins.

    Expected: near the number of cores on all of them from some ten thousand rows on, for OpenMP shares out features and
    rows and there is nothing to send; slower than serial below. XGBoost and LightGBM within twice the time of
    scikit-learn; on Dask behind themselves in memory as long as the data fit there, for workers exchange histograms at
    each level of each tree.

    The same number of trees, leaves and bins; each library chooses its splits and regularises in its own way, so the
    scores differ in the second digit.
    """

    params = [
        sizes(quick=[2_000, 50_000], full=[5_000, 10_000, 20_000, 100_000], gate=[5_000]),
        ["serial", "all-cores", "xgboost", "xgboost-dask", "lightgbm", "lightgbm-dask"],
    ]
    only_in = ("gate", "full", "large")
    n_features = 20
    n_held_out = 2_000
    score_tolerance = 0.03  # three libraries, none of which promises the same trees in its next version

    def rows(self, n_samples):
        X, y = datasets.classification(n_samples + self.n_held_out, self.n_features)
        self.held_out = X[n_samples:], y[n_samples:]
        return X[:n_samples], y[:n_samples]

    def estimator(self, strategy):
        facts = strategies.named(strategy)
        if facts.estimator == "xgboost":
            return self.xgboost(facts.blocks)
        if facts.estimator == "lightgbm":
            return self.lightgbm(facts.blocks)
        return sklearn.ensemble.HistGradientBoostingClassifier(
            max_iter=N_TREES, max_leaf_nodes=N_LEAVES, learning_rate=RATE, early_stopping=False, random_state=SEED
        )

    def xgboost(self, blocks):
        if blocks:
            from xgboost.dask import DaskXGBClassifier as XGBClassifier
        else:
            from xgboost import XGBClassifier
        leaves = {"grow_policy": "lossguide", "max_depth": 0, "max_leaves": N_LEAVES, "max_bin": 255}
        return XGBClassifier(n_estimators=N_TREES, tree_method="hist", learning_rate=RATE, random_state=SEED, **leaves)

    def lightgbm(self, blocks):
        import lightgbm

        kind = lightgbm.DaskLGBMClassifier if blocks else lightgbm.LGBMClassifier
        return kind(n_estimators=N_TREES, num_leaves=N_LEAVES, learning_rate=RATE, random_state=SEED, verbose=-1)

    def score(self, fitted, n_samples, strategy):
        X, y = self.held_out
        if not strategies.named(strategy).blocks:
            return float(np.mean(fitted.predict(X) == y))
        (X,) = dask_arrays.put((X,))
        return float(np.mean(fitted.predict(X).compute() == y))
