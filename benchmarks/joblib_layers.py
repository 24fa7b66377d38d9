"""Layers of joblib: starting loky's workers, the way to them and back, and pickling.

What a task costs on threads, loky and Dask is in ``overheads.EmptyTasks``.
"""

import functools
import pickle

import cloudpickle
import joblib
import numpy as np
from joblib.externals import loky
from sklearn.ensemble import RandomForestClassifier

from . import datasets, tolerances
from .layer import GATE, Layer
from .strategies import using


class LokyStart(Layer):
    """Starting loky's workers, one a core; they import joblib and nothing of the data's libraries.

    Expected: some tenths of a second. Under the first call of "all-cores"; `overheads.ColdCall` has scikit-learn's
    import in it too.
    """

    calls = {"time_start": "loky start"}
    tolerances = {"time_start": tolerances.STARTS}

    def prepare(self):
        self.time_start()  # reads the files from disk
        self.teardown()

    def time_start(self):
        joblib.Parallel(n_jobs=-1)(joblib.delayed(int)() for _ in range(2 * joblib.cpu_count()))

    def teardown(self):
        loky.get_reusable_executor().shutdown(wait=True, kill_workers=True)


class Transfer(Layer):
    """An array sent to loky's workers as an argument of two tasks, and two made there and sent back.

    Expected: some milliseconds for 1 MB. From 1 MB on joblib writes an argument to shared memory, once for all tasks,
    so that 100 MB take some tens of milliseconds there; results are pickled, and take longer. Under "all-cores".
    """

    params = [1, 100]
    param_names = ["megabytes"]
    calls = {"time_send": "send", "time_receive": "receive"}
    tolerances = dict.fromkeys(calls, tolerances.USUAL)

    def prepare(self, megabytes):
        self.X = np.arange(megabytes * 1_000_000 // 8, dtype=float)
        self.time_send(megabytes)
        self.time_receive(megabytes)

    def time_send(self, megabytes):
        joblib.Parallel(n_jobs=2)(joblib.delayed(len)(self.X) for _ in range(2))

    def time_receive(self, megabytes):
        joblib.Parallel(n_jobs=2)(joblib.delayed(np.arange)(len(self.X), dtype=float) for _ in range(2))


class Pickling(Layer):
    """200 functions pickled by value, and 100 trees pickled and read again.

    Expected: 0.05 to 0.1 ms a function, 0.1 ms a tree. Under "all-cores" and all that runs on a cluster: tasks go
    there so, and a forest's trees come back.
    """

    params = ["serial"]
    param_names = ["strategy"]
    calls = {"time_functions": "pickle functions", "time_trees": "pickle trees"}
    only_in = GATE

    def prepare(self, strategy):
        self.function = functools.partial(lambda x, y: x + y, y=1)
        self.trees = RandomForestClassifier(100, random_state=0).fit(*datasets.classification(500)).estimators_
        self.time_functions(strategy)
        self.time_trees(strategy)

    def time_functions(self, strategy):
        with using(strategy):
            for _ in range(200):
                cloudpickle.dumps(self.function)

    def time_trees(self, strategy):
        with using(strategy):
            for tree in self.trees:
                pickle.loads(pickle.dumps(tree))
