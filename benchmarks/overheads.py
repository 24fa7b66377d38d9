"""What a strategy costs before it does any work."""

import joblib
from sklearn.base import clone
from sklearn.svm import SVC

from . import cluster, datasets, profiles, ray_local, tolerances
from .profiles import sizes
from .stated import Stated
from .strategies import DASK, named, require, using


class _Overhead(Stated):
    version = "1"
    rounds = profiles.ROUNDS["quick"]
    repeat = 3
    number = 1
    warmup_time = 0
    timeout = profiles.TIMEOUT["quick"]


class ClusterStart(_Overhead):
    """Starting a local cluster of one worker a core.

    Expected: around a second, most of it the workers' imports of distributed. Under every strategy on a cluster of
    processes, once a session.
    """

    calls = {"time_start": "cluster start"}
    tolerances = {"time_start": tolerances.STARTS}
    imports = DASK

    def setup(self):
        self.client = None

    def time_start(self):
        self.client = cluster.start()

    def teardown(self):
        if self.client is not None:
            cluster.close(self.client)


class RayStart(_Overhead):
    """Starting a local Ray, which starts its workers only when they are asked for.

    Expected: some seconds, for a store, a node manager and a global control service. Under "ray", once a session.
    """

    calls = {"time_start": "Ray start"}
    tolerances = {"time_start": tolerances.STARTS}
    only_in = ("full", "large")

    def setup(self):
        require("ray")
        import ray.util.joblib  # noqa: F401 - no part of the start, as distributed's import is none of a cluster's

    def time_start(self):
        ray_local.start()

    def teardown(self):
        ray_local.end()


class ColdCall(_Overhead):
    """The first parallel call of a process; the cluster runs already, but has imported nothing.

    Expected: about a second for the workers to import scikit-learn, once; on Ray they start first.
    """

    params = ["all-cores", "dask-joblib", "ray"]
    param_names = ["strategy"]
    kinds = {"time_first_call": "first call"}
    calls = {"time_first_call": "first call"}
    tolerances = {"time_first_call": tolerances.STARTS}
    shares_cluster = False
    rounds_in = {profile: 3 * rounds for profile, rounds in profiles.ROUNDS.items()}
    repeat = 1  # only the first call is cold, hence more processes
    rounds = rounds_in["quick"]

    def setup(self, strategy):
        require(strategy)
        with using(strategy):
            pass

    def time_first_call(self, strategy):
        with using(strategy):
            parallel = joblib.Parallel(n_jobs=named(strategy).n_jobs)
            parallel(joblib.delayed(clone)(SVC()) for _ in range(2 * joblib.cpu_count()))


class Scatter(_Overhead):
    """Sending ``X`` to every worker, as ``scatter=[X]`` does.

    Expected: some milliseconds, then in proportion to the size. Under "dask-joblib-scatter", in each call;
    "dask-joblib" sends to one worker, and the others fetch what they need.
    """

    params = [sizes(quick=[2_000, 200_000], full=[1_000_000], gate=[2_000])]
    param_names = ["n_samples"]
    calls = {"time_scatter": "scatter"}
    tolerances = {"time_scatter": tolerances.CLUSTER}
    imports = DASK
    shares_cluster = True
    n_features = 20

    def setup(self, n_samples):
        self.client = cluster.shared()
        self.X = datasets.classification(n_samples, self.n_features)[0]

    def time_scatter(self, n_samples):
        import distributed

        # hash=False: the same content would be recognised and not sent a second time
        distributed.wait(self.client.scatter([self.X], broadcast=True, hash=False))


class EmptyTasks(_Overhead):
    """1,000 tasks that do nothing, through each joblib backend.

    Expected: serial about a millisecond; loky and threads batch tiny tasks and stay below a tenth of
    a second; Dask near 0.1 to 1 ms a task, which is what a task must be worth to be sent there. Ray starts workers
    in each call. Under each of these strategies: what its searches, cross-validations and forests pay a task.
    """

    params = ["serial", "all-cores", "threads", "dask-joblib", "dask-joblib-threads", "ray"]
    param_names = ["strategy"]
    calls = {"time_1000_tasks": "empty tasks"}
    facts = {"tasks": 1_000}

    def setup(self, strategy):
        require(strategy)
        self.time_1000_tasks(strategy)  # warm

    def time_1000_tasks(self, strategy):
        with using(strategy):
            joblib.Parallel(n_jobs=named(strategy).n_jobs)(joblib.delayed(int)() for _ in range(1_000))
