"""How a workload is spread over cores or machines: one small context manager a strategy.

Each takes the arrays of the call and gives the ``n_jobs`` to pass to the estimator. All of them
may use the same cores: serial one of them, the others every one, with one thread a process.
"""

import functools
import gc
import time
from contextlib import contextmanager
from difflib import get_close_matches

import joblib
from threadpoolctl import ThreadpoolController

from . import cluster


@functools.cache
def thread_pools():
    """Look up the thread pools of OpenMP and BLAS: once, for looking takes some ms, as long as a small fit."""
    return ThreadpoolController()


@contextmanager
def serial(*arrays):
    """One core: also OpenMP and BLAS, which scikit-learn uses behind ``n_jobs=1``, get one thread."""
    with thread_pools().limit(limits=1):
        yield 1


@contextmanager
def all_cores(*arrays):
    """``n_jobs=-1`` as a user writes it: joblib's default backend (loky), or OpenMP inside scikit-learn."""
    yield -1


@contextmanager
def threads(*arrays):
    """Joblib's threading backend, BLAS held to one thread so that threads are not nested."""
    with thread_pools().limit(limits=1), joblib.parallel_config(backend="threading", n_jobs=-1):
        yield None


@contextmanager
def dask_joblib(*arrays):
    """Joblib's Dask backend; it scatters large arguments by itself."""
    cluster.shared()
    with joblib.parallel_config(backend="dask", n_jobs=-1):
        yield None


@contextmanager
def dask_joblib_scatter(*arrays):
    """Joblib's Dask backend with the data sent to every worker first; the sending is part of the time."""
    cluster.shared()
    with joblib.parallel_config(backend="dask", n_jobs=-1, scatter=list(arrays)):
        yield None


@contextmanager
def dask_ml(*arrays):
    """dask_ml's own estimator on the cluster."""
    cluster.shared()
    yield None


@contextmanager
def mini_batch(*arrays):
    """scikit-learn's mini-batch estimator in place of the full one, on all cores."""
    yield -1


STRATEGIES = {
    "serial": serial,
    "all-cores": all_cores,
    "threads": threads,
    "dask-joblib": dask_joblib,
    "dask-joblib-scatter": dask_joblib_scatter,
    "dask-ml": dask_ml,
    "mini-batch": mini_batch,
}


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
    return set(cluster.shared().who_has()) if name in ("dask-joblib-scatter", "dask-ml") else set()


def settle(name, kept=frozenset()):
    """Wait until the cluster has forgotten what the call before left there.

    What is still there would be used again: dask names a task by its content, so dask_ml's grid search
    finds its earlier results and fits nothing; and joblib names scattered data by their content, which
    are lost if they are sent again while the first copy is being released ("lost dependencies").

    Parameters
    ----------
    name : str
        A key of ``STRATEGIES``.
    kept : set
        Keys of what stays, as :func:`held` gave them.
    """
    while held(name) - kept:
        # The futures may hang on a reference cycle (joblib's backend is in one); and a thread that has
        # not ended yet may hold it, so once is not enough.
        gc.collect()
        time.sleep(0.01)
    if name == "dask-joblib-scatter":
        time.sleep(0.2)  # the scheduler has forgotten them, its word to the workers is still on the way


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
        Gives the value for ``n_jobs``.

    Raises
    ------
    ValueError
        No such strategy.
    """
    if name not in STRATEGIES:
        near = get_close_matches(name, STRATEGIES, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"Unknown strategy '{name}'.{hint} There are: {', '.join(STRATEGIES)}")
    return STRATEGIES[name](*arrays)
