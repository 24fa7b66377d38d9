"""The Dask cluster a benchmark runs on: a local one, one that is lent, or the one at DASK_SCHEDULER_ADDRESS.

``python -m benchmarks.cluster`` says whether an existing one runs the release of its environment; with ``--sync``
it is brought there first, by the pins on standard input. It prints how many workers there are.
"""

import atexit
import gc
import sys
import time
from contextlib import suppress
from pathlib import Path

import joblib

START_TIMEOUT = "60s"
CONNECT_TIMEOUT = "10s"  # an existing cluster runs already
RETURN_TIMEOUT = "30s"  # its workers may come back from a restart of the scheduler
STEADY = 1  # seconds without a change in the number of workers, after which it counts as known

# This process's client, once there is one, with the workers that it began with.
_OWN = {}

# How many workers the existing cluster has, as the tool found when it began; None if nobody has counted.
_EXPECTED = {"n_workers": None}

# Address of a cluster of this machine that benchmarks use one after the other; None if there is none.
_LENT = {"address": None}


def expect(n_workers):
    """Say how many workers the existing cluster must have: what is measured on fewer is no result.

    Parameters
    ----------
    n_workers : int
        As counted when measuring began.
    """
    _EXPECTED["n_workers"] = n_workers


def lend(address):
    """Let :func:`shared` use a cluster that another process has started, where it would start the usual one.

    Parameters
    ----------
    address : str
        Of its scheduler.
    """
    _LENT["address"] = address


def start(n_workers=None, memory_limit="auto", threads=False):
    """Start a cluster of single-threaded worker processes, or connect to the configured one.

    Parameters
    ----------
    n_workers : int, optional
        Of a local cluster; one a core by default.
    memory_limit : int or "auto"
        Bytes that each worker of a local cluster may use; by default its share of what there is.
    threads : bool
        Whether the workers are threads of this process in place of processes.

    Returns
    -------
    distributed.Client
        Closing it with :func:`close` closes the local cluster too.

    Raises
    ------
    RuntimeError
        The configured cluster does not answer, has no workers or runs another release.
    """
    import dask
    from distributed import Client, LocalCluster

    from . import versions

    address = dask.config.get("scheduler-address", None)  # Dask's own DASK_SCHEDULER_ADDRESS
    if address:
        client = connect(address, _EXPECTED["n_workers"])
        versions.require(client)
        return client
    n_workers = n_workers or joblib.cpu_count()
    kind = {"n_workers": n_workers, "threads_per_worker": 1}
    if threads:
        kind = {"n_workers": 1, "threads_per_worker": n_workers, "processes": False}
    local = LocalCluster(**kind, memory_limit=memory_limit, dashboard_address=None)
    client = Client(local, timeout=START_TIMEOUT)
    client.wait_for_workers(kind["n_workers"])
    return client


def serve(place):
    """Start the usual cluster for other processes, and close it when standard input ends.

    Parameters
    ----------
    place : str
        File that the address of its scheduler is written to, once it has all its workers.
    """
    client, place = start(), Path(place)
    part = place.with_suffix(".part")
    part.write_text(client.cluster.scheduler_address)
    part.rename(place)  # so that it is there whole, or not at all
    sys.stdin.read()
    close(client)


def connect(address, n_workers=None):
    """Connect to an existing cluster; TLS and the rest come from Dask's configuration.

    Parameters
    ----------
    address : str
        Of its scheduler.
    n_workers : int, optional
        How many workers it must have; at least one by default.

    Returns
    -------
    distributed.Client

    Raises
    ------
    RuntimeError
        It does not answer, or has no workers, or fewer or more than it must have.
    """
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_TIMEOUT)
    except (OSError, ValueError) as err:
        said = str(err).splitlines()[0] if str(err) else type(err).__name__
        raise RuntimeError(f"No Dask scheduler answers at {address}: {said}") from None
    with suppress(TimeoutError):
        client.wait_for_workers(n_workers or 1, timeout=RETURN_TIMEOUT if n_workers else CONNECT_TIMEOUT)
    found = len(client.nthreads())
    if found == 0 or n_workers not in (None, found):
        client.close()
        must = f", but had {n_workers} when measuring began" if n_workers else ""
        raise RuntimeError(f"The Dask scheduler at {address} has {found or 'no'} workers{must}")
    return client


def count(client):
    """Count the workers of an existing cluster, some of which may be connecting just now.

    Parameters
    ----------
    client : distributed.Client
        Connected to it.

    Returns
    -------
    int
        The number that did not change for ``STEADY`` seconds.
    """
    found, since = len(client.nthreads()), time.monotonic()
    while time.monotonic() < since + STEADY:
        time.sleep(0.1)
        if len(client.nthreads()) != found:
            found, since = len(client.nthreads()), time.monotonic()
    return found


def close(client):
    """Close a client and, if it is a local one, its cluster.

    Parameters
    ----------
    client : distributed.Client
        As :func:`start` gave it.
    """
    _OWN.pop(client, None)
    local = client.cluster
    client.close()
    if local is not None:
        local.close()


def shared(n_workers=None, memory_limit="auto", threads=False):
    """Give this process's cluster, started on first use and closed when the process ends, unless it is lent.

    asv runs each benchmark and parameter set in a process of its own, but calls ``setup`` and
    ``teardown`` around every sample: a cluster closed in ``teardown`` would be started again for each.
    ``teardown`` is not called at all when ``setup`` fails. The end of the process is never missed.

    Parameters
    ----------
    n_workers : int, optional
        How many workers there must be.
    memory_limit : int or "auto"
        Bytes that each of them may use.
    threads : bool
        Whether they must be threads of this process.

    Returns
    -------
    distributed.Client

    Raises
    ------
    NotImplementedError
        The cluster that there is has another number of workers, its own limits or no threads, so that asv skips the
        benchmark.
    """
    if not _OWN:
        usual = n_workers is None and memory_limit == "auto" and not threads
        lent = _LENT["address"] if usual else None
        client = connect(lent, joblib.cpu_count()) if lent else start(n_workers, memory_limit, threads)
        atexit.register(close, client)
        _OWN[client] = set(client.nthreads())
    ((client, workers),) = _OWN.items()
    if n_workers not in (None, len(workers)):
        raise NotImplementedError(f"the cluster has {len(workers)} workers, not {n_workers}")
    if memory_limit != "auto" and client.cluster is None:
        raise NotImplementedError("the memory of an existing cluster is what it is")
    if threads and getattr(client.cluster, "processes", True):
        raise NotImplementedError("the workers of this cluster are processes")
    return client


def current():
    """Give the client that this process has.

    Returns
    -------
    distributed.Client or None
        None if it has not used a cluster yet.
    """
    return next(iter(_OWN), None)


def held():
    """Give the keys of what this process's cluster holds, as a set."""
    return set(shared().who_has())


def settle(kept=frozenset()):
    """Wait until the cluster has forgotten what the call before left there.

    What is still there would be used again: dask names a task by its content, so dask_ml's grid search
    finds its earlier results and fits nothing; and joblib names scattered data by their content, which
    are lost if they are sent again while the first copy is being released ("lost dependencies").

    Parameters
    ----------
    kept : set
        Keys of what stays, as :func:`held` gave them.
    """
    while held() - kept:
        # The futures may hang on a reference cycle (joblib's backend is in one); and a thread that has
        # not ended yet may hold it, so once is not enough.
        gc.collect()
        time.sleep(0.01)


def require_unchanged():
    """Refuse what was measured while workers were lost or joined: it is no time of either cluster.

    Raises
    ------
    RuntimeError
        The workers of this process's cluster are not those that it began with.
    """
    for client, before in _OWN.items():
        now = set(client.nthreads())
        if now != before:
            raise RuntimeError(
                f"The cluster changed during the measurement: {len(before - now)} of {len(before)} workers were lost, "
                f"{len(now - before)} joined"
            )


def _main(*args):
    import dask

    from . import versions

    address = dask.config.get("scheduler-address", None)
    if not address:
        return
    client = connect(address)
    try:
        if "--sync" in args:
            versions.sync(client, sys.stdin.read().splitlines())
        versions.require(client)
        print(count(client))
    finally:
        client.close()


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except RuntimeError as err:
        sys.exit(str(err))
