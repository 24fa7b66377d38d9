"""Trials of what wraps or combines other estimators: ``wrappers``, ``ensemble``, ``compose``; and ``naive_bayes``."""

from .data import blocks, classes, dense, frame, numbers, partitions
from .trial import trial


def wrapped(put, method="predict"):
    """Predict by a fitted tree, in blocks and at once."""
    import dask_ml.wrappers
    from sklearn.tree import DecisionTreeClassifier

    X, y = classes()
    model = dask_ml.wrappers.ParallelPostFit(DecisionTreeClassifier(random_state=0)).fit(X, y)
    yield dense(getattr(model, method)(put(X)))
    yield getattr(DecisionTreeClassifier(random_state=0).fit(X, y), method)(X)


def as_table(X):
    """Give rows as a table in partitions."""
    import pandas

    return partitions(pandas.DataFrame(X))


@trial("dask_ml.wrappers.ParallelPostFit", "sklearn.tree.DecisionTreeClassifier", "predict")
def predict_blocks():
    return wrapped(blocks)


@trial("dask_ml.wrappers.ParallelPostFit", "sklearn.tree.DecisionTreeClassifier", "predict_proba")
def predict_proba_blocks():
    return wrapped(blocks, "predict_proba")


@trial("dask_ml.wrappers.ParallelPostFit", "sklearn.tree.DecisionTreeClassifier", "predict of a table")
def predict_table():
    return wrapped(as_table)


@trial("dask_ml.wrappers.ParallelPostFit", "sklearn.preprocessing.StandardScaler", "transform")
def transform_blocks():
    import dask_ml.wrappers
    from sklearn.preprocessing import StandardScaler

    X, _ = numbers()
    yield dense(dask_ml.wrappers.ParallelPostFit(StandardScaler()).fit(X).transform(blocks(X)))
    yield StandardScaler().fit_transform(X)


@trial("dask_ml.wrappers.Incremental", "sklearn.linear_model.SGDClassifier.partial_fit")
def incremental():
    import dask_ml.wrappers
    from sklearn.linear_model import SGDClassifier

    X, y = classes()
    model = dask_ml.wrappers.Incremental(SGDClassifier(random_state=0), shuffle_blocks=False)
    yield model.fit(*blocks(X, y), classes=[0, 1]).coef_
    model = SGDClassifier(random_state=0)
    for first in range(0, len(X), 100):
        model.partial_fit(X[first : first + 100], y[first : first + 100], classes=[0, 1])
    yield model.coef_


@trial("dask_ml.ensemble.BlockwiseVotingClassifier", "sklearn.ensemble.VotingClassifier", tolerance=0.1)
def voting_classifier():
    import dask_ml.ensemble
    from sklearn.tree import DecisionTreeClassifier

    X, y = classes()
    model = dask_ml.ensemble.BlockwiseVotingClassifier(DecisionTreeClassifier(max_depth=3), classes=[0, 1])
    model.fit(*blocks(X, y))
    yield (dense(model.predict(blocks(X))) == y).mean()
    yield DecisionTreeClassifier(max_depth=3).fit(X, y).score(X, y)


@trial("dask_ml.ensemble.BlockwiseVotingRegressor", "sklearn.ensemble.VotingRegressor", tolerance=1e-6)
def voting_regressor():
    import dask_ml.ensemble
    import numpy as np
    from sklearn.tree import DecisionTreeRegressor

    X, y = numbers()
    tree = DecisionTreeRegressor(random_state=0)
    model = dask_ml.ensemble.BlockwiseVotingRegressor(tree)
    model.fit(*blocks(X, y))
    yield dense(model.predict(blocks(X)))
    parts = [slice(first, first + 100) for first in range(0, len(X), 100)]
    yield np.mean([DecisionTreeRegressor(random_state=0).fit(X[p], y[p]).predict(X) for p in parts], axis=0)


def columns(make):
    """Scale one column and encode another, by both: ``make`` gives the transformer from a library and its modules."""
    import dask_ml.compose
    import dask_ml.preprocessing
    import sklearn.compose
    import sklearn.preprocessing

    table = frame()[["size", "count"]]
    yield dense(make(dask_ml.compose, dask_ml.preprocessing).fit_transform(partitions(table)))
    yield dense(make(sklearn.compose, sklearn.preprocessing).fit_transform(table))


@trial("dask_ml.compose.ColumnTransformer", "sklearn.compose.ColumnTransformer")
def column_transformer():
    return columns(
        lambda compose, parts: compose.ColumnTransformer(
            [("a", parts.StandardScaler(), ["size"]), ("b", parts.StandardScaler(), ["count"])]
        )
    )


@trial("dask_ml.compose.make_column_transformer", "sklearn.compose.make_column_transformer")
def make_column_transformer():
    return columns(
        lambda compose, parts: compose.make_column_transformer(
            (parts.StandardScaler(), ["size"]), (parts.StandardScaler(), ["count"])
        )
    )


@trial("dask_ml.naive_bayes.GaussianNB", "sklearn.naive_bayes.GaussianNB", "2 classes", tolerance=1e-3)
def gaussian_nb():
    return naive_bayes(*classes())


@trial("dask_ml.naive_bayes.GaussianNB", "sklearn.naive_bayes.GaussianNB", "3 classes", tolerance=1e-3)
def gaussian_nb_of_three():
    return naive_bayes(*classes(3))


def naive_bayes(X, y):
    """Give the share of right answers by both."""
    import dask_ml.naive_bayes
    import sklearn.naive_bayes

    predicted = dask_ml.naive_bayes.GaussianNB().fit(*blocks(X, y)).predict(blocks(X))
    yield (dense(predicted) == y).mean()
    yield sklearn.naive_bayes.GaussianNB().fit(X, y).score(X, y)


@trial("dask_ml.naive_bayes.logsumexp", "scipy.special.logsumexp")
def logsumexp():
    import dask_ml.naive_bayes
    import scipy.special

    X, _ = numbers()
    yield dense(dask_ml.naive_bayes.logsumexp(blocks(X), axis=1))
    yield scipy.special.logsumexp(X, axis=1)


@trial("dask_ml.xgboost.XGBClassifier", "xgboost.dask.DaskXGBClassifier")
def xgboost():
    """It hands out dask-xgboost, which no stack holds: XGBoost has taken its place."""
    from dask_ml.xgboost import XGBClassifier

    yield XGBClassifier.__name__ == "XGBClassifier"
    yield True
