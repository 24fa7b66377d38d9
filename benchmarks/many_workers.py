"""How far more workers help: the same calls on 1, 2, 4 and 8 of them, with the work or the work a worker held fixed.

Workers are single-threaded processes. Where there are more of them than cores, only what waits can go on becoming
faster; ``Waiting`` is there to tell the cost of coordination from the lack of cores.
"""

import importlib
import time

import joblib
import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from . import cluster, datasets, profiles, strategies
from .stated import Stated

COUNTS = [1, 2, 4, 8]
PORTIONS = max(COUNTS)  # of work in all if it is held fixed, else one a worker


class _Workers(Stated):
    params = [["strong", "weak"], COUNTS]
    param_names = ["scaling", "n_workers"]
    kinds = {"track_tasks": "count"}
    calls = {"track_tasks": "call"}
    imports = strategies.DASK
    only_in = ("full", "large")
    rounds_in = dict.fromkeys(profiles.ROUNDS, 2)  # each starts up to sixteen workers
    version = "1"
    rounds = 2
    repeat = 3
    number = 1
    warmup_time = 0
    timeout = profiles.TIMEOUT["full"]
    ready = False

    def setup(self, scaling, n_workers):
        if not self.ready:
            client = cluster.shared(n_workers)
            client.run(importlib.import_module, "sklearn.ensemble")  # every worker warm, not only those that got a task
            self.prepare(PORTIONS if scaling == "strong" else n_workers)
            self.call()
            self.kept = cluster.held()
            self.ready = True
        cluster.settle(self.kept)

    def teardown(self, scaling, n_workers):
        cluster.require_unchanged()

    def time_call(self, scaling, n_workers):
        self.call()

    def track_tasks(self, scaling, n_workers):
        import distributed

        with distributed.get_task_stream(cluster.shared()) as stream:
            self.call()
        return len(stream.data)

    track_tasks.params = [["strong"], [2]]
    track_tasks.unit = "tasks"


class Search(_Workers):
    """Ten fits of an SVC a portion, by joblib's Dask backend.

    Expected: near the number of cores, for a fit takes 40 ms and a task costs 2; beyond the cores a little slower.
    For one worker joblib sends nothing and fits in the calling process.
    """

    def prepare(self, portions):
        self.X, self.y = datasets.classification(5_000)
        self.search = GridSearchCV(SVC(random_state=0), {"C": numpy.logspace(-1, 1, 2 * portions)}, cv=5, refit=False)

    def call(self):
        with joblib.parallel_config(backend="dask", n_jobs=-1):
            self.search.fit(self.X, self.y)


class Forest(_Workers):
    """Fifty trees a portion on 2,000 rows, by joblib's Dask backend.

    Expected: less than the search, for the trees are sent back: the more of them, the more is serial. For one worker
    joblib sends nothing.
    """

    def prepare(self, portions):
        self.X, self.y = datasets.classification(2_000, 20)
        self.forest = RandomForestClassifier(n_estimators=50 * portions, random_state=0)

    def call(self):
        with joblib.parallel_config(backend="dask", n_jobs=-1):
            self.forest.fit(self.X, self.y)


class KMeans(_Workers):
    """Five iterations of Lloyd's algorithm by dask_ml, on 100,000 rows a portion.

    Expected: the least, for each iteration waits for all blocks and schedules anew.
    """

    imports = strategies.DASK_ML

    def prepare(self, portions):
        import dask_ml.cluster
        import distributed

        self.X = datasets.lazy_blobs(100_000 * portions).persist()
        distributed.wait(self.X)
        init = datasets.blobs(200)[: datasets.N_CENTERS]
        self.kmeans = dask_ml.cluster.KMeans(datasets.N_CENTERS, init=init, n_init=1, max_iter=5, tol=0)

    def call(self):
        self.kmeans.fit(self.X)


class Waiting(_Workers):
    """Twenty tasks of 20 ms a portion that only wait: as many workers as there are, whatever the cores.

    Expected: speedup near the number of workers until the scheduler's milliseconds a task count.
    """

    params = [["strong", "weak"], [*COUNTS, 16]]

    def prepare(self, portions):
        self.seconds = [0.02] * 20 * portions

    def call(self):
        import distributed

        client = cluster.shared()
        distributed.wait(client.map(time.sleep, self.seconds, pure=False))


class Scheduler(Stated):
    """2,000 tasks that do nothing, on two workers: what the scheduler can handle in a second, and no more workers help.

    Expected: some tenths of a millisecond a task where scheduler, client and workers have a core each, more where they
    share two.
    """

    calls = {"time_2000_tasks": "empty tasks"}
    facts = {"tasks": 2_000}
    imports = strategies.DASK
    only_in = ("full", "large")
    version = "1"
    rounds = profiles.ROUNDS["quick"]
    repeat = 5
    number = 1
    warmup_time = 0
    timeout = profiles.TIMEOUT["full"]

    def setup(self):
        cluster.shared(2)
        self.time_2000_tasks()

    def teardown(self):
        cluster.require_unchanged()

    def time_2000_tasks(self):
        import distributed

        client = cluster.shared()
        distributed.wait(client.map(int, range(2_000), pure=False))
