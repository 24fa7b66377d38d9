"""Layers of Dask: naming, graphs, schedulers and the way between processes.

Scattering is in ``overheads.py``.
"""

import functools

import numpy as np
from sklearn.datasets import make_blobs

from . import cluster, strategies
from .layer import Layer


class Tokenizing(Layer):
    """Naming by content: an array of 20 MB, and 1,000 functions with arguments of their own.

    Expected: the array at the speed of a hash, 0.5 to 2 ms a MB; 0.01 to 0.1 ms a function. Under "dask-ml", whose
    graphs name every task so, and under "dask-joblib-scatter", which names the data that it sends.
    """

    calls = {"time_array": "tokenize array", "time_functions": "tokenize functions"}
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
