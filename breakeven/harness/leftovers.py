"""What a benchmark's process has left behind: found by a variable of its environment, in whatever session it is."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from contextlib import suppress

import psutil

#: Each process that is watched, and all that it starts, carry it.
VARIABLE = "BREAKEVEN_STARTED_BY"

#: Seconds from SIGTERM to SIGKILL.
GRACE = 5.0


def mark() -> dict[str, str]:
    """Give a variable with a value of its own, for the environment of a process."""
    return {VARIABLE: uuid.uuid4().hex}


def marked(environment: dict[str, str]) -> list[psutil.Process]:
    """Find the processes that carry a mark.

    Parameters
    ----------
    environment : dict of str to str
        The mark, as `mark` gave it.
    """
    return [p for p in psutil.process_iter() if _carries(p, environment[VARIABLE])]


def end(left: Collection[psutil.Process]) -> None:
    """End processes, and return when they are gone.

    Parameters
    ----------
    left : collection of psutil.Process
        Such as `marked` finds.
    """
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()  # not kill: loky's resource trackers stay to remove their files
    deadline = time.monotonic() + GRACE
    while any(map(_runs, left)) and time.monotonic() < deadline:
        time.sleep(0.01)
    for process in filter(_runs, left):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _carries(process: psutil.Process, value: str) -> bool:
    with suppress(psutil.Error):
        return bool(process.environ().get(VARIABLE) == value)
    return False


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)  # init may take a second to reap an orphan
    except psutil.NoSuchProcess:
        return False
