"""Single layers of strategies, small and on all cores: what disturbs them disturbs whatever stands on them."""

import numpy as np
from sklearn.decomposition import PCA

from . import profiles
from .stated import Stated


class _Layer(Stated):
    version = "1"
    rounds = profiles.ROUNDS["quick"]
    repeat = 3
    number = 1
    warmup_time = 0
    timeout = profiles.TIMEOUT["quick"]
    only_in = ("full", "large")


class MatrixProducts(_Layer):
    """Three products of 600 x 600 matrices, by BLAS on all cores.

    Expected: 10 to 20 ms on 2 cores. Under decompositions, distances and linear models of every strategy.
    """

    calls = {"time_products": "products"}

    def setup(self):
        if not hasattr(self, "A"):
            self.A = np.random.default_rng(0).random((600, 600))
            self.time_products()  # starts BLAS's threads

    def time_products(self):
        self.A @ self.A @ self.A @ self.A


class PrincipalComponents(_Layer):
    """PCA of 100,000 x 50 numbers, by LAPACK on all cores.

    Expected: some 20 ms since scikit-learn 1.5, which decomposes the covariance of data with many more rows than
    columns; several times as long before.
    """

    calls = {"time_fit": "fit"}
    n_features = 50

    def setup(self):
        if not hasattr(self, "X"):
            self.X = np.random.default_rng(0).standard_normal((100_000, self.n_features))
            self.time_fit()  # starts BLAS's threads

    def time_fit(self):
        PCA().fit(self.X)
