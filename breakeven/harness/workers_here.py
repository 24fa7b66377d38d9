"""Print the numbers of an existing cluster's workers that are processes of this machine; a release's Python runs it.

The cluster is the one that Dask's configuration names. A worker in a container of this machine has a number of its own
there, and is not found.
"""

from __future__ import annotations

import socket

import psutil

Who = tuple[str, int, float]


def who() -> Who:
    """Give this machine's name, and this process's number and start, in seconds since 1970."""
    process = psutil.Process()
    return socket.gethostname(), process.pid, process.create_time()


def is_here(told: Who) -> bool:
    """Say whether a process that has told who it is runs on this machine, and is seen by its number.

    Parameters
    ----------
    told : tuple
        As `who` gave it, there.
    """
    host, pid, started = told
    if host != socket.gethostname() or not psutil.pid_exists(pid):
        return False
    # the start counts from the boot, whose time the system's clock may correct meanwhile
    return bool(abs(psutil.Process(pid).create_time() - started) < 2)


if __name__ == "__main__":
    import dask
    from distributed import Client

    with Client(dask.config.get("scheduler-address")) as client:  # type: ignore[no-untyped-call]
        print(*(pid for host, pid, started in client.run(who).values() if is_here((host, pid, started))))
