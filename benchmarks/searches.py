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
from .workload import InBlocks, Workload


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

    Expected: threads ahead, for they share the data; loky maps them from a file; on Dask each task brings its data
    with it unless they are scattered before, so here scattering pays off: the more, the larger the data.
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


class EarlyStopping(InBlocks, Workload):
    """27 passes at most for the best of a linear classifier's candidates: Hyperband, and halving of candidates.

    Not the same work: ``HyperbandSearchCV`` goes on with partial fits of its candidates on the cluster,
    ``HalvingRandomSearchCV`` fits anew with three times the passes; both begin with 27 candidates in their first
    bracket. The best score shows what either finds. Expected: halving ahead as long as a fit takes less than some
    milliseconds, for each of Hyperband's partial fits is a task that the client waits for. dask_ml 2025.1.0's Hyperband
    fails on the dask of the newest releases, which refuses an asynchronous client in ``dask.persist``.
    """

    params = [
        sizes(quick=[2_000, 50_000], full=[5_000, 10_000, 100_000]),
        ["serial", "all-cores", "threads", "dask-joblib", "dask-ml"],
    ]
    only_in = ("full", "large")
    n_features = 20
    score_tolerance = 0.05

    def estimator(self, strategy):
        classifier = SGDClassifier(tol=None, random_state=0)
        candidates = {"alpha": list(np.logspace(-6, 0, 100)), "penalty": ["l1", "l2", "elasticnet"]}
        if strategies.named(strategy).estimator == "dask_ml":
            from dask_ml.model_selection import HyperbandSearchCV

            return HyperbandSearchCV(classifier, candidates, max_iter=27, aggressiveness=3, random_state=0)
        halving = {"resource": "max_iter", "min_resources": 1, "max_resources": 27, "factor": 3, "n_candidates": 27}
        return HalvingRandomSearchCV(classifier, candidates, cv=3, random_state=0, **halving)

    def score(self, fitted, n_samples, strategy):
        return float(fitted.best_score_)
