"""More data than memory: what each way of fitting them costs, and from which size on it fails.

A small machine is made of limits: two workers of 1 GiB, or one process of 2 GiB. Each call begins at the files,
or at the recipe of the data, for what does not fit into memory has to be read while it is fitted. It is watched
from ``setup`` to ``teardown``; what was seen is told by the ``track_`` benchmarks of the same call.
"""

import functools
import importlib.util
import json
import pathlib
from contextlib import ExitStack, suppress

import numpy
import psutil
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import IncrementalPCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise_distances_argmin_min

from . import cluster, datasets, large_datasets, profiles
from .memory import watched
from .stated import Stated
from .strategies import DASK_ML

MEMORY = 2 * 2**30
N_WORKERS = 2
ROWS = datasets.MAX_BLOCK
BLOCKS = round(MEMORY / (ROWS * datasets.N_FEATURES * 8))  # that fill the memory
FOLDERS = {"parquet": pathlib.Path("data.parquet"), "zarr": pathlib.Path("data.zarr")}


def write(n_blocks, formats):
    """Write blobs into the working directory, which asv makes and removes.

    Parameters
    ----------
    n_blocks : int
        Of 200,000 rows.
    formats : sequence of str
        Keys of ``FOLDERS``; what the release has no package for is passed over.
    """
    import dask
    import dask.dataframe

    X = datasets.lazy_blobs(n_blocks * ROWS)
    with dask.config.set(scheduler="threads"):  # processes would send the blocks to each other
        if "parquet" in formats and importlib.util.find_spec("pyarrow"):
            columns = [f"x{i}" for i in range(datasets.N_FEATURES)]
            dask.dataframe.from_dask_array(X, columns=columns).to_parquet(FOLDERS["parquet"], write_index=False)
        if "zarr" in formats and importlib.util.find_spec("zarr"):
            X.to_zarr(str(FOLDERS["zarr"]))


def require(source):
    """Skip what the release could not write.

    Parameters
    ----------
    source : str
        A key of ``FOLDERS``.

    Raises
    ------
    NotImplementedError
        There are no such files.
    """
    if not FOLDERS[source].exists():
        raise NotImplementedError(f"this stack has no package for {source}: measure 'newest + zarr==3.1.5', say")


def lazy(source, n_blocks):
    """Give the first blocks as a Dask array.

    Parameters
    ----------
    source : str
        A key of ``FOLDERS``, or "made".
    n_blocks : int
        How many.

    Returns
    -------
    dask.array.Array
    """
    import dask.array
    import dask.dataframe

    if source == "made":
        return datasets.lazy_blobs(n_blocks * ROWS)
    if source == "zarr":
        return dask.array.from_zarr(str(FOLDERS["zarr"]))[: n_blocks * ROWS]
    files = [str(FOLDERS["parquet"] / f"part.{i}.parquet") for i in range(n_blocks)]
    return dask.dataframe.read_parquet(files).to_dask_array(lengths=[ROWS] * n_blocks)


def streamed(source, n_blocks):
    """Give the first blocks one after the other.

    Parameters
    ----------
    source : str
        A key of ``FOLDERS``, or "made".
    n_blocks : int
        How many.

    Yields
    ------
    ndarray of shape (ROWS, N_FEATURES)
    """
    if source == "parquet":
        import pandas

        for i in range(n_blocks):
            yield pandas.read_parquet(FOLDERS["parquet"] / f"part.{i}.parquet").to_numpy()
    elif source == "zarr":
        X = lazy(source, n_blocks)
        for i in range(n_blocks):
            yield X.blocks[i].compute(scheduler="synchronous")
    else:
        for block in datasets.blocks(n_blocks * ROWS):
            yield make_blobs(**block)[0]


@functools.cache
def start():
    """Give the arguments by which KMeans does the same work everywhere: three iterations from the same centres."""
    init = datasets.blobs(200)[: datasets.N_CENTERS]
    return {"n_clusters": datasets.N_CENTERS, "init": init, "n_init": 1, "max_iter": 3, "tol": 0}


def whole(source, n_blocks):
    """Read the first blocks into one array."""
    X = numpy.empty((n_blocks * ROWS, datasets.N_FEATURES))
    for i, block in enumerate(streamed(source, n_blocks)):
        X[i * ROWS : (i + 1) * ROWS] = block
    return X


def in_memory(source, n_blocks):
    """Read all into one array, then fit: scikit-learn as it is."""
    fitted = KMeans(algorithm="lloyd", copy_x=False, **start()).fit(whole(source, n_blocks))
    return fitted.cluster_centers_


def mini_batch(source, n_blocks):
    """Read once, block by block: another algorithm, which sees each row once."""
    fitted = MiniBatchKMeans(datasets.N_CENTERS, init=start()["init"], n_init=1)
    for block in streamed(source, n_blocks):
        fitted.partial_fit(block)
    return fitted.cluster_centers_


def dask_ml_read(source, n_blocks):
    """Read anew in each pass over the data."""
    import dask_ml.cluster

    return dask_ml.cluster.KMeans(**start()).fit(lazy(source, n_blocks)).cluster_centers_


def dask_ml_persisted(source, n_blocks):
    """Read once and keep: what does not fit is spilled to disk by the workers."""
    import dask_ml.cluster
    import distributed

    X = lazy(source, n_blocks).persist()
    distributed.wait(X)
    return dask_ml.cluster.KMeans(**start()).fit(X).cluster_centers_


#: Ways of fitting more data than memory, and which of all ways run on workers.
WAYS = {
    "in-memory": in_memory,
    "mini-batch": mini_batch,
    "dask-ml": dask_ml_read,
    "dask-ml-persisted": dask_ml_persisted,
}
ON_WORKERS = ("dask-ml", "dask-ml-persisted")


def limit_this_process(memory):
    """Let this process grow to as much memory as it may have, and not further: more is a MemoryError.

    Parameters
    ----------
    memory : float
        Bytes. What is imported counts; address space that libraries have only reserved does not.
    """
    if not hasattr(psutil, "RLIMIT_DATA"):
        raise NotImplementedError("only Linux can limit the memory of a process")
    process = psutil.Process()
    held = process.memory_info()
    limit = int(held.data + memory - held.rss)
    process.rlimit(psutil.RLIMIT_DATA, (limit, limit))


class _Watched(Stated):
    kinds = {
        "track_peak_memory": "peak memory",
        "track_worker_memory": "other memory",
        "track_spilled": "spilled",
        "track_read": "read",
        "track_score": "score",
    }
    calls = dict.fromkeys(kinds, "fit")
    imports = DASK_ML
    n_features = datasets.N_FEATURES
    score_tolerance = 1e-6
    only_in = ("full", "large")
    rounds_in = dict.fromkeys(profiles.ROUNDS, 1)  # minutes each: one call, whose spread is not known
    timeout_in = {"full": 1_200, "large": 3_600}
    version = "1"
    rounds = 1
    repeat = 1
    number = 1
    warmup_time = 0
    timeout = timeout_in["large"]
    memory = MEMORY
    score_name = "inertia"
    files = ()  # keys of FOLDERS, beside those among the parameters
    fitted = None
    watching = ExitStack()  # of nothing: asv calls teardown after a setup that skips, too

    def __init_subclass__(cls):
        super().__init_subclass__()
        for name, kind in cls.kinds.items():
            getattr(cls, name).unit = cls.score_name if kind == "score" else "bytes"

    def time_fit(self, *parameters):
        self.attempt(*parameters)

    def track_peak_memory(self, *parameters):
        return self.told("peak", *parameters)

    def track_worker_memory(self, *parameters):
        return self.told("workers", *parameters)

    def track_spilled(self, *parameters):
        return self.told("spilled", *parameters)

    def track_read(self, *parameters):
        return self.told("read", *parameters)

    def track_score(self, *parameters):
        return self.told("score", *parameters)

    def told(self, name, *parameters):
        """Give what was seen of the timed call, or of one made now if it was not timed in this run."""
        place = self.place(*parameters)
        if not place.exists():
            self.attempt(*parameters)
            self.tell(*parameters)
        seen = json.loads(place.read_text())
        if "failed" in seen:
            raise RuntimeError(f"the fit failed: {seen['failed']}")
        return seen[name]

    def setup(self, *parameters):
        start()  # its centres are no part of the time
        for source in {*self.files, *parameters} & FOLDERS.keys():
            require(source)
        for package in ("pyarrow.dataset", "zarr"):
            with suppress(ImportError):  # where a release has it, not on first use, which would be in the time
                importlib.import_module(package)
        if parameters[-1] in ON_WORKERS:
            client = cluster.shared(N_WORKERS, int(self.memory // N_WORKERS))
            client.run(importlib.import_module, "dask_ml.cluster")
        else:
            limit_this_process(self.memory)
        self.watching = ExitStack()
        self.seen = self.watching.enter_context(watched(interval=0.1))

    def teardown(self, *parameters):
        cluster.require_unchanged()
        self.tell(*parameters)

    def place(self, *parameters):
        # asv runs the benchmarks of a class that has a setup_cache in one folder, and removes it
        return pathlib.Path(f"{type(self).__name__} {' '.join(map(str, parameters))}.json")

    def attempt(self, *parameters):
        try:
            self.fitted = self.fit(*parameters)
        except Exception as err:
            self.place(*parameters).write_text(json.dumps({"failed": f"{type(err).__name__}: {err}"}))
            raise

    def tell(self, *parameters):
        self.watching.close()
        if self.fitted is not None:
            score = self.score(self.fitted, *parameters)
            self.place(*parameters).write_text(json.dumps({**self.seen, "score": score}))
            self.fitted = None

    def score(self, centers, *parameters):
        """Inertia of a million rows, the same ones for every size."""
        distances = pairwise_distances_argmin_min(datasets.blobs(1_000_000), centers)[1]
        return float((distances**2).sum())


class KMeansOnDisk(_Watched):
    """Parquet files of 0.5, 1, 2 and 4 times the memory.

    Expected: in memory up to half of it (the data, and scikit-learn beside them), fails from there on; mini batches
    read once at every size; dask_ml reads once a pass, hence a multiple of the data at every size; persisted it reads
    once as long as the workers can hold the data, then spills, and reads back from there.
    """

    params = [[0.5, 1.0, 2.0, 4.0], list(WAYS)]
    param_names = ["data_per_memory", "way"]
    files = ("parquet",)

    def setup_cache(self):
        write(round(self.params[0][-1] * BLOCKS), ["parquet"])

    setup_cache.timeout = 1_800

    def fit(self, data_per_memory, way):
        return WAYS[way]("parquet", round(data_per_memory * BLOCKS))


class PredictOnDisk(KMeansOnDisk):
    """A linear classifier of 12 classes predicts Parquet files of 0.5 to 4 times the memory; the mean of its answers.

    Expected: in memory up to half of it; block by block the same work with one block at once at every size;
    ``ParallelPostFit`` near the number of workers ahead of that, and within their memory, for no block is kept.
    """

    params = [[0.5, 1.0, 2.0, 3.0, 4.0], ["in-memory", "block-by-block", "dask-ml"]]
    calls = dict.fromkeys(_Watched.kinds, "predict")
    score_name = "mean of classes"

    def setup(self, data_per_memory, way):
        self.classifier = LogisticRegression().fit(*make_blobs(**datasets.blocks(40_000)[0]))
        super().setup(data_per_memory, way)

    def time_predict(self, data_per_memory, way):
        self.attempt(data_per_memory, way)

    time_fit = None

    def fit(self, data_per_memory, way):
        n_blocks = round(data_per_memory * BLOCKS)
        if way == "dask-ml":
            from dask_ml.wrappers import ParallelPostFit

            return float(ParallelPostFit(self.classifier).predict(lazy("parquet", n_blocks)).mean().compute())
        if way == "in-memory":
            return float(self.classifier.predict(whole("parquet", n_blocks)).mean())
        return float(numpy.mean([self.classifier.predict(X).mean() for X in streamed("parquet", n_blocks)]))

    def score(self, mean, data_per_memory, way):
        return mean


class KMeansFrom(_Watched):
    """Twice the memory, from Parquet and Zarr files, and made anew on the workers in each pass.

    Expected: Zarr faster than Parquet, for its chunks are arrays already; making blobs slower than reading either.
    """

    params = [["parquet", "zarr", "made"], ["mini-batch", "dask-ml"]]
    param_names = ["source", "way"]

    def setup_cache(self):
        write(2 * BLOCKS, ["parquet", "zarr"])

    setup_cache.timeout = 1_800

    def fit(self, source, way):
        return WAYS[way](source, 2 * BLOCKS)


class Guide(_Watched):
    """The large dataset of the "types of scaling" guide: 500 blocks of 200,000 rows, 16 GB, within 6 GB of memory.

    Expected: minutes, most of them to make the blocks again in each pass; within the memory, for no block is kept.
    """

    params = [["dask-ml", "mini-batch", "incremental-pca"]]
    param_names = ["way"]
    only_in = ("large",)
    memory = 6e9
    n_blocks = 500
    score_name = "inertia, or explained variance,"

    def setup_cache(self):
        """Have a folder of its own; the data are made where they are needed."""

    def fit(self, way):
        if way == "dask-ml":
            import dask_ml.cluster

            kmeans = dask_ml.cluster.KMeans(datasets.N_CENTERS, init_max_iter=3, oversampling_factor=10, random_state=0)
            return kmeans.fit(lazy("made", self.n_blocks)).cluster_centers_
        if way == "mini-batch":
            return mini_batch("made", self.n_blocks)
        fitted = IncrementalPCA(n_components=5)
        for block in streamed("made", self.n_blocks):
            fitted.partial_fit(block)
        return fitted

    def score(self, fitted, way):
        if way == "incremental-pca":
            return float(fitted.explained_variance_ratio_.sum())
        if way == "dask-ml":
            return large_datasets.inertia(lazy("made", self.n_blocks), fitted)
        distances = (pairwise_distances_argmin_min(X, fitted)[1] for X in streamed("made", self.n_blocks))
        return float(sum((d**2).sum() for d in distances))
