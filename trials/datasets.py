"""Trials of ``dask_ml.datasets``: other random numbers, so sizes and shares are compared."""

from .data import dense
from .trial import trial


def described(X, y):
    """Give the size of data and the values that its classes have."""
    import numpy as np

    X, y = dense(X), dense(y)
    return [*np.shape(X), len(y), *np.unique(y)]


@trial("dask_ml.datasets.make_blobs", "sklearn.datasets.make_blobs")
def make_blobs():
    import dask_ml.datasets
    import sklearn.datasets

    yield described(*dask_ml.datasets.make_blobs(400, 5, centers=3, random_state=0, chunks=100))
    yield described(*sklearn.datasets.make_blobs(400, 5, centers=3, random_state=0))


@trial("dask_ml.datasets.make_classification", "sklearn.datasets.make_classification")
def make_classification():
    import dask_ml.datasets
    import sklearn.datasets

    yield described(*dask_ml.datasets.make_classification(400, 5, random_state=0, chunks=100))
    yield described(*sklearn.datasets.make_classification(400, 5, random_state=0))


@trial("dask_ml.datasets.make_regression", "sklearn.datasets.make_regression", tolerance=0.02)
def make_regression():
    """Without noise, a straight line explains all."""
    import dask_ml.datasets
    import sklearn.datasets
    from sklearn.linear_model import LinearRegression

    X, y = map(dense, dask_ml.datasets.make_regression(400, 5, random_state=0, chunks=100))
    yield [*X.shape, LinearRegression().fit(X, y).score(X, y)]
    X, y = sklearn.datasets.make_regression(400, 5, random_state=0)
    yield [*X.shape, LinearRegression().fit(X, y).score(X, y)]


def scattered(counts, rates):
    """Give how many counts there are, and how far they scatter about their rates: 1 where the variance is the rate."""
    return [len(counts) / len(rates), (counts == counts.round()).all(), ((counts - rates) ** 2 / rates).mean()]


@trial("dask_ml.datasets.make_counts", "numpy.random.Generator.poisson", tolerance=0.2, version="2")
def make_counts():
    """Both draw from rates that depend on the columns, which a Poisson regression finds."""
    import dask_ml.datasets
    import numpy as np
    from sklearn.linear_model import PoissonRegressor

    X, y = map(dense, dask_ml.datasets.make_counts(400, 5, random_state=0, chunks=100))
    rates = PoissonRegressor(alpha=0, max_iter=1_000).fit(X, y).predict(X)
    yield scattered(y, rates)
    yield scattered(np.random.default_rng(0).poisson(rates), rates)


@trial("dask_ml.datasets.make_classification_df", "sklearn.datasets.make_classification")
def make_classification_df():
    import dask_ml.datasets
    import sklearn.datasets

    yield described(*dask_ml.datasets.make_classification_df(400, chunks=100, random_state=0, n_features=5))
    yield described(*sklearn.datasets.make_classification(400, 5, random_state=0))


@trial("dask_ml.datasets.random_date", "datetime.timedelta")
def random_date():
    import datetime

    import dask_ml.datasets

    first, last = datetime.datetime(2020, 1, 1), datetime.datetime(2020, 2, 1)
    yield first <= dask_ml.datasets.random_date(first, last) <= last
    yield True
