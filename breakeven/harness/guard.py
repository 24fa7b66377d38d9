"""A process that outlives the engine by seconds, and ends what the engine has started if that could not.

It holds a pipe to the engine, and learns there which arms there are, one JSON line each. The pipe closes when
the engine ends, by SIGKILL too; whatever arm is left is then woken and ended, and its folders are removed. It has a
session of its own, so that neither Ctrl-C, Ctrl-Z nor a terminal that goes away reaches it.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from breakeven.errors import BreakevenError
from breakeven.harness.freezer import GRACE, LIMIT, Cgroup, Signals

#: Seconds by which two looks at when a process began may differ, as the system rounds.
_ROUNDED = 2.0


class Guard:
    """The engine's end: tells of arms as they begin and end.

    Raises
    ------
    BreakevenError
        The guard itself was killed.
    """

    def __enter__(self) -> Guard:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        with suppress(BrokenPipeError, subprocess.TimeoutExpired):
            self._process.communicate(timeout=2 * (GRACE + LIMIT))

    def watch(self, arm: str, cgroup: str = "", pids: Iterable[int] = (), folders: Iterable[Path] = ()) -> None:
        """Tell what an arm is; more can be told later.

        Parameters
        ----------
        arm : str
            Its name.
        cgroup : str
            The folder of its cgroup, told before it is joined.
        pids : iterable of int
            Processes to end with all their descendants.
        folders : iterable of Path
            To remove. A process whose ``TMPDIR`` is one of them is of the arm, too.
        """
        told: list[tuple[int, float]] = []
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                told.append((pid, began(psutil.Process(pid))))
        self._tell({"arm": arm, "cgroups": [cgroup] * bool(cgroup), "pids": told, "folders": list(map(str, folders))})

    def forget(self, arm: str) -> None:
        """Tell that an arm has ended, and nothing is left of it."""
        self._tell({"forget": arm})

    def _tell(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            # one call, so that lines of several threads do not mix, and none is torn when the engine is killed
            os.write(self._process.stdin.fileno(), f"{json.dumps(message)}\n".encode())
        except BrokenPipeError:
            raise BreakevenError(
                "The guard, which ends what is left of a killed breakeven, was killed itself"
            ) from None


@functools.cache
def own() -> Guard:
    """Give the guard of this process, started on first use; it ends what is left when this process ends."""
    return Guard().__enter__()


def end(parts: Sequence[dict[str, Any]]) -> None:
    """End what is left of an arm.

    Parameters
    ----------
    parts : sequence of dict
        What `Guard.watch` has told of it.
    """
    cgroups, pids, folders = (
        [each for part in parts for each in part[what]] for what in ("cgroups", "pids", "folders")
    )
    tree = Signals()
    for pid, when in pids:
        with suppress(psutil.NoSuchProcess):
            if abs(began(psutil.Process(pid)) - when) < _ROUNDED:  # not another one with its number
                tree.adopt(pid)
    # What has lost its parents before anybody looked is known by its environment.
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if folders and process.environ().get("TMPDIR") in folders:
                tree.adopt(process.pid)
    for left in (tree, *(Cgroup(Path(folder)) for folder in cgroups)):
        with suppress(BreakevenError):  # the others are ended nevertheless
            left.end()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def began(process: psutil.Process) -> float:
    """Tell when a process began.

    Parameters
    ----------
    process : psutil.Process
        The process.

    Returns
    -------
    float
        Seconds from the machine's own start: setting the clock changes nothing of it.
    """
    return float(process.create_time() - psutil.boot_time())


def main() -> None:
    """Listen to the engine until it ends."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)
    arms: dict[str, list[dict[str, Any]]] = {}
    for line in sys.stdin:
        message = json.loads(line)
        if "forget" in message:
            arms.pop(message["forget"], None)
        else:
            arms.setdefault(message["arm"], []).append(message)
    if arms:
        with ThreadPoolExecutor(len(arms)) as pool:
            list(pool.map(end, arms.values()))


if __name__ == "__main__":
    main()
