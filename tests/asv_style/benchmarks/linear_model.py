"""Linear models."""

from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge

from .common import Estimator, Predictor


class RidgeBenchmark(Predictor, Estimator):
    """Ridge regression."""

    param_names = ["solver"]
    params = (["cholesky", "lsqr"],)

    def make_data(self, solver):
        return make_regression(n_samples=500, n_features=20, noise=1.0, random_state=0)

    def make_estimator(self, solver):
        return Ridge(solver=solver, random_state=0)
