"""Fits in RAM, but there is much to fit: many models, or one of many trees."""

import functools

import sklearn.model_selection
from sklearn import svm
from sklearn.ensemble import RandomForestClassifier

from . import datasets, strategies
from .profiles import sizes
from .workload import Workload

JOBLIB = ["serial", "all-cores", "threads", "dask-joblib", "dask-joblib-scatter", "dask-joblib-threads", "ray"]
DASK_ML = ["dask-ml", "dask-ml-threads"]


def probability(**parameters):
    """Add ``probability=True`` to an SVC's parameters as long as the release has it."""
    return {**parameters, "probability": True} if "probability" in svm.SVC().get_params() else parameters


def search_of(strategy, name="GridSearchCV"):
    """Give what makes a search: of dask_ml's class for a strategy that asks for its estimators."""
    if strategies.named(strategy).estimator == "dask_ml":
        import dask_ml.model_selection

        # by default it weighs each fold by its size, which scikit-learn no longer does
        return functools.partial(getattr(dask_ml.model_selection, name), iid=False)
    return getattr(sklearn.model_selection, name)


class GridSearchSmall(Workload):
    """Eight fits of ``SVC(gamma="auto")`` and a refit.

    Expected: with milliseconds a fit, nothing beats serial at the small size; loky and threads
    approach the number of cores at the large one, Dask follows with its cost of about 1 ms a task.
    """

    params = [sizes(quick=[200, 2_000], full=[500, 1_000, 5_000], gate=[200]), [*JOBLIB, *DASK_ML]]
    grid = {"C": [0.001, 10], "kernel": ["rbf", "poly"]}
    cv = 2

    def estimator(self, strategy):
        return search_of(strategy)(svm.SVC(gamma="auto", random_state=0, **probability()), self.grid, cv=self.cv)

    def score(self, fitted, n_samples, strategy):
        return fitted.best_score_


class GridSearchLarge(GridSearchSmall):
    """180 fits of ``SVC(gamma="auto")`` and a refit.

    Expected: as the small grid, with the cost a task counted 180 times: threads suffer from the GIL
    between the short fits, and Dask pays off later than loky.
    """

    params = [sizes(quick=[300], full=[100, 200, 500, 1_000]), [*JOBLIB, *DASK_ML]]
    grid = {
        "C": [0.001, 0.1, 1, 2.5, 5, 10],
        "kernel": ["rbf", "poly", "linear"],
        "shrinking": [True, False],
    }
    cv = 5
    facts = {"fits": 180}
    only_in = ("full", "large")  # half a second a call and more, of tasks that the small search has too

    def estimator(self, strategy):
        return search_of(strategy)(svm.SVC(gamma="auto", random_state=0), self.grid, cv=self.cv)


class Forest(Workload):
    """``RandomForestClassifier`` of 300 trees on 20 features.

    Expected: "all-cores" equals "threads", for the forest asks joblib for threads and its trees
    release the GIL; speedup near the number of cores; Dask behind them, as it moves the trees back.
    """

    params = [sizes(quick=[500, 2_000], full=[1_000, 5_000, 10_000], gate=[500]), JOBLIB]
    strategies_in = {"threads": ("full", "large")}  # it tells the same as all cores
    n_features = 20
    n_held_out = 1_000

    def data(self, n_samples, strategy):
        X, y = datasets.classification(n_samples + self.n_held_out, self.n_features)
        self.held_out = X[n_samples:], y[n_samples:]
        return X[:n_samples], y[:n_samples]

    def estimator(self, strategy):
        return RandomForestClassifier(n_estimators=300, random_state=0)

    def score(self, fitted, n_samples, strategy):
        return fitted.score(*self.held_out)
