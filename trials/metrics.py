"""Trials of ``dask_ml.metrics``."""

from .data import blobs, blocks, classes, dense, numbers
from .trial import trial


def measured(name, *arrays):
    """Give a metric by both."""
    import dask_ml.metrics
    import sklearn.metrics

    yield dense(getattr(dask_ml.metrics, name)(*blocks(*arrays)))
    yield getattr(sklearn.metrics, name)(*arrays)


def guesses():
    """Give classes, and guesses that are right more often than not."""
    X, y = classes()
    return y, (X[:, 1] > X[:, 0]).astype(int)


def estimates():
    """Give positive numbers, and estimates of them."""
    X, y = numbers()
    return abs(y), abs(y + X[:, 0])


def probabilities():
    """Give classes, and probabilities of both."""
    import numpy as np

    X, y = classes()
    p = 1 / (1 + np.exp(X[:, 0] - X[:, 1]))
    return y, np.stack([1 - p, p], axis=1)


@trial("dask_ml.metrics.accuracy_score", "sklearn.metrics.accuracy_score")
def accuracy_score():
    return measured("accuracy_score", *guesses())


@trial("dask_ml.metrics.log_loss", "sklearn.metrics.log_loss")
def log_loss():
    return measured("log_loss", *probabilities())


for _name in (
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_log_error",
    "r2_score",
):

    @trial(f"dask_ml.metrics.{_name}", f"sklearn.metrics.{_name}")
    def of_estimates(name=_name):
        return measured(name, *estimates())


@trial("dask_ml.metrics.mean_squared_error", "sklearn.metrics.mean_squared_error", "squared=False")
def root_mean_squared_error():
    import dask_ml.metrics
    import numpy as np
    import sklearn.metrics

    yield dense(dask_ml.metrics.mean_squared_error(*blocks(*estimates()), squared=False))
    yield np.sqrt(sklearn.metrics.mean_squared_error(*estimates()))


def between_rows(module, name, **parameters):
    """Give a function of pairs of rows by both."""
    import importlib

    X, _ = blobs()
    ours, theirs = importlib.import_module(f"dask_ml.{module}"), importlib.import_module(f"sklearn.{module}")
    yield dense(getattr(ours, name)(blocks(X), X[:10], **parameters))
    yield getattr(theirs, name)(X, X[:10], **parameters)


for _name in ("euclidean_distances", "pairwise_distances"):

    @trial(f"dask_ml.metrics.{_name}", f"sklearn.metrics.{_name}")
    def of_pairs(name=_name):
        return between_rows("metrics", name)


for _name in ("linear_kernel", "rbf_kernel", "polynomial_kernel", "sigmoid_kernel", "pairwise_kernels"):

    @trial(f"dask_ml.metrics.pairwise.{_name}", f"sklearn.metrics.pairwise.{_name}")
    def of_kernel(name=_name):
        return between_rows("metrics.pairwise", name)


@trial("dask_ml.metrics.pairwise.check_pairwise_arrays", "sklearn.metrics.pairwise.check_pairwise_arrays")
def check_pairwise_arrays():
    import dask_ml.metrics.pairwise
    import numpy as np
    import sklearn.metrics.pairwise

    X, _ = blobs()
    yield np.vstack([dense(a) for a in dask_ml.metrics.pairwise.check_pairwise_arrays(blocks(X), X[:10])])
    yield np.vstack(sklearn.metrics.pairwise.check_pairwise_arrays(X, X[:10]))


@trial("dask_ml.metrics.pairwise_distances_argmin_min", "sklearn.metrics.pairwise_distances_argmin_min")
def pairwise_distances_argmin_min():
    import dask_ml.metrics
    import numpy as np
    import sklearn.metrics

    X, _ = blobs()
    yield np.stack([dense(a) for a in dask_ml.metrics.pairwise_distances_argmin_min(blocks(X), X[:10])])
    yield np.stack(sklearn.metrics.pairwise_distances_argmin_min(X, X[:10]))


def scored(scoring, model, X, y, put=blocks):
    """Score a fitted model of scikit-learn's by both libraries' scorers."""
    import dask_ml.metrics
    import sklearn.metrics
    from dask_ml.wrappers import ParallelPostFit

    model.fit(X, y)
    wrapped = ParallelPostFit(model) if put is blocks else model
    yield dense(dask_ml.metrics.get_scorer(scoring)(wrapped, *put(X, y)))
    yield sklearn.metrics.get_scorer(scoring)(model, X, y)


@trial("dask_ml.metrics.get_scorer", "sklearn.metrics.get_scorer", "'accuracy'")
def scorer_of_accuracy():
    from sklearn.tree import DecisionTreeClassifier

    return scored("accuracy", DecisionTreeClassifier(max_depth=2, random_state=0), *classes())


@trial("dask_ml.metrics.get_scorer", "sklearn.metrics.get_scorer", "'neg_log_loss'")
def scorer_of_log_loss():
    from sklearn.tree import DecisionTreeClassifier

    # not in blocks: a wrapped classifier is taken for a regressor
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    return scored("neg_log_loss", tree, *classes(), put=lambda *arrays: arrays)


@trial("dask_ml.metrics.get_scorer", "sklearn.metrics.get_scorer", "'neg_mean_squared_error'")
def scorer_of_squared_error():
    from sklearn.tree import DecisionTreeRegressor

    return scored("neg_mean_squared_error", DecisionTreeRegressor(max_depth=2, random_state=0), *numbers())


@trial("dask_ml.metrics.get_scorer", "sklearn.metrics.get_scorer", "'r2'")
def scorer_of_r2():
    from sklearn.tree import DecisionTreeRegressor

    return scored("r2", DecisionTreeRegressor(max_depth=2, random_state=0), *numbers())


@trial("dask_ml.metrics.check_scoring", "sklearn.metrics.check_scoring")
def check_scoring():
    import dask_ml.metrics
    import sklearn.metrics
    from dask_ml.wrappers import ParallelPostFit
    from sklearn.tree import DecisionTreeClassifier

    X, y = classes()
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    wrapped = ParallelPostFit(model)
    yield dense(dask_ml.metrics.check_scoring(wrapped, "accuracy")(wrapped, *blocks(X, y)))
    yield sklearn.metrics.check_scoring(model, "accuracy")(model, X, y)
