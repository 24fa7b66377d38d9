"""What a strategy costs before it does any work."""

import distributed
import joblib
from sklearn.base import clone
from sklearn.svm import SVC

from . import cluster, datasets, profiles, turns
from .profiles import sizes
from .strategies import using


class _Overhead:
    version = "1"
    rounds = profiles.ROUNDS
    repeat = 3
    number = 1
    warmup_time = 0
    timeout = profiles.TIMEOUT


class ClusterStart(_Overhead):
    """Starting a local cluster of one worker a core.

    Expected: around a second, most of it the workers' imports of distributed.
    """

    def setup(self):
        self.client = None

    def time_start(self):
        self.client = cluster.start()

    def teardown(self):
        if self.client is not None:
            cluster.close(self.client)


class ColdCall(_Overhead):
    """The first parallel call of a process; the cluster runs already, but has imported nothing.

    Expected: about a second for the workers to import scikit-learn, once.
    """

    params = ["all-cores", "dask-joblib"]
    param_names = ["strategy"]
    repeat = 1  # only the first call is cold, hence more processes
    rounds = 3 * profiles.ROUNDS

    def setup(self, strategy):
        with using(strategy):
            pass

    def time_first_call(self, strategy):
        with using(strategy) as n_jobs:
            joblib.Parallel(n_jobs=n_jobs)(joblib.delayed(clone)(SVC()) for _ in range(2 * joblib.cpu_count()))


class Scatter(_Overhead):
    """Sending ``X`` to every worker, as ``scatter=[X]`` does.

    Expected: some milliseconds, then in proportion to the size.
    """

    params = sizes(quick=[2_000, 200_000], full=[1_000_000])
    param_names = ["n_samples"]

    def setup(self, n_samples):
        self.client = cluster.shared()
        self.X = datasets.classification(n_samples, n_features=20)[0]
        turns.wait()

    def time_scatter(self, n_samples):
        # hash=False: the same content would be recognised and not sent a second time
        distributed.wait(self.client.scatter([self.X], broadcast=True, hash=False))


class EmptyTasks(_Overhead):
    """1,000 tasks that do nothing, through each joblib backend.

    Expected: serial about a millisecond; loky and threads batch tiny tasks and stay below a tenth of
    a second; Dask near 0.1 to 1 ms a task, which is what a task must be worth to be sent there.
    """

    params = ["serial", "all-cores", "threads", "dask-joblib"]
    param_names = ["strategy"]

    def setup(self, strategy):
        self.time_1000_tasks(strategy)  # warm
        turns.wait(one_core=strategy == "serial")

    def time_1000_tasks(self, strategy):
        with using(strategy) as n_jobs:
            joblib.Parallel(n_jobs=n_jobs)(joblib.delayed(int)() for _ in range(1_000))
