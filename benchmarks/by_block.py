"""Data in blocks: fitted one after the other, one model a block, and how many blocks there are."""

import numpy as np
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.tree import DecisionTreeClassifier

from . import datasets, few_passes, large_datasets, strategies
from .profiles import sizes
from .workload import Call, InBlocks, Workload


class Incremental(InBlocks, Call):
    """``SGDClassifier`` that sees ten blocks one after the other: ``Incremental``, and a loop of ``partial_fit``.

    Expected: the loop ahead in memory, for no block can be fitted before the one before it: Dask adds a task a block,
    and on a cluster moves the model. The same rows in the same order, so the same model.
    """

    params = [
        sizes(quick=[10_000, 200_000], full=[20_000, 50_000, 100_000, 500_000]),
        ["serial", "dask-ml", "dask-ml-threads"],
    ]
    calls = {"track_score": "fit", "track_peak_memory": "fit"}
    only_in = ("full", "large")
    n_features = 20
    n_blocks = 10
    classes = (0, 1)

    def estimator(self, strategy):
        classifier = SGDClassifier(random_state=0)
        if strategies.named(strategy).estimator != "dask_ml":
            return classifier
        from dask_ml.wrappers import Incremental

        return Incremental(classifier, shuffle_blocks=False)

    def call(self, estimator, X, y):
        if hasattr(estimator, "shuffle_blocks"):
            return estimator.fit(X, y, classes=self.classes)
        n_rows = -(-len(X) // self.n_blocks)
        for first in range(0, len(X), n_rows):
            block = slice(first, first + n_rows)
            estimator.partial_fit(X[block], y[block], classes=self.classes)
        return estimator

    def time_fit(self, n_samples, strategy):
        self.timed(strategy)

    def score(self, fitted, n_samples, strategy):
        X, y = self.rows(n_samples)
        return float(np.mean((X @ np.ravel(fitted.coef_) + fitted.intercept_ > 0) == y))


class Voting(InBlocks, Workload):
    """Ten trees that vote, each of a tenth of the rows: ``BlockwiseVotingClassifier``, and bagging of the same shares.

    Expected: near the number of cores for both, with nothing but trees sent back on Dask; bagging draws its rows anew.
    The same number of rows a tree, other rows, so scores differ in the second digit.
    """

    params = [
        sizes(quick=[10_000, 100_000], full=[20_000, 50_000, 200_000]),
        ["serial", "all-cores", "threads", "dask-joblib", "dask-ml", "dask-ml-threads"],
    ]
    only_in = ("full", "large")
    n_features = 20
    n_blocks = 10
    n_held_out = 2_000
    score_tolerance = 0.03

    def rows(self, n_samples):
        X, y = datasets.classification(n_samples + self.n_held_out, self.n_features)
        self.held_out = X[n_samples:], y[n_samples:]
        return X[:n_samples], y[:n_samples]

    def estimator(self, strategy):
        tree = DecisionTreeClassifier(random_state=0)
        if strategies.named(strategy).estimator == "dask_ml":
            from dask_ml.ensemble import BlockwiseVotingClassifier

            return BlockwiseVotingClassifier(tree, classes=[0, 1])
        shares = {"n_estimators": self.n_blocks, "max_samples": 1 / self.n_blocks, "bootstrap": False}
        return BaggingClassifier(tree, random_state=0, **shares)

    def score(self, fitted, n_samples, strategy):
        X, y = self.held_out
        return float(np.mean(fitted.predict(X) == y))


class ByBlocks(InBlocks):
    """The number of blocks in place of the number of rows, which are 100,000: beside a workload that says of what."""

    param_names = ["n_blocks", "strategy"]
    only_in = ("full", "large")
    warm_samples = 4
    n_samples = 100_000

    def data(self, n_blocks, strategy):
        self.n_blocks = n_blocks
        return super().data(self.n_samples, strategy)

    def score(self, fitted, n_blocks, strategy):
        return super().score(fitted, self.n_samples, strategy)


class KMeansBlocks(ByBlocks, large_datasets.KMeansLloyd):
    """Five iterations of Lloyd's algorithm on 100,000 rows in 4, 20 and 100 blocks, beside scikit-learn on all of them.

    Expected: serial the same at any number; dask_ml in proportion to the number of tasks, which is that of blocks:
    a millisecond or more each on a cluster, a fraction of it on Dask's threads.
    """

    version = "1"
    params = [[4, 20, 100], ["serial", "all-cores", "dask-ml", "dask-ml-threads"]]

    def rows(self, n_samples):
        return (datasets.blobs(n_samples),)


class LogisticRegressionBlocks(ByBlocks, few_passes.LogisticRegression):
    """L-BFGS on the same rows in 4, 20 and 100 blocks: loss and gradient of each block in each iteration.

    Expected: as k-means, in proportion to the number of blocks once there are more than cores, for a hundredth of
    the rows takes less time than its tasks do; on a cluster of threads between Dask's threads and processes.
    """

    params = [[4, 20, 100], few_passes.CORES]


class ScaledPCABlocks(ByBlocks, few_passes.ScaledPCA):
    """Scaling and an exact PCA of the same rows in 4, 20 and 100 blocks: a few passes and no iterations.

    Expected: the number of blocks counts for less than in the others, for each is scaled, decomposed and multiplied a
    few times in all; but the small decompositions are stacked for another one, in one task, of 50 rows a block.
    """

    params = [[4, 20, 100], few_passes.CORES]
