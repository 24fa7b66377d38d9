"""Layers of numpy, scipy and scikit-learn, and what it costs to import each package.

Layers of Dask are in ``dask_layers.py``, those of joblib in ``joblib_layers.py``. What a strategy costs as a whole
before any work (1,000 empty tasks, starting a cluster, scattering) is in ``overheads.py``.
"""

import subprocess
import sys

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise_distances_argmin_min
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_X_y

from . import datasets, text, tolerances
from .layer import GATE, Layer
from .strategies import using


class MatrixProducts(Layer):
    """Three products of 600 x 600 matrices, by BLAS on all cores.

    Expected: 10 to 20 ms on 2 cores. Under decompositions, distances and linear models of "all-cores", which leaves
    BLAS its threads.
    """

    calls = {"time_products": "products"}
    tolerances = dict.fromkeys(calls, tolerances.USUAL)
    only_in = GATE

    def prepare(self):
        self.A = np.random.default_rng(0).random((600, 600))
        self.time_products()  # starts BLAS's threads

    def time_products(self):
        self.A @ self.A @ self.A @ self.A


class MatrixProductsOneCore(Layer):
    """The same products with BLAS held to one thread.

    Expected: the number of cores times what `MatrixProducts` takes, for products of this size are all arithmetic. Under
    "serial", "threads", Dask's threads, and all that runs on workers of loky, Dask or Ray: BLAS has one thread there.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_products": "products"}
    only_in = GATE

    def prepare(self, strategy):
        self.A = np.random.default_rng(0).random((600, 600))
        self.time_products(strategy)

    def time_products(self, strategy):
        with using(strategy):
            self.A @ self.A @ self.A @ self.A


class PrincipalComponents(Layer):
    """PCA of 100,000 x 50 numbers, by LAPACK on all cores.

    Expected: some 20 ms since scikit-learn 1.5, which decomposes the covariance of data with many more rows than
    columns; several times as long before. Under pipelines with a PCA of "all-cores", which leaves LAPACK its threads.
    """

    calls = {"time_fit": "fit"}
    tolerances = dict.fromkeys(calls, tolerances.USUAL)
    only_in = GATE
    n_features = 50

    def prepare(self):
        self.X = np.random.default_rng(0).standard_normal((100_000, self.n_features))
        self.time_fit()  # starts BLAS's threads

    def time_fit(self):
        PCA().fit(self.X)


class Eigendecomposition(Layer):
    """Eigenvectors of a symmetric 400 x 400 matrix, by LAPACK on one core and on all.

    Expected: tens of milliseconds, and little gained by more cores: half of it is bound by memory. Under PCA, spectral
    clustering and ridge regression of every strategy.
    """

    params = ["serial", "all-cores"]
    param_names = ["strategy"]
    calls = {"time_eigh": "eigh"}
    only_in = GATE

    def prepare(self, strategy):
        A = np.random.default_rng(0).random((400, 400))
        self.A = A + A.T
        self.time_eigh(strategy)

    def time_eigh(self, strategy):
        with using(strategy):
            np.linalg.eigh(self.A)


class NearestCentres(Layer):
    """The nearest of 12 centres to each of 100,000 points, by scikit-learn's pairwise reductions.

    Expected: some 10 ms on one core, and nearly as many times less as there are cores, for OpenMP shares out the rows.
    Under nearest neighbours, and under the assignment step of dask_ml's k-means, which calls it block by block.
    """

    params = ["serial", "all-cores"]
    param_names = ["strategy"]
    calls = {"time_argmin": "argmin"}
    n_features = datasets.N_FEATURES

    def prepare(self, strategy):
        self.X, self.centers = datasets.blobs(100_000), datasets.centers()
        self.time_argmin(strategy)

    def time_argmin(self, strategy):
        with using(strategy):
            pairwise_distances_argmin_min(self.X, self.centers)


class SupportVectors(Layer):
    """One fit of ``SVC`` on 1,000 x 20, nearly all of it in libsvm.

    Expected: some 10 ms. Under every grid search here, whatever its strategy: libsvm keeps to one core.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_fit": "fit"}
    n_features = 20

    def prepare(self, strategy):
        self.arrays = datasets.classification(1_000, self.n_features)
        self.time_fit(strategy)

    def time_fit(self, strategy):
        with using(strategy):
            SVC().fit(*self.arrays)


class Tree(Layer):
    """One decision tree on 2,000 x 20.

    Expected: some 20 ms. Under forests and bagging of every strategy, which fit hundreds of them, a core each.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_fit": "fit"}
    only_in = GATE
    n_features = 20

    def prepare(self, strategy):
        self.arrays = datasets.classification(2_000, self.n_features)
        self.time_fit(strategy)

    def time_fit(self, strategy):
        with using(strategy):
            DecisionTreeClassifier(random_state=0).fit(*self.arrays)


class Validation(Layer):
    """100 checks of ``X`` and ``y`` of 240 rows, as each ``fit`` of scikit-learn begins.

    Expected: 0.1 to 0.2 ms each, whatever the number of rows. Under every strategy; it counts where fits are many and
    short, as the 180 fits of a grid search on 300 rows.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_validate": "validate"}
    only_in = GATE

    def prepare(self, strategy):
        self.arrays = datasets.classification(240)
        self.time_validate(strategy)

    def time_validate(self, strategy):
        with using(strategy):
            for _ in range(100):
                check_X_y(*self.arrays)


class Cloning(Layer):
    """100 clones of a forest that is not fitted.

    Expected: 0.05 to 0.2 ms each, for each of its parameters is copied and looked at. Under every strategy; it counts
    where fits are many and short: searches and cross-validation clone before each.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_clone": "clone"}
    only_in = GATE

    def prepare(self, strategy):
        self.estimator = RandomForestClassifier()
        self.time_clone(strategy)

    def time_clone(self, strategy):
        with using(strategy):
            for _ in range(100):
                clone(self.estimator)


class LogisticLoss(Layer):
    """One fit of ``LogisticRegression`` on 10,000 x 20.

    Expected: some 10 ms, most of it the loss and its gradient, which L-BFGS asks for some ten times. Under linear
    models of every strategy but dask_ml's, which has a loss of its own.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_fit": "fit"}
    only_in = GATE
    n_features = 20

    def prepare(self, strategy):
        self.arrays = datasets.classification(10_000, self.n_features)
        self.time_fit(strategy)

    def time_fit(self, strategy):
        with using(strategy):
            LogisticRegression().fit(*self.arrays)


class HashingWords(Layer):
    """1,000 documents of 40 words, each word to a column by its hash.

    Expected: some 10 ms, in Python, which holds the GIL. Under ``HashingVectorizer`` of every strategy, block by block.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_transform": "transform"}
    only_in = GATE
    n_features = 2**18

    def prepare(self, strategy):
        self.documents = text.documents(1_000)
        self.time_transform(strategy)

    def time_transform(self, strategy):
        with using(strategy):
            HashingVectorizer(n_features=self.n_features).transform(self.documents)


class Importing(Layer):
    """A new Python that imports one package and ends; ``sys`` is Python alone.

    Expected: from 0.1 s for numpy to 2 s for dask_ml, which imports all others, and pandas and numba. Under the first
    call of "all-cores" and of all that runs on a cluster: every worker imports what a task needs.
    """

    params = ["sys", "numpy", "scipy.linalg", "joblib", "sklearn.svm", "dask.array", "distributed", "dask_ml.cluster"]
    param_names = ["module"]
    kinds = {"time_import": "first call"}  # of a process of its own, so each process here can make several
    calls = {"time_import": "import"}

    def prepare(self, module):
        self.time_import(module)  # reads the files from disk

    def time_import(self, module):
        subprocess.run([sys.executable, "-I", "-c", f"import {module}"], check=True)
