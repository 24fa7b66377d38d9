"""Peak memory of a call over the whole process tree, and over the workers of an existing cluster."""

import threading
from contextlib import ExitStack, contextmanager, suppress

import psutil

from . import cluster

INTERVAL = 0.02  # seconds between readings


def tree_memory(process):
    """Read how much memory a process and all its descendants hold.

    Parameters
    ----------
    process : psutil.Process
        Root of the tree.

    Returns
    -------
    int
        Bytes. On Linux the proportional set size, so that pages shared between processes (libraries,
        arrays that loky maps) count once; elsewhere the resident set size, which counts them again.
    """
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            info = member.memory_full_info()
            total += getattr(info, "pss", info.rss)
        except psutil.Error:  # it ended between being listed and being read
            continue
    return total


def _read_bytes(process):
    """Read how many bytes a process and its descendants have read so far, from a cache of files too."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        with suppress(psutil.Error, AttributeError):  # it ended just now; macOS does not tell
            total += member.io_counters().read_chars
    return total


@contextmanager
def watched(interval=INTERVAL):
    """Watch the memory of this process, its descendants and the workers of its cluster.

    Parameters
    ----------
    interval : float
        Seconds between readings of this process and its descendants; workers tell theirs twice a second.

    Yields
    ------
    dict of str to int
        Filled at the end, in bytes: "peak", the highest reading; "workers", the same of Dask's workers alone, as they
        tell it; "spilled", most that they had on disk; "read", what was read from files, spilled data included.
    """
    process, done, client, seen = psutil.Process(), threading.Event(), cluster.current(), {}
    readings, read = [tree_memory(process)], _read_bytes(process)

    def watch():
        while not done.wait(interval):
            readings.append(tree_memory(process))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        with ExitStack() as sampling:
            sampled = _sampled(client, sampling) if client else {}
            yield seen
    finally:
        done.set()
        watcher.join()
    told = {name: max((held for _, held in samples), default=0) for name, samples in sampled.items()}
    seen |= {
        "peak": max(readings),
        "workers": told.get("process", 0),
        "spilled": told.get("spilled", 0),
        "read": _read_bytes(process) - read,
    }


def _sampled(client, sampling):
    """Let the scheduler sample what workers hold, until the exit stack is left: measure to (time, bytes)."""
    from distributed.diagnostics import MemorySampler

    sampler = MemorySampler()
    for measure in ("process", "spilled"):
        sampling.enter_context(sampler.sample(measure, client=client, measure=measure))
    return sampler.samples


def peak_memory(call):
    """Run a call and find its peak of memory.

    Parameters
    ----------
    call : callable
        Without arguments.

    Returns
    -------
    int
        The highest reading, in bytes. The peak of an existing cluster is added to that of this process and its
        descendants: the two need not fall together, so it is an upper bound.
    """
    with watched() as seen:
        call()
    client = cluster.current()
    return seen["peak"] + (seen["workers"] if client is not None and client.cluster is None else 0)
