"""What every workload shares: data, workers and the estimator made before the clock starts, then ``fit`` is timed."""

from abc import ABC, abstractmethod

from . import cluster, datasets, profiles, strategies
from .memory import peak_memory
from .stated import Stated


class Workload(Stated, ABC):
    """An estimator, its data and the strategies it is measured under.

    A subclass names its sizes and strategies in ``params`` and fills in ``estimator``, and ``data`` and
    ``score`` where they differ. asv runs each benchmark and parameter set in fresh processes and calls ``setup`` before
    every sample, hence ``prepare``.
    """

    param_names = ["n_samples", "strategy"]
    kinds = {"track_score": "score", "track_peak_memory": "peak memory"}
    calls = {"track_score": "fit", "track_peak_memory": "fit"}
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
        """Give the arguments of ``fit``, in memory or persisted on the workers: by default, two classes."""
        return datasets.classification(n_samples, self.n_features)

    @abstractmethod
    def estimator(self, strategy):
        """Give a new estimator."""

    def score(self, fitted, n_samples, strategy):
        """Give the number by which answers are compared: by default, the estimator's own score."""
        return fitted.score(*self.arrays)

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "track_score" in vars(cls):
            cls.track_score.unit = cls.score_name
            cls.track_peak_memory.unit = "bytes"

    def setup(self, n_samples, strategy):
        if not self.ready:
            self.prepare(n_samples, strategy)
            self.ready = True
        strategies.settle(strategy, self.kept)
        self.unfitted = self.configured(strategy)

    def prepare(self, n_samples, strategy):
        before = strategies.held(strategy)  # an existing cluster may hold what others need
        # Starts the workers, imports the libraries there and compiles what is compiled on first use.
        self.fit(self.data(self.warm_samples, strategy), strategy)
        strategies.settle(strategy, before)
        strategies.thread_pools.cache_clear()  # the libraries imported just now may have pools of their own
        strategies.thread_pools()
        self.arrays = self.data(n_samples, strategy)
        self.kept = strategies.held(strategy)

    def teardown(self, n_samples, strategy):
        cluster.require_unchanged()

    def configured(self, strategy):
        """Give a new estimator with the ``n_jobs`` of a strategy."""
        estimator, facts = self.estimator(strategy), strategies.named(strategy)
        if "n_jobs" in estimator.get_params() and facts.estimator != "dask_ml":
            estimator.set_params(n_jobs=facts.n_jobs)
        return estimator

    def fit(self, arrays, strategy):
        """Fit a new estimator: outside of the timed call."""
        estimator = self.configured(strategy)
        with strategies.using(strategy, *arrays):
            return estimator.fit(*arrays)

    def time_fit(self, n_samples, strategy):
        with strategies.using(strategy, *self.arrays):
            self.unfitted.fit(*self.arrays)

    def track_score(self, n_samples, strategy):
        return self.score(self.fit(self.arrays, strategy), n_samples, strategy)

    def track_peak_memory(self, n_samples, strategy):
        return peak_memory(lambda: self.fit(self.arrays, strategy))
