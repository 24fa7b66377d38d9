"""How a workload is spread over cores or machines: one entry a strategy, with all that is to be known of it.

Each is a context manager that takes the arrays of the call. All may use the same cores: serial one of them, the others
every one, with one thread a process.
"""

import functools
import importlib.metadata
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from difflib import get_close_matches

import joblib
from threadpoolctl import ThreadpoolController, threadpool_limits

from . import cluster, profiles, ray_local, tolerances

DASK = ("dask.array", "distributed")
DASK_ML = (*DASK, "dask_ml.cluster", "dask_ml.model_selection")


@dataclass(frozen=True)
class Strategy:
    """What is to be known of a strategy.

    Attributes
    ----------
    words : str
        What the user writes, in Markdown.
    colour, sign : str
        In every figure: a colour that colour-blind eyes tell from the others, and the name of a marker.
    n_jobs : int or None
        For an estimator that takes it; None to leave it to joblib's backend.
    estimator : str
        Whose estimator fits: "scikit-learn", "dask_ml", "mini-batch", "sklearnex", "xgboost" or "lightgbm".
    blocks : bool
        Whether its estimators take Dask arrays, where a workload's data are in blocks.
    one_core : bool
        Whether the call keeps to one core.
    dask : bool
        Whether it needs a Dask cluster.
    sends : bool
        Whether the call sends its data to the cluster's workers.
    keeps : bool
        Whether it leaves data on the cluster.
    shares_cluster : bool
        Whether it may use the usual cluster after other benchmarks did.
    needs : tuple of str
        Packages beside a release's own, as the package index names them.
    only_in : tuple of str
        Profiles that have it.
    imports : tuple of str
        Modules that its process needs beside those that this package imports at its top level.
    """

    words: str
    colour: str
    sign: str
    n_jobs: int | None = None
    estimator: str = "scikit-learn"
    blocks: bool = False
    one_core: bool = False
    dask: bool = False
    sends: bool = False
    keeps: bool = False
    shares_cluster: bool = False
    needs: tuple = ()
    only_in: tuple = tuple(profiles.ROUNDS)
    imports: tuple = ()
    enter: object = None

    def facts(self):
        """Give all of it but the code, for the tool, and what a gate lets pass of a time under it."""
        known = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items() if k != "enter"}
        known |= tolerances.CLUSTER if self.dask else tolerances.USUAL
        return known | {"order": [*STRATEGIES.values()].index(self)}


#: By name, in the order in which they are shown.
STRATEGIES = {}


def strategy(name, **facts):
    """Enter a generator function as a strategy, with the fields of `Strategy` as keywords."""

    def enter(function):
        STRATEGIES[name] = Strategy(**facts, enter=contextmanager(function))
        return function

    return enter


@functools.cache
def thread_pools():
    """Look up the thread pools of OpenMP and BLAS: once, for looking takes some ms, as long as a small fit."""
    return ThreadpoolController()


@functools.cache
def dask_threads():
    """Give Dask a thread a core: each holds OpenMP to one thread by itself, for that limit is the thread's own.

    Dask starts more threads for a task that calls ``compute``; there are no more here, so that such a task would hang.
    """
    return ThreadPoolExecutor(joblib.cpu_count(), initializer=threadpool_limits, initargs=(1, "openmp"))


# Colours: Okabe and Ito, Color Universal Design, 2008; grey for their black, which a dark page would hide. Strategies
# that only the larger profiles have take theirs from Tol's "muted" and "light" schemes; signs tell those apart that
# come near.
LARGER = ("full", "large")


@strategy(
    "serial", words="`fit`, with OpenMP and BLAS held to one thread",
    colour="#7f7f7f", sign="circle", n_jobs=1, one_core=True,
)  # fmt: skip
def serial(*arrays):
    """One core: also OpenMP and BLAS, which scikit-learn uses behind ``n_jobs=1``, get one thread."""
    with thread_pools().limit(limits=1):
        yield


@strategy(
    "all-cores", words="`n_jobs=-1` (loky), or OpenMP inside scikit-learn", colour="#0072b2", sign="square", n_jobs=-1
)
def all_cores(*arrays):
    """``n_jobs=-1`` as a user writes it: joblib's default backend (loky), or OpenMP inside scikit-learn."""
    yield


@strategy("threads", words='`joblib.parallel_config("threading")`', colour="#56b4e9", sign="triangle")
def threads(*arrays):
    """Joblib's threading backend, BLAS held to one thread so that threads are not nested."""
    with thread_pools().limit(limits=1), joblib.parallel_config(backend="threading", n_jobs=-1):
        yield


@strategy(
    "dask-joblib", words='`joblib.parallel_config("dask")`',
    colour="#e69f00", sign="diamond", dask=True, sends=True, shares_cluster=True, imports=DASK,
)  # fmt: skip
def dask_joblib(*arrays):
    """Joblib's Dask backend; it scatters large arguments by itself."""
    cluster.shared()
    with joblib.parallel_config(backend="dask", n_jobs=-1):
        yield


@strategy(
    "dask-joblib-scatter", words='`joblib.parallel_config("dask", scatter=[X, y])`',
    colour="#d55e00", sign="inverted_triangle", dask=True, sends=True, keeps=True, only_in=LARGER, imports=DASK,
)  # fmt: skip
def dask_joblib_scatter(*arrays):
    """Joblib's Dask backend with the data sent to every worker first; the sending is part of the time."""
    cluster.shared()
    with joblib.parallel_config(backend="dask", n_jobs=-1, scatter=list(arrays)):
        yield


@strategy(
    "dask-joblib-threads", words='`LocalCluster(processes=False)`, then `joblib.parallel_config("dask")`',
    colour="#999933", sign="diamond_dot", dask=True, only_in=LARGER, imports=DASK,
)  # fmt: skip
def dask_joblib_threads(*arrays):
    """Joblib's Dask backend on a cluster of threads within this process, BLAS held to one thread."""
    cluster.shared(threads=True)
    with thread_pools().limit(limits=1), joblib.parallel_config(backend="dask", n_jobs=-1):
        yield


@strategy(
    "ray", words='`ray.util.joblib.register_ray()`, then `joblib.parallel_config("ray")`',
    colour="#882255", sign="plus", needs=("ray",), only_in=LARGER,
)  # fmt: skip
def ray(*arrays):
    """Joblib's Ray backend on a local Ray of one worker a core."""
    ray_local.shared()
    with joblib.parallel_config(backend="ray", n_jobs=-1):
        yield


@strategy(
    "dask-ml", words="`dask_ml.model_selection.GridSearchCV`, `dask_ml.cluster.KMeans` on a Dask array",
    colour="#009e73", sign="hex", estimator="dask_ml", blocks=True, dask=True, keeps=True, shares_cluster=True,
    imports=DASK_ML,
)  # fmt: skip
def dask_ml(*arrays):
    """dask_ml's own estimator on the cluster."""
    cluster.shared()
    yield


@strategy(
    "dask-ml-threads",
    words='`dask.config.set(scheduler="threads")`, OpenMP and BLAS held to one thread, then the same with no cluster',
    colour="#117733", sign="hex_dot", estimator="dask_ml", blocks=True, imports=DASK_ML,
)  # fmt: skip
def dask_ml_threads(*arrays):
    """dask_ml's own estimator on Dask's threaded scheduler, OpenMP and BLAS held so that threads are not nested."""
    import dask

    with thread_pools().limit(limits=1), dask.config.set(scheduler="threads", pool=dask_threads()):
        yield


@strategy(
    "dask-ml-cluster-threads", words="`LocalCluster(processes=False)`, then the same",
    colour="#bbcc33", sign="square_cross", estimator="dask_ml", blocks=True, dask=True, keeps=True, only_in=LARGER,
    imports=DASK_ML,
)  # fmt: skip
def dask_ml_cluster_threads(*arrays):
    """dask_ml's own estimator on a cluster of threads within this process, BLAS held to one thread.

    OpenMP is not: its limit would have to be set within the worker's threads. So it is for what computes by BLAS.
    """
    cluster.shared(threads=True)
    with thread_pools().limit(limits=1):
        yield


@strategy(
    "mini-batch", words="`MiniBatchKMeans`", colour="#cc79a7", sign="star",
    n_jobs=-1, estimator="mini-batch", only_in=("gate", *LARGER),
)  # fmt: skip
def mini_batch(*arrays):
    """scikit-learn's mini-batch estimator in place of the full one, on all cores."""
    yield


@functools.cache
def patch():
    """Put Intel's extension in place of scikit-learn's estimators, for the rest of the process."""
    import sklearnex

    sklearnex.patch_sklearn(verbose=False)


@strategy(
    "sklearnex", words="`sklearnex.patch_sklearn()`, then `fit`",
    colour="#ddcc77", sign="square_pin", estimator="sklearnex", needs=("scikit-learn-intelex",), only_in=LARGER,
)  # fmt: skip
def sklearnex(*arrays):
    """scikit-learn with Intel's extension in place of it, which uses all cores by itself."""
    patch()
    yield


@strategy(
    "xgboost", words="`xgboost.XGBClassifier`", colour="#88ccee", sign="triangle_dot",
    n_jobs=-1, estimator="xgboost", needs=("xgboost",), only_in=LARGER,
)  # fmt: skip
def xgboost(*arrays):
    """XGBoost in memory, on all cores."""
    yield


@strategy(
    "xgboost-dask", words="`xgboost.dask.DaskXGBClassifier`", colour="#cc6677", sign="triangle_pin", n_jobs=1,
    estimator="xgboost", blocks=True, dask=True, keeps=True, needs=("xgboost",), only_in=LARGER, imports=DASK,
)  # fmt: skip
def xgboost_dask(*arrays):
    """XGBoost on the cluster, on Dask arrays."""
    cluster.shared()
    yield


@strategy(
    "lightgbm", words="`lightgbm.LGBMClassifier`", colour="#aa4499", sign="circle_dot",
    n_jobs=-1, estimator="lightgbm", needs=("lightgbm",), only_in=LARGER,
)  # fmt: skip
def lightgbm(*arrays):
    """LightGBM in memory, on all cores."""
    yield


@strategy(
    "lightgbm-dask", words="`lightgbm.DaskLGBMClassifier`", colour="#44aa99", sign="circle_cross", n_jobs=1,
    estimator="lightgbm", blocks=True, dask=True, keeps=True, needs=("lightgbm",), only_in=LARGER, imports=DASK,
)  # fmt: skip
def lightgbm_dask(*arrays):
    """LightGBM on the cluster, on Dask arrays."""
    cluster.shared()
    yield


def named(name):
    """Look a strategy up.

    Parameters
    ----------
    name : str
        A key of ``STRATEGIES``.

    Returns
    -------
    Strategy

    Raises
    ------
    ValueError
        No such strategy; the nearest name is suggested.
    """
    if name not in STRATEGIES:
        near = get_close_matches(name, STRATEGIES, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"Unknown strategy '{name}'.{hint} There are: {', '.join(STRATEGIES)}")
    return STRATEGIES[name]


def missing(name):
    """List the packages that a strategy needs and this stack lacks.

    Parameters
    ----------
    name : str
        A key of ``STRATEGIES``.

    Returns
    -------
    list of str
    """
    lacking = []
    for package in named(name).needs:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            lacking.append(package)
    return lacking


def require(name):
    """Skip a strategy that this stack lacks a package for.

    Parameters
    ----------
    name : str
        A key of ``STRATEGIES``.

    Raises
    ------
    NotImplementedError
        It does; the message says how to lay the package over a release.
    """
    lacking = missing(name)
    if lacking:
        how = " ".join(f"--with {package}" for package in lacking)
        raise NotImplementedError(f"this stack has no {' and no '.join(lacking)}: measure it {how}")


def using(name, *arrays):
    """Enter a strategy by its name.

    Parameters
    ----------
    name : str
        A key of ``STRATEGIES``.
    *arrays : ndarray
        Data of the call, for the strategy that sends it ahead.

    Returns
    -------
    context manager
    """
    return named(name).enter(*arrays)


def held(name):
    """Give the keys of what the cluster holds.

    Parameters
    ----------
    name : str
        A key of ``STRATEGIES``.

    Returns
    -------
    set
        Empty for a strategy that leaves nothing there.
    """
    if not named(name).keeps:
        return set()
    with using(name):  # so that its own cluster is the one that is started
        return cluster.held()


def settle(name, kept=frozenset()):
    """Wait until the cluster has forgotten what the call before left there, as :func:`cluster.settle` does.

    Parameters
    ----------
    name : str
        A key of ``STRATEGIES``.
    kept : set
        Keys of what stays, as :func:`held` gave them.
    """
    if named(name).keeps:
        cluster.settle(kept)
    if named(name).keeps and named(name).sends:
        time.sleep(0.2)  # the scheduler has forgotten them, its word to the workers is still on the way
