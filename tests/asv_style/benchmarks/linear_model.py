"""Linear models."""

from sklearn.datasets import make_regression
from sklearn.linear_model import Lasso, Ridge

from .common import DATA, Estimator, Predictor


@DATA.cache
def regression(n_samples):
    return make_regression(n_samples=n_samples, n_features=20, noise=1.0, random_state=0)


class RidgeBenchmark(Predictor, Estimator):
    """Ridge regression."""

    param_names = ["solver"]
    params = (["cholesky", "lsqr"],)

    def setup_cache(self):
        super().setup_cache()

    def make_data(self, solver):
        return regression(500)

    def make_estimator(self, solver):
        return Ridge(solver=solver, random_state=0)


class LassoBenchmark(Estimator):
    """Linear regression with few features."""

    param_names = ["selection"]
    params = (["cyclic", "random"],)

    def setup_cache(self):
        super().setup_cache()

    def make_data(self, selection):
        return regression(500)

    def make_estimator(self, selection):
        return Lasso(selection=selection, random_state=0)
