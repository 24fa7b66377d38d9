"""The Dask cluster a benchmark runs on: a local one, or the one at DASK_SCHEDULER_ADDRESS."""

import atexit
import functools

import dask
import joblib
from distributed import Client, LocalCluster

START_TIMEOUT = "60s"


def start():
    """Start a cluster of one single-threaded worker process a core, or connect to the configured one.

    Returns
    -------
    distributed.Client
        Closing it with :func:`close` closes the local cluster too.
    """
    address = dask.config.get("scheduler-address", None)  # Dask's own DASK_SCHEDULER_ADDRESS
    if address:
        return Client(address, timeout=START_TIMEOUT)
    cores = joblib.cpu_count()
    local = LocalCluster(n_workers=cores, threads_per_worker=1, dashboard_address=None)
    client = Client(local, timeout=START_TIMEOUT)
    client.wait_for_workers(cores)
    return client


def close(client):
    """Close a client and, if it is a local one, its cluster.

    Parameters
    ----------
    client : distributed.Client
        As :func:`start` gave it.
    """
    local = client.cluster
    client.close()
    if local is not None:
        local.close()


@functools.cache
def shared():
    """Give this process's cluster, started on first use and closed when the process ends.

    asv runs each benchmark and parameter set in a process of its own, but calls ``setup`` and
    ``teardown`` around every sample: a cluster closed in ``teardown`` would be started again for each.
    ``teardown`` is not called at all when ``setup`` fails. The end of the process is never missed.

    Returns
    -------
    distributed.Client
    """
    client = start()
    atexit.register(close, client)
    return client
