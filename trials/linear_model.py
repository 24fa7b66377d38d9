"""Trials of ``dask_ml.linear_model``: other solvers, so answers agree in their first digits."""

from .data import blocks, classes, dense, numbers
from .trial import trial


def accuracy(model, X, y):
    """Give the share of right answers."""
    return float((dense(model.predict(X)) == y).mean())


def logistic(n_classes, solver):
    """Fit both without a penalty to speak of."""
    import dask_ml.linear_model
    import sklearn.linear_model

    X, y = classes(n_classes)
    model = dask_ml.linear_model.LogisticRegression(solver=solver, C=1e5, max_iter=100)
    model.fit(*blocks(X, y))
    yield accuracy(model, blocks(X), y)
    yield accuracy(sklearn.linear_model.LogisticRegression(C=1e5, max_iter=1_000).fit(X, y), X, y)


for _solver in ("admm", "lbfgs", "newton", "gradient_descent", "proximal_grad"):

    @trial(
        "dask_ml.linear_model.LogisticRegression",
        "sklearn.linear_model.LogisticRegression",
        f"2 classes, {_solver}",
        tolerance=0.02,
    )
    def two_classes(solver=_solver):
        return logistic(2, solver)


@trial(
    "dask_ml.linear_model.LogisticRegression",
    "sklearn.linear_model.LogisticRegression",
    "3 classes",
    tolerance=0.02,
    version="2",
    cause="it tells two classes apart, however many there are",
)
def three_classes():
    return logistic(3, "admm")


@trial("dask_ml.linear_model.LogisticRegression", "sklearn.linear_model.LogisticRegression", "labels as text", 0.02)
def labels_as_text():
    import dask_ml.linear_model
    import numpy as np
    import sklearn.linear_model

    X, y = classes()
    y = np.array(["no", "yes"])[y]
    yield accuracy(dask_ml.linear_model.LogisticRegression(C=1e5).fit(*blocks(X, y)), blocks(X), y)
    yield accuracy(sklearn.linear_model.LogisticRegression(C=1e5, max_iter=1_000).fit(X, y), X, y)


@trial(
    "dask_ml.linear_model.LogisticRegression",
    "sklearn.linear_model.LogisticRegression",
    "predict_proba",
    tolerance=0.02,
)
def probabilities():
    import dask_ml.linear_model
    import sklearn.linear_model

    X, y = classes()
    model = dask_ml.linear_model.LogisticRegression(solver="lbfgs", C=1e5).fit(*blocks(X, y))
    yield dense(model.predict_proba(blocks(X)))
    yield sklearn.linear_model.LogisticRegression(C=1e5, max_iter=1_000).fit(X, y).predict_proba(X)


@trial("dask_ml.linear_model.LinearRegression", "sklearn.linear_model.LinearRegression", tolerance=1e-3)
def linear_regression():
    import dask_ml.linear_model
    import sklearn.linear_model

    X, y = numbers()
    X = X - X.mean(axis=0)
    yield dask_ml.linear_model.LinearRegression(solver="newton").fit(*blocks(X, y)).coef_
    yield sklearn.linear_model.LinearRegression().fit(X, y).coef_


@trial("dask_ml.linear_model.LinearRegression", "sklearn.linear_model.LinearRegression", "score", 1e-3)
def linear_score():
    import dask_ml.linear_model
    import sklearn.linear_model

    X, y = numbers()
    model = dask_ml.linear_model.LinearRegression(C=1e5).fit(*blocks(X, y))
    yield dense(model.score(*blocks(X, y)))
    yield sklearn.linear_model.LinearRegression().fit(X, y).score(X, y)


@trial("dask_ml.linear_model.PoissonRegression", "sklearn.linear_model.PoissonRegressor", tolerance=1e-2)
def poisson_regression():
    import dask_ml.linear_model
    import numpy as np
    import sklearn.linear_model

    X, _ = classes()
    y = np.random.default_rng(0).poisson(np.exp(0.3 * X.sum(axis=1)))
    yield dask_ml.linear_model.PoissonRegression(solver="newton").fit(*blocks(X, y)).coef_
    yield sklearn.linear_model.PoissonRegressor(alpha=0, tol=1e-8, max_iter=1_000).fit(X, y).coef_
