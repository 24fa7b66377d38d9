"""Searches in which something other than the number of fits decides: shared stages, large data, early stopping."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import HalvingRandomSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from . import strategies
from .large_models import DASK_ML, JOBLIB, search_of
from .profiles import sizes
from .workload import Call, InBlocks, Workload


class SharedStages(Workload):
    """A grid of 2 x 10 candidates over scaler, PCA and logistic regression: only the last stage differs ten times.

    Expected: dask_ml ahead of all others of the same cores, for its search fits equal stages of equal data once: 6
    decompositions for 60 candidates and folds; scikit-learn repeats them. All else as other searches.
    """

    params = [
        sizes(quick=[500, 10_000], full=[1_000, 2_000, 5_000]),
        [s for s in (*JOBLIB, *DASK_ML) if s != "dask-joblib-scatter"],
    ]
    facts = {"fits": 60}
    only_in = ("full", "large")
    n_features = 100
    grid = {"pca__n_components": [10, 20], "fit__C": list(np.logspace(-3, 1, 10))}

    def estimator(self, strategy):
        stages = [("scale", StandardScaler()), ("pca", PCA(svd_solver="full")), ("fit", LogisticRegression(tol=1e-3))]
        return search_of(strategy)(Pipeline(stages), self.grid, cv=3)

    def score(self, fitted, n_samples, strategy):
        return fitted.best_score_


class LargeData(Workload):
    """24 fits of a linear classifier, five passes each, on up to 200 MB: 125 columns, so 1 MB are 1,000 rows.

    Expected: threads ahead, for they share the data; loky maps them from a file. On Dask joblib sends each array once,
    to one worker, and the others fetch it; scattered before, it is on all workers before the first task, and is named
    by its content, which takes up to 2 ms a MB. So scattering gains nothing on two workers, and more on many. dask_ml
    sends the data within its graph, through the scheduler.
    """

    params = [sizes(quick=[10_000, 100_000], full=[20_000, 50_000, 200_000]), [*JOBLIB, *DASK_ML]]
    facts = {"fits": 24}
    only_in = ("full", "large")
    n_features = 125
    score_tolerance = 1e-6

    def estimator(self, strategy):
        classifier = SGDClassifier(max_iter=5, tol=None, random_state=0)
        return search_of(strategy)(classifier, {"alpha": list(np.logspace(-6, -2, 8))}, cv=3, refit=False)

    def score(self, fitted, n_samples, strategy):
        return float(np.max(fitted.cv_results_["mean_test_score"]))


class EarlyStopping(InBlocks, Call):
    """The best of a linear classifier's candidates, most of which are given up early: Hyperband, and halving.

    Not the same work: ``HyperbandSearchCV`` takes 49 candidates in four brackets and goes on with partial fits of them
    on the cluster, 27 at most, each of one of the four blocks; ``HalvingRandomSearchCV`` takes 27 candidates in one
    bracket and fits those that are left anew, in three folds, with three times the passes, 27 at most. The best score
    shows what either finds. Expected: halving ahead as long as a fit takes less than some milliseconds, for each of
    Hyperband's 357 partial fits is a task, and the client waits for all of a step before it decides on the next.

    Hyperband fails on dask 2024.12.0 and newer: until 2025.2.0 where ``train_test_split`` joins persisted blocks, since
    2025.3.0 because ``dask.persist`` refuses dask_ml's asynchronous client, with an error that names ``dask.compute``.
    """

    params = [
        sizes(quick=[2_000, 50_000], full=[5_000, 10_000, 100_000]),
        ["serial", "all-cores", "threads", "dask-joblib", "dask-ml"],
    ]
    calls = {"track_score": "fit", "track_peak_memory": "fit"}
    only_in = ("full", "large")
    n_features = 20
    classes = (0, 1)
    score_tolerance = 0.05

    def estimator(self, strategy):
        classifier = SGDClassifier(tol=None, random_state=0)
        candidates = {"alpha": list(np.logspace(-6, 0, 100)), "penalty": ["l1", "l2", "elasticnet"]}
        if strategies.named(strategy).estimator == "dask_ml":
            from dask_ml.model_selection import HyperbandSearchCV

            return HyperbandSearchCV(classifier, candidates, max_iter=27, aggressiveness=3, random_state=0)
        halving = {"resource": "max_iter", "min_resources": 1, "max_resources": 27, "factor": 3, "n_candidates": 27}
        return HalvingRandomSearchCV(classifier, candidates, cv=3, random_state=0, **halving)

    def call(self, estimator, X, y):
        # dask_ml passes what else fit is given to partial_fit, whose first call must be told the classes
        more = {"classes": self.classes} if hasattr(estimator, "aggressiveness") else {}
        return estimator.fit(X, y, **more)

    def time_fit(self, n_samples, strategy):
        self.timed(strategy)

    def score(self, fitted, n_samples, strategy):
        return float(fitted.best_score_)
