"""What every workload shares: data, workers and the estimator made before the clock starts, then one call is timed.

Roles by what is called: `Workload` fits, `Predictor` predicts, `Transformer` fits and transforms; what calls something
else is a `Call` of its own. `InBlocks` beside one of them gives Dask's estimators the rows of scikit-learn's in blocks.
"""

from abc import ABC, abstractmethod

from . import cluster, dask_arrays, datasets, profiles, strategies
from .memory import peak_memory
from .stated import Stated


class Call(Stated, ABC):
    """An estimator, its data, a call and the strategies it is measured under.

    A subclass names its sizes and strategies in ``params`` and fills in ``estimator``, and ``data`` and
    ``score`` where they differ. asv runs each benchmark and parameter set in fresh processes and calls ``setup`` before
    every sample, hence ``prepare``.
    """

    param_names = ["n_samples", "strategy"]
    kinds = {"track_score": "score", "track_peak_memory": "peak memory"}
    version = "1"
    rounds = profiles.ROUNDS["quick"]  # fresh processes
    repeat = 3  # calls in each
    number = 1
    warmup_time = 0  # setup warms up; asv's own way would time the cold call
    timeout = profiles.TIMEOUT["quick"]
    warm_samples = 200
    n_features = 4
    score_name = "accuracy"
    score_tolerance = 1e-9  # relative difference between two releases that is no change: sums in another order
    ready = False

    def data(self, n_samples, strategy):
        """Give the arguments of the call, in memory or persisted on the workers: by default, two classes."""
        return datasets.classification(n_samples, self.n_features)

    @abstractmethod
    def estimator(self, strategy):
        """Give a new estimator."""

    @abstractmethod
    def call(self, estimator, *arrays):
        """Make the call, and give what it is scored by."""

    def score(self, result, n_samples, strategy):
        """Give the number by which answers are compared: by default, a fitted estimator's own score."""
        return result.score(*self.arrays)

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "track_score" in vars(cls):
            cls.track_score.unit = cls.score_name
            cls.track_peak_memory.unit = "bytes"

    def setup(self, n_samples, strategy):
        if not self.ready:
            strategies.require(strategy)
            self.prepare(n_samples, strategy)
            self.ready = True
        strategies.settle(strategy, self.kept)
        self.given = self.configured(strategy)

    def prepare(self, n_samples, strategy):
        before = strategies.held(strategy)  # an existing cluster may hold what others need
        # Starts the workers, imports the libraries there and compiles what is compiled on first use.
        self.made(self.data(self.warm_samples, strategy), strategy)
        strategies.settle(strategy, before)
        strategies.thread_pools.cache_clear()  # the libraries imported just now may have pools of their own
        strategies.thread_pools()
        self.arrays = self.data(n_samples, strategy)
        self.kept = strategies.held(strategy)

    def teardown(self, n_samples, strategy):
        cluster.require_unchanged()

    def configured(self, strategy):
        """Give a new estimator with the ``n_jobs`` of a strategy."""
        facts = strategies.named(strategy)
        with strategies.using(strategy):  # which may put another library in place of scikit-learn
            estimator = self.estimator(strategy)
        if "n_jobs" in estimator.get_params() and facts.estimator != "dask_ml":
            estimator.set_params(n_jobs=facts.n_jobs)
        return estimator

    def made(self, arrays, strategy):
        """Make the call outside of the timed one."""
        estimator = self.configured(strategy)
        with strategies.using(strategy, *arrays):
            return self.call(estimator, *arrays)

    def timed(self, strategy):
        """Make the call that is timed."""
        with strategies.using(strategy, *self.arrays):
            self.call(self.given, *self.arrays)

    def track_score(self, n_samples, strategy):
        return self.score(self.made(self.arrays, strategy), n_samples, strategy)

    def track_peak_memory(self, n_samples, strategy):
        return peak_memory(lambda: self.made(self.arrays, strategy))


class Workload(Call):
    """``fit`` is timed."""

    calls = {"track_score": "fit", "track_peak_memory": "fit"}

    def call(self, estimator, *arrays):
        estimator.fit(*arrays)
        return estimator

    def time_fit(self, n_samples, strategy):
        with strategies.using(strategy, *self.arrays):
            self.given.fit(*self.arrays)


class Predictor(Call):
    """``predict`` of an estimator that is fitted before is timed; ``data`` gives what is predicted.

    On Dask what a call gives is computed and stays where it is, in every role: nothing is gathered in the time.
    """

    calls = {"track_score": "predict", "track_peak_memory": "predict"}
    fitted = None

    @abstractmethod
    def training(self):
        """Give ``X, y`` to fit before."""

    def configured(self, strategy):
        if self.fitted is None:
            self.fitted = super().configured(strategy)
            self.fitted.fit(*self.training())
        return self.fitted

    def call(self, estimator, X):
        return dask_arrays.finished(estimator.predict(X))

    def time_predict(self, n_samples, strategy):
        self.timed(strategy)


class Transformer(Call):
    """``fit_transform`` is timed; on Dask what it gives stays where it is, as with `Predictor`."""

    calls = {"track_score": "fit_transform", "track_peak_memory": "fit_transform"}

    def call(self, estimator, X):
        return dask_arrays.finished(estimator.fit_transform(X))

    def time_fit_transform(self, n_samples, strategy):
        self.timed(strategy)


class InBlocks:
    """The same rows as arrays for estimators in memory, in blocks for those that take Dask arrays."""

    n_blocks = datasets.MIN_BLOCKS

    def rows(self, n_samples):
        """Give the arguments of the call, in memory: by default, two classes."""
        return datasets.classification(n_samples, self.n_features)

    def data(self, n_samples, strategy):
        arrays = self.rows(n_samples)
        if not strategies.named(strategy).blocks:
            return arrays
        with strategies.using(strategy):
            return dask_arrays.put(arrays, self.n_blocks)
