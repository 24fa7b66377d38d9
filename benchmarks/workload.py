"""What every workload shares: data made and workers warm before the clock starts, then ``fit`` is timed."""

from abc import ABC, abstractmethod

from . import cluster, profiles, strategies, turns
from .memory import peak_memory


class Workload(ABC):
    """An estimator, its data and the strategies it is measured under.

    A subclass names its sizes and strategies in ``params`` and fills in ``data``, ``estimator`` and
    ``score``. asv runs each benchmark and parameter set in fresh processes and calls ``setup`` before
    every sample, hence ``prepare``.
    """

    param_names = ["n_samples", "strategy"]
    version = "1"
    rounds = profiles.ROUNDS  # fresh processes
    repeat = 3  # calls in each
    number = 1
    warmup_time = 0  # setup warms up; asv's own way would time the cold call
    timeout = profiles.TIMEOUT
    warm_samples = 200
    n_features = 4
    score_name = "accuracy"
    score_tolerance = 1e-9  # relative difference between two releases that is no change: sums in another order
    ready = False

    @abstractmethod
    def data(self, n_samples, strategy):
        """Give the arguments of ``fit``, in memory or persisted on the workers."""

    @abstractmethod
    def estimator(self, strategy):
        """Give a new estimator."""

    @abstractmethod
    def score(self, fitted, n_samples, strategy):
        """Give the number by which answers are compared."""

    def __init_subclass__(cls):
        if "params" not in vars(cls):
            return

        def track_score(self, n_samples, strategy):
            return self.score(self.fit(self.arrays, strategy), n_samples, strategy)

        def track_peak_memory(self, n_samples, strategy):
            return peak_memory(lambda: self.fit(self.arrays, strategy))

        track_peak_memory.unit = "bytes"
        # The unit is the one word about a tracked number that asv passes on: the gate reads the tolerance there,
        # advice the columns.
        track_score.unit = f"{cls.score_name} on {cls.n_features} features ± {cls.score_tolerance:g}"
        # asv reads parameters from a method before it reads them from the class.
        track_score.params = track_peak_memory.params = profiles.tracked(cls.params)
        cls.track_score, cls.track_peak_memory = track_score, track_peak_memory

    def setup(self, n_samples, strategy):
        if not self.ready:
            self.prepare(n_samples, strategy)
            self.ready = True
        strategies.settle(strategy, self.kept)
        turns.wait(one_core=strategy == "serial")

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

    def fit(self, arrays, strategy):
        estimator = self.estimator(strategy)
        with strategies.using(strategy, *arrays) as n_jobs:
            if "n_jobs" in estimator.get_params() and strategy != "dask-ml":
                estimator.set_params(n_jobs=n_jobs)
            return estimator.fit(*arrays)

    def time_fit(self, n_samples, strategy):
        self.fit(self.arrays, strategy)
