"""Whether processes rest: for those that cannot be put to sleep, such as the workers of an existing cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection

import psutil

#: Seconds over which the use of processors is looked at, and the share of one processor that counts as rest of a
#: process: the event loop of an idle Dask worker uses 1 %, a thread that spins uses all of it.
LOOK = 0.005
REST = 0.05


def cpu_seconds(pid: int) -> float:
    """Tell the processor time that a process has used, threads that have ended included.

    On Linux it is read from the process's own clock (clock_getcpuclockid(3)), in nanoseconds: utime and stime of
    ``/proc`` count in hundredths of a second, and ``schedstat`` is missing from some kernels.

    Parameters
    ----------
    pid : int
        The process.

    Returns
    -------
    float
        Seconds, in user and system mode; 0 if the process has ended.
    """
    try:
        if sys.platform == "linux":
            return time.clock_gettime(~pid << 3 | 2)
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    except (OSError, psutil.Error):
        return 0.0


def wait_until_quiet(
    pids: Collection[int], limit: float, used: Callable[[int], float] = cpu_seconds
) -> tuple[float, bool]:
    """Wait until no thread of some processes computes.

    Parameters
    ----------
    pids : collection of int
        The processes.
    limit : float
        Seconds to wait at most.
    used : callable
        Gives the processor time that a process has used, in seconds.

    Returns
    -------
    waited : float
        Seconds until they were found at rest, or given up.
    quiet : bool
        Whether they rest.
    """
    start = before = time.perf_counter()
    spent = [used(pid) for pid in pids]
    while True:
        time.sleep(LOOK)
        now, spends = time.perf_counter(), [used(pid) for pid in pids]
        most = max((late - early for early, late in zip(spent, spends, strict=True)), default=0.0)
        if most <= REST * (now - before):
            return now - start, True
        if now - start >= limit:
            return now - start, False
        before, spent = now, spends
