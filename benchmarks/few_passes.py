"""A few passes over the rows and little arithmetic in each: what moving data and starting tasks cost decides."""

import numpy as np
import sklearn.decomposition
import sklearn.linear_model
import sklearn.naive_bayes
import sklearn.preprocessing
from sklearn.pipeline import make_pipeline

from . import dask_arrays, strategies
from .profiles import sizes
from .workload import Call, InBlocks, Transformer, Workload

CORES = ["serial", "all-cores", "sklearnex", "dask-ml", "dask-ml-threads", "dask-ml-cluster-threads"]


class LogisticRegression(InBlocks, Workload):
    """Two classes, 20 standardised features, L-BFGS without more than 100 iterations.

    Expected: all cores no faster than serial, for an iteration is a product of a matrix and a vector: from scikit-learn
    1.8 on alike, or slower where the threads of BLAS wait for a core; before, ``n_jobs=-1`` sends the whole fit to one
    of loky's workers. dask_ml pays scheduling in each of about ten iterations, on Dask's threads some milliseconds, on
    a cluster many.

    The same solver and penalty, but that dask_ml penalises the intercept, too. Other stops: dask_ml's tolerance is of
    the gradient of the summed loss, and it ends where an iteration changes the loss by less than 2e-9 of itself;
    scikit-learn's, from 1.4 on, is of the mean's, and it ends at 1e-14. So dask_ml makes some iterations more; scores
    differ in the seventh digit.
    """

    params = [sizes(quick=[10_000, 200_000], full=[20_000, 50_000, 100_000, 500_000]), CORES]
    only_in = ("full", "large")
    n_features = 20
    score_name = "penalised loss"
    score_tolerance = 1e-6

    def rows(self, n_samples):
        X, y = super().rows(n_samples)
        return (X - X.mean(axis=0)) / X.std(axis=0), y  # as dask_ml has them before it penalises

    def estimator(self, strategy):
        # n_jobs is set as everywhere: it is what sends the fit away before 1.8; since then each fit warns, some 10 us
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.linear_model

            return dask_ml.linear_model.LogisticRegression(solver="lbfgs", C=1.0, tol=1e-4, max_iter=100)
        return sklearn.linear_model.LogisticRegression(solver="lbfgs", C=1.0, tol=1e-4, max_iter=100)

    def score(self, fitted, n_samples, strategy):
        """Give what scikit-learn minimises, of every strategy's coefficients."""
        X, y = self.rows(n_samples)
        coef = np.ravel(fitted.coef_)
        margins = (2 * y - 1) * (X @ coef + fitted.intercept_)
        return float(np.mean(np.logaddexp(0, -margins)) + coef @ coef / (2 * n_samples))


class LinearRegression(InBlocks, Workload):
    """Least squares of 20 features: scikit-learn by LAPACK, dask_ml by Newton's method.

    Expected: scikit-learn's serial fit ahead at every size that fits in memory, for LAPACK needs a few passes;
    dask_ml's few tasks a block bring it nearer the more rows there are, in three passes: columns are standardised, one
    step solves the problem, and another as long only shows that nothing moves. The same solution.
    """

    params = [sizes(quick=[10_000, 200_000], full=[20_000, 50_000, 100_000, 500_000]), CORES]
    only_in = ("full", "large")
    n_features = 20
    score_name = "R2"
    score_tolerance = 1e-6

    def rows(self, n_samples):
        random = np.random.default_rng(0)
        X = random.standard_normal((n_samples, self.n_features))
        y = X @ random.standard_normal(self.n_features) + 1.0 + random.standard_normal(n_samples)
        return X, y

    def estimator(self, strategy):
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.linear_model

            return dask_ml.linear_model.LinearRegression(solver="newton")
        return sklearn.linear_model.LinearRegression()

    def score(self, fitted, n_samples, strategy):
        X, y = self.rows(n_samples)
        residuals = y - X @ np.ravel(fitted.coef_) - fitted.intercept_
        return float(1 - residuals @ residuals / np.sum((y - y.mean()) ** 2))


class NaiveBayes(InBlocks, Call):
    """``GaussianNB``: means and variances of each class, then a prediction of the same rows.

    Expected: serial ahead in memory, for both are a few passes; dask_ml's ``fit`` is lazy, so all of its work is done
    within the prediction, each time anew. Hence fit and prediction are one call. What dask_ml predicts is one value,
    not an array in blocks: it stays whole on one worker. The same answer, but for a smoothing of variances that only
    scikit-learn has.
    """

    params = [
        sizes(quick=[10_000, 200_000], full=[20_000, 50_000, 100_000, 500_000]),
        ["serial", "all-cores", "dask-ml", "dask-ml-threads"],
    ]
    calls = {"track_score": "fit_predict", "track_peak_memory": "fit_predict"}
    only_in = ("full", "large")
    n_features = 20
    score_tolerance = 1e-4

    def estimator(self, strategy):
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.naive_bayes

            return dask_ml.naive_bayes.GaussianNB(classes=np.array([0, 1]))
        return sklearn.naive_bayes.GaussianNB()

    def call(self, estimator, X, y):
        return dask_arrays.finished(estimator.fit(X, y).predict(X))

    def time_fit_predict(self, n_samples, strategy):
        self.timed(strategy)

    def score(self, predicted, n_samples, strategy):
        if hasattr(predicted, "compute"):
            predicted = predicted.compute()
        return float(np.mean(predicted == self.rows(n_samples)[1]))


class ScaledPCA(InBlocks, Workload):
    """A pipeline of ``StandardScaler`` and ``PCA`` to 10 of 50 columns, both exact.

    Expected: all cores ahead, for LAPACK shares out an exact decomposition; dask_ml's decomposition by blocks ("tall
    and skinny QR") near it, for it does the same arithmetic, with few tasks.
    """

    params = [sizes(quick=[5_000, 100_000], full=[10_000, 20_000, 50_000, 200_000]), CORES]
    only_in = ("full", "large")
    n_features = 50
    score_name = "explained variance"
    score_tolerance = 1e-6

    def rows(self, n_samples):
        return (mixed(n_samples, self.n_features),)

    def estimator(self, strategy):
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.decomposition
            import dask_ml.preprocessing

            pca = dask_ml.decomposition.PCA(10, svd_solver="full")
            return make_pipeline(dask_ml.preprocessing.StandardScaler(), pca)
        pca = sklearn.decomposition.PCA(10, svd_solver="full")
        return make_pipeline(sklearn.preprocessing.StandardScaler(), pca)

    def score(self, fitted, n_samples, strategy):
        return float(fitted[-1].explained_variance_ratio_.sum())


class TruncatedSVD(InBlocks, Workload):
    """Ten of 100 components by a randomised decomposition of five power iterations.

    Expected: all cores ahead of serial, for the products of matrices share out; dask_ml behind, with tasks for each
    power iteration. The same algorithm with other random numbers.
    """

    params = [
        sizes(quick=[5_000, 100_000], full=[10_000, 20_000, 50_000, 200_000]),
        ["serial", "all-cores", "dask-ml", "dask-ml-threads"],
    ]
    only_in = ("full", "large")
    n_features = 100
    score_name = "explained variance"
    score_tolerance = 1e-2

    def rows(self, n_samples):
        return (mixed(n_samples, self.n_features),)

    def estimator(self, strategy):
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.decomposition

            return dask_ml.decomposition.TruncatedSVD(10, algorithm="randomized", n_iter=5, random_state=0)
        return sklearn.decomposition.TruncatedSVD(10, algorithm="randomized", n_iter=5, random_state=0)

    def score(self, fitted, n_samples, strategy):
        return float(fitted.explained_variance_ratio_.sum())


class QuantileTransformer(InBlocks, Transformer):
    """20 columns to a uniform distribution by 1,000 quantiles, fitted and applied.

    Not the same work: scikit-learn finds the quantiles of 10,000 rows, dask_ml approximates those of all rows, a column
    and a block at a time. Expected: serial ahead in memory; dask_ml's many tasks, two for each column of each block
    several times over, pay off nowhere on two cores.
    """

    params = [
        sizes(quick=[5_000, 100_000], full=[10_000, 20_000, 50_000, 200_000]),
        ["serial", "dask-ml", "dask-ml-threads"],
    ]
    only_in = ("full", "large")
    n_features = 20
    score_name = "agreement with ranks"
    score_tolerance = 2e-2  # quantiles of 10,000 rows
    warm_samples = 2_000  # quantiles at least

    def rows(self, n_samples):
        return (mixed(n_samples, self.n_features),)

    def estimator(self, strategy):
        library = sklearn.preprocessing
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.preprocessing as library
        return library.QuantileTransformer(n_quantiles=1_000, subsample=10_000, random_state=0)

    def score(self, transformed, n_samples, strategy):
        """Give how far the worst value is from its rank in its column, which is what all quantiles would make it."""
        ranks = self.rows(n_samples)[0].argsort(axis=0).argsort(axis=0) / (n_samples - 1)
        return float(1 - np.abs(np.asarray(transformed) - ranks).max())


def mixed(n_samples, n_features):
    """Make columns that depend on each other: normal ones, mixed.

    Parameters
    ----------
    n_samples, n_features : int
        Shape of the data.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    random = np.random.default_rng(0)
    mixing = random.standard_normal((n_features, n_features)) / np.arange(1, n_features + 1)
    return random.standard_normal((n_samples, n_features)) @ mixing.T
