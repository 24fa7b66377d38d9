"""Put the processes of an arm to sleep while another runs, and wake them: by a cgroup, or else by signals.

The cgroup is one of version 2, which Linux also mounts beside version 1, at ``/sys/fs/cgroup/unified``: its freezer
stops what is in it at once, whatever its sessions, groups and parents are, it counts their processor time, and what
sleeps can be killed (Linux, *Control Group v2*, ``cgroup.freeze``). Where none can be made, SIGSTOP and SIGCONT go to
each process of the tree.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from breakeven.errors import BreakevenError
from breakeven.harness.quiet import cpu_seconds

#: Seconds that processes have to fall asleep, and to be gone after SIGKILL.
LIMIT = 5.0

#: Seconds between SIGTERM and SIGKILL: loky's resource trackers ignore the first, and remove their files meanwhile.
GRACE = 2.0

_POLL = 1e-4
_ASLEEP = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP, psutil.STATUS_ZOMBIE)
_numbers = itertools.count()


class Sleeper(ABC):
    """The processes of an arm.

    Attributes
    ----------
    folder : str
        Of the cgroup that the measuring process has to join before it starts others; empty if there is none.
    """

    folder = ""

    @abstractmethod
    def adopt(self, pid: int) -> None:
        """Take the measuring process in, with what it starts from now on."""

    @abstractmethod
    def pids(self) -> list[int]:
        """List the processes that run or sleep."""

    @abstractmethod
    def freeze(self) -> None:
        """Put all to sleep, and return when all sleep.

        Raises
        ------
        BreakevenError
            One does not sleep within `LIMIT`.
        """

    @abstractmethod
    def thaw(self) -> None:
        """Wake all."""

    @abstractmethod
    def cpu_seconds(self) -> float:
        """Tell the processor time used, in seconds."""

    def memory(self) -> int:
        """Tell the memory in use, in bytes: what processes share is counted once where the system tells it."""
        return sum(_each(self.pids(), _memory))

    def open_files(self) -> int:
        """Count the open files."""
        return sum(_each(self.pids(), lambda process: int(process.num_fds())))

    def end(self, grace: float = GRACE) -> None:
        """End all, awake or asleep, and return when they are gone.

        Parameters
        ----------
        grace : float
            Seconds between SIGTERM and SIGKILL.

        Raises
        ------
        BreakevenError
            One is still there `LIMIT` after SIGKILL.
        """
        self._signal(signal.SIGTERM)
        self.thaw()
        deadline = time.monotonic() + grace
        while self.pids():
            if time.monotonic() > deadline:
                self._signal(signal.SIGKILL)
            if time.monotonic() > deadline + LIMIT:
                raise BreakevenError(f"Processes {self.pids()} cannot be ended")
            time.sleep(0.01)

    def _signal(self, number: int) -> None:
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)


class Cgroup(Sleeper):
    """What is in a cgroup of version 2.

    Parameters
    ----------
    folder : Path
        Of the cgroup.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self.folder = folder, str(folder)

    def adopt(self, pid: int) -> None:
        """Take a process in; one that has joined is there already, and one that has ended is nowhere."""
        with suppress(ProcessLookupError):
            (self._folder / "cgroup.procs").write_text(str(pid))

    def pids(self) -> list[int]:
        """List the processes that run or sleep."""
        try:
            return [int(line) for line in (self._folder / "cgroup.procs").read_text().split()]
        except OSError:  # ENODEV, too, while it is being removed
            return []

    def freeze(self) -> None:
        """Put all to sleep, and return when all sleep."""
        (self._folder / "cgroup.freeze").write_text("1")
        deadline = time.monotonic() + LIMIT
        while "frozen 1" not in (self._folder / "cgroup.events").read_text():
            if time.monotonic() > deadline:
                raise BreakevenError(f"Processes {self.pids()} could not be put to sleep within {LIMIT:g} s")
            time.sleep(_POLL)

    def thaw(self) -> None:
        """Wake all."""
        with suppress(FileNotFoundError):
            (self._folder / "cgroup.freeze").write_text("0")

    def cpu_seconds(self) -> float:
        """Tell the processor time used, in seconds: also by what has ended."""
        used = dict(line.split() for line in (self._folder / "cpu.stat").read_text().splitlines())
        return int(used["usage_usec"]) / 1e6

    def end(self, grace: float = GRACE) -> None:
        """End all, awake or asleep, and remove the cgroup."""
        super().end(grace)
        deadline = time.monotonic() + LIMIT
        while self._folder.exists():
            try:
                self._folder.rmdir()
            except OSError:  # what has ended may be counted for a moment
                if time.monotonic() > deadline:
                    raise BreakevenError(f"The cgroup {self.folder} cannot be removed") from None
                time.sleep(0.01)


class Signals(Sleeper):
    """A process with all its descendants, and those that were once seen among them."""

    def __init__(self) -> None:
        self._seen: set[psutil.Process] = set()

    def adopt(self, pid: int) -> None:
        """Take a process in; what it starts is found as long as its parents live, or it was seen before."""
        with suppress(psutil.NoSuchProcess):
            self._seen.add(psutil.Process(pid))

    def _look(self) -> set[psutil.Process]:
        """Find the processes; each is remembered, so that it is found again when its parents have ended."""
        found: set[psutil.Process] = set()
        for process in sorted(self._seen, key=lambda process: process.create_time()):
            if process not in found:  # as a descendant of one that is older
                with suppress(psutil.NoSuchProcess):
                    found |= {process, *process.children(recursive=True)}
        self._seen = {p for p in found if _status(p) not in (None, psutil.STATUS_ZOMBIE)}
        return self._seen

    def pids(self) -> list[int]:
        """List the processes that run or sleep."""
        return [process.pid for process in self._look()]

    def freeze(self) -> None:
        """Put all to sleep, and return when all sleep and none was started meanwhile."""
        deadline = time.monotonic() + LIMIT
        told: set[psutil.Process] = set()
        while True:
            found = set(self._look())
            if found <= told and all(_status(p) in (None, *_ASLEEP) for p in found):
                return
            for process in found - told:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            told |= found
            if time.monotonic() > deadline:
                raise BreakevenError(f"Processes {self.pids()} could not be put to sleep within {LIMIT:g} s")

    def thaw(self) -> None:
        """Wake all."""
        for process in self._look():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def cpu_seconds(self) -> float:
        """Tell the processor time used, in seconds, by what has not ended yet."""
        return sum(map(cpu_seconds, self.pids()))


class Together(Sleeper):
    """The processes of an arm, and others that sleep when they do, work for them, and outlive them asleep.

    Parameters
    ----------
    own, others : Sleeper
        Both kinds.
    """

    def __init__(self, own: Sleeper, others: Sleeper) -> None:
        self._own, self._others = own, others
        self.folder = own.folder

    def adopt(self, pid: int) -> None:
        """Take the measuring process in."""
        self._own.adopt(pid)

    def pids(self) -> list[int]:
        """List all processes that run or sleep."""
        return self._own.pids() + self._others.pids()

    def freeze(self) -> None:
        """Put all to sleep."""
        self._own.freeze()
        self._others.freeze()

    def thaw(self) -> None:
        """Wake all."""
        self._others.thaw()
        self._own.thaw()

    def cpu_seconds(self) -> float:
        """Tell the processor time used by all, in seconds."""
        return self._own.cpu_seconds() + self._others.cpu_seconds()

    def end(self, grace: float = GRACE) -> None:
        """End the arm's own, and leave the others asleep."""
        try:
            self._own.end(grace)
        finally:
            self._others.freeze()


def sleeper() -> Sleeper:
    """Give what will put a new arm to sleep: a cgroup where one can be made, else signals."""
    base = cgroups()
    if base is None:
        return Signals()
    folder = base / f"breakeven-{os.getpid()}-{next(_numbers)}"
    folder.mkdir()
    return Cgroup(folder)


@functools.cache
def cgroups() -> Path | None:
    """Find where cgroups can be made that put a process to sleep, by trying it; remove those of engines that are gone.

    Returns
    -------
    Path or None
        None where there is no cgroup of version 2, or no permission.
    """
    base = own_cgroup()
    if base is None:
        return None
    for stale in base.glob("breakeven-[0-9]*-[0-9]*"):
        if not psutil.pid_exists(int(stale.name.split("-")[1])):
            with suppress(OSError, BreakevenError):  # of another user, say
                Cgroup(stale).end()
    tried = Cgroup(base / f"breakeven-{os.getpid()}-{next(_numbers)}")
    try:
        Path(tried.folder).mkdir()
    except OSError:
        return None
    child = subprocess.Popen(["sleep", "60"])
    try:
        tried.adopt(child.pid)
        tried.freeze()
    except (OSError, BreakevenError):
        return None
    finally:
        child.kill()
        child.wait()
        tried.end()
    return base


def own_cgroup(proc: Path = Path("/proc")) -> Path | None:
    """Find the folder of this process's cgroup of version 2.

    Parameters
    ----------
    proc : Path
        Where Linux tells of processes.

    Returns
    -------
    Path or None
        None where no such hierarchy is mounted.
    """
    try:
        mounts = (proc / "self" / "mountinfo").read_text().splitlines()
        joined = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return None
    for mount in mounts:
        where, _, what = mount.partition(" - ")
        if what.split()[0] == "cgroup2":
            root, point = where.split()[3:5]
            own = next((line.removeprefix("0::") for line in joined if line.startswith("0::")), "/")
            folder = Path(point, os.path.relpath(own, root))
            return folder if folder.is_dir() else Path(point)
    return None


def of_cgroups(root: Path, name: str) -> list[str]:
    """Read a file of the cgroup of this process and of those around it.

    Parameters
    ----------
    root : Path
        Under which ``proc`` is.
    name : str
        Of the file.

    Returns
    -------
    list of str
        What is in it, the innermost first; none where no cgroup has one.
    """
    own = own_cgroup(root / "proc")
    places = (folder / name for folder in (own, *own.parents)) if own is not None else ()
    found = []
    for place in places:
        with suppress(OSError):
            found.append(place.read_text())
    return [text for text in found if text]


def _status(process: psutil.Process) -> str | None:
    """Tell the state of a process; None if it has ended."""
    try:
        return str(process.status()) if process.is_running() else None
    except psutil.NoSuchProcess:
        return None


def _memory(process: psutil.Process) -> int:
    found = process.memory_full_info()
    return int(getattr(found, "pss", found.rss))


def _each(pids: list[int], ask: Callable[[psutil.Process], int]) -> Iterator[int]:
    for pid in pids:
        with suppress(psutil.Error):
            yield ask(psutil.Process(pid))
