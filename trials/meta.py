"""Trials of what wraps or combines other estimators: ``wrappers``, ``ensemble``, ``compose``; and ``naive_bayes``."""

from .data import N_ROWS, blocks, classes, dense, frame, numbers, partitions
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


def voted(name, tree, X, y, **given):
    """Predict by trees of which each has been fitted to one block, by both.

    scikit-learn's would fit each of them to all rows, so it is handed fitted ones.
    """
    import dask_ml.ensemble
    import sklearn.ensemble
    from sklearn.base import clone
    from sklearn.preprocessing import LabelEncoder

    model = getattr(dask_ml.ensemble, f"Blockwise{name}")(tree, **given)
    model.fit(*blocks(X, y))
    yield dense(model.predict(blocks(X)))
    parts = [slice(first, first + N_ROWS) for first in range(0, len(X), N_ROWS)]
    model = getattr(sklearn.ensemble, name)([("tree", tree)])
    model.estimators_, model.le_ = [clone(tree).fit(X[p], y[p]) for p in parts], LabelEncoder().fit(y)
    yield model.predict(X)


@trial("dask_ml.ensemble.BlockwiseVotingClassifier", "sklearn.ensemble.VotingClassifier", version="2")
def voting_classifier():
    from sklearn.tree import DecisionTreeClassifier

    return voted("VotingClassifier", DecisionTreeClassifier(max_depth=3, random_state=0), *classes(), classes=[0, 1])


@trial("dask_ml.ensemble.BlockwiseVotingRegressor", "sklearn.ensemble.VotingRegressor", version="2")
def voting_regressor():
    from sklearn.tree import DecisionTreeRegressor

    return voted("VotingRegressor", DecisionTreeRegressor(random_state=0), *numbers())


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
