"""Peak memory of a call over the whole process tree, workers included."""

import threading

import psutil

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


def peak_memory(call):
    """Run a call and watch the memory of this process and its descendants.

    Parameters
    ----------
    call : callable
        Without arguments.

    Returns
    -------
    int
        The highest reading, in bytes.
    """
    process, done = psutil.Process(), threading.Event()
    readings = [tree_memory(process)]

    def watch():
        while not done.wait(INTERVAL):
            readings.append(tree_memory(process))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        call()
    finally:
        done.set()
        watcher.join()
    return max(readings)
