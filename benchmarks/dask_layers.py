"""Layers of Dask: naming, graphs, schedulers, messages and the way between processes, and a solver of dask_glm.

Scattering is in ``overheads.py``.
"""

import functools

import numpy as np
from sklearn.datasets import make_blobs

from . import cluster, dask_arrays, datasets, strategies, tolerances
from .layer import GATE, Layer


class Tokenizing(Layer):
    """Naming by content: an array of 20 MB, and 1,000 functions with arguments of their own.

    Expected: the array at the speed of a hash, 0.5 to 2 ms a MB; 0.01 to 0.1 ms a function. Under "dask-ml", whose
    graphs name every task so, and under "dask-joblib-scatter", which names the data that it sends.
    """

    calls = {"time_array": "tokenize array", "time_functions": "tokenize functions"}
    tolerances = dict.fromkeys(calls, tolerances.USUAL)
    only_in = GATE
    imports = ("dask.array",)

    def prepare(self):
        self.X = np.random.default_rng(0).random((125_000, 20))
        self.time_array()
        self.time_functions()

    def time_array(self):
        from dask.base import tokenize

        tokenize(self.X)

    def time_functions(self):
        from dask.base import tokenize

        for seed in range(1_000):
            tokenize(functools.partial(make_blobs, random_state=seed))


class Graph(Layer):
    """The graph of a standardised array of 1,000 blocks: written down, and optimised.

    Expected: tens of milliseconds each, in proportion to the blocks. Under "dask-ml": each iteration of k-means and of
    a linear model writes such a graph, on one core, while the workers wait.
    """

    calls = {"time_build": "build", "time_optimise": "optimise"}
    tolerances = dict.fromkeys(calls, tolerances.USUAL)
    only_in = GATE
    imports = ("dask.array",)

    def setup(self):
        self.time_build()  # anew each time, for what was optimised may be kept with it
        super().setup()

    def prepare(self):
        self.time_optimise()
        self.time_build()

    def time_build(self):
        import dask.array as da

        X = da.ones((1_000_000, 20), chunks=(1_000, 20))
        self.written = ((X - X.mean(axis=0)) / X.std(axis=0)).sum()

    def time_optimise(self):
        import dask

        dask.optimize(self.written)


class ManyBlocks(Layer):
    """100 slices of an array of 1,000 blocks, and 1,000 arrays joined to one; nothing is computed.

    Expected: 0.1 to 0.3 ms a slice, 1 to 2 ms a hundred arrays joined. Under "dask-ml": searches slice folds,
    ``train_test_split`` slices and joins every block, and data that are made block by block are joined.
    """

    calls = {"time_slice": "slice", "time_join": "join"}
    tolerances = dict.fromkeys(calls, tolerances.USUAL)
    only_in = GATE
    imports = ("dask.array",)

    def prepare(self):
        import dask.array as da

        self.X = da.ones((100_000, 20), chunks=(100, 20))
        self.parts = [da.ones((100, 20), chunks=(100, 20)) for _ in range(1_000)]
        self.time_slice()
        self.time_join()

    def time_slice(self):
        for first in range(100):
            self.X[first * 1_000 + 50 : (first + 1) * 1_000]

    def time_join(self):
        import dask.array as da

        da.concatenate(self.parts)


class Tasks(Layer):
    """1,000 tasks that do nothing and one that waits for them, by each of Dask's schedulers; the graph is there.

    Expected: 0.02 to 0.1 ms a task in this thread, about twice that on threads, which hand each task over; 0.5 to 2 ms
    on a cluster. Under every strategy with Dask: what a task must be worth. ``overheads.EmptyTasks`` has joblib's part.
    """

    params = ["synchronous", "threads", "distributed"]
    param_names = ["scheduler"]
    calls = {"time_1000_tasks": "empty tasks"}
    imports = strategies.DASK
    facts = {"tasks": 1_000}

    def setup(self, scheduler):
        self.write()  # with names of their own, for the cluster would find those of the call before
        super().setup(scheduler)
        if scheduler == "distributed":
            cluster.settle()

    def teardown(self, scheduler):
        cluster.require_unchanged()

    def write(self):
        import dask

        self.written = dask.delayed(len)([dask.delayed(abs)(number) for number in range(1_000)])

    def prepare(self, scheduler):
        if scheduler == "distributed":
            cluster.shared()
        self.time_1000_tasks(scheduler)
        self.write()

    def time_1000_tasks(self, scheduler):
        self.written.compute(scheduler=scheduler)


class Transfer(Layer):
    """One array sent to a worker as an argument of a task, and one fetched from there.

    Expected: some milliseconds for 1 MB, mostly the task's; for 100 MB 0.2 to 1 s there, as it goes through the
    scheduler, and less back. Under "dask-joblib", whose arguments go this way, and "dask-ml", whose results do.
    """

    params = [1, 100]
    param_names = ["megabytes"]
    calls = {"time_send": "send", "time_receive": "receive"}
    tolerances = dict.fromkeys(calls, tolerances.CLUSTER)
    imports = strategies.DASK
    shares_cluster = True

    def prepare(self, megabytes):
        import distributed

        self.client = cluster.shared()
        n_values = megabytes * 1_000_000 // 8
        self.X = np.arange(n_values, dtype=float)
        self.there = self.client.submit(np.arange, n_values, dtype=float)
        distributed.wait(self.there)
        self.time_send(megabytes)
        self.time_receive(megabytes)

    def teardown(self, megabytes):
        cluster.require_unchanged()

    def time_send(self, megabytes):
        self.client.submit(len, self.X, pure=False).result()

    def time_receive(self, megabytes):
        self.there.result()


class Messages(Layer):
    """5,000 messages that a task has ended, to bytes and back, and 5,000 functions pickled; nothing is sent.

    Expected: 2 to 10 microseconds each. Under all that runs on a cluster: a task takes a few messages, and brings its
    function with it.
    """

    calls = {"time_dumps": "dump messages", "time_loads": "load messages", "time_pickle": "pickle functions"}
    tolerances = dict.fromkeys(calls, tolerances.USUAL)
    imports = strategies.DASK
    only_in = GATE

    def prepare(self):
        from distributed.protocol import dumps

        ended = {"op": "task-finished", "status": "OK", "nbytes": 28, "typename": "int", "type": b"int", "thread": 1}
        steps = [{"action": "compute", "start": 0.5, "stop": 1.5}]
        self.messages = [{**ended, "key": f"int-{number}", "startstops": steps} for number in range(5_000)]
        self.frames = [dumps(message) for message in self.messages]
        self.functions = [functools.partial(make_blobs, random_state=seed) for seed in range(5_000)]
        self.time_loads()
        self.time_pickle()

    def time_dumps(self):
        from distributed.protocol import dumps

        for message in self.messages:
            dumps(message)

    def time_loads(self):
        from distributed.protocol import loads

        for frames in self.frames:
            loads(frames)

    def time_pickle(self):
        from distributed.protocol import pickle

        for function in self.functions:
            pickle.dumps(function)


class LogisticFit(Layer):
    """Ten iterations of dask_ml's ``LogisticRegression`` on 8,000 x 20 in four blocks, on Dask's threads, by L-BFGS.

    Expected: some milliseconds an iteration, for each loss and gradient is a graph of a few small tasks. Under all of
    dask_ml's linear models, whatever runs the tasks.
    """

    params = ["dask-ml-threads"]
    param_names = ["strategy"]
    calls = {"time_fit": "fit"}
    imports = (*strategies.DASK_ML, "dask_ml.linear_model")
    only_in = GATE
    n_features = 20

    def prepare(self, strategy):
        with strategies.using(strategy):
            self.arrays = dask_arrays.put(datasets.classification(8_000, self.n_features))
        self.time_fit(strategy)

    def time_fit(self, strategy):
        from dask_ml.linear_model import LogisticRegression

        with strategies.using(strategy):
            LogisticRegression(solver="lbfgs", max_iter=10).fit(*self.arrays)
