"""A process of a round: it asks for its turns, makes a call when it has one, and sleeps meanwhile."""

from __future__ import annotations

import math
import os
import shutil
import signal
import socket
import struct
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.harness import freezer, own_folders, quiet
from breakeven.harness.balance import Start
from breakeven.harness.guard import Guard
from breakeven.harness.lent_cluster import STARTING, LentCluster
from breakeven.harness.machine import Steal
from breakeven.harness.measuring_process import END, SAMPLE, SETTLE
from breakeven.harness.reading import Course, Reading
from breakeven.harness.room import Need

#: Most calls in a slice.
CALLS = 20

#: Seconds that a turn waits at most until the other arms are quiet, where they cannot be put to sleep.
QUIET = 1.0

_POLL = 0.1  # seconds between looks at whether a process has ended without a word


#: Gives the cluster that an arm uses, by its number; None for one that starts what it needs.
Lend = Callable[[int], LentCluster | None]


@dataclass(frozen=True)
class Plan:
    """How a round is laid out.

    Attributes
    ----------
    seconds : float
        Of samples for each arm, after which the turns end.
    fewest : int
        Turns at least.
    limit : float
        Seconds that a call, or what comes before the first one, may take; the process is awake meanwhile.
    start : Start
        How the turns begin.
    one_core : sequence of bool
        Which arms keep to one core.
    at_once : int
        How many arms start and make their data at the same time, which is over sooner. What asks for no turn runs from
        its beginning to its end then, and is alone only with 1.
    crowds : set of int
        Arms that start alone all the same: threads of two that take all cores wait for each other by spinning.
    freezes : bool
        Whether the arms whose turn it is not are put to sleep. Otherwise each turn waits until they are quiet.
    shared : collection of int
        Processes that arms share, the workers of an existing cluster that run here: they are waited for, too.
    lend : callable
        Gives the cluster that an arm uses, which sleeps when the arm does.
    """

    seconds: float
    fewest: int
    limit: float
    start: Start
    one_core: Sequence[bool]
    at_once: int = 1
    crowds: Collection[int] = ()
    freezes: bool = True
    shared: Collection[int] = ()
    lend: Lend = lambda number: None


@dataclass(frozen=True)
class Seat:
    """What a process is told of its place in a round.

    Attributes
    ----------
    address : str
        Of the socket at which it asks for its turns.
    group : str
        Folder of the cgroup that it joins; empty if there is none.
    environment : dict of str to str
        Variables of its own.
    cluster : str
        Address of a cluster that is lent to it; empty if there is none.
    """

    address: str
    group: str
    environment: dict[str, str]
    cluster: str = ""


#: Runs a benchmark in a fresh process, which takes a seat.
Read = Callable[[Seat], Reading]


class Player:
    """One process: it asks for a turn, and while it is served it makes a call."""

    def __init__(self, number: int, plan: Plan, folder: Path, guard: Guard, closing: ExitStack, began: float) -> None:
        self.number = number
        self.playing = False
        #: Of the process, once it has asked for a turn.
        self.pid = 0
        #: Seconds of the untimed call before the first turn, then of the last sample, with what is set up for it.
        self.call = 0.0
        #: Of the samples so far, each of all its calls.
        self.seconds: list[float] = []
        #: Whether it is put to sleep; otherwise it is waited for until it is quiet.
        self.freezes = plan.freezes
        self._limit, self._one_core, self._shared = plan.limit, plan.one_core[number], plan.shared
        self._closing, self._began = closing, began
        self._environment = own_folders.environment(folder)
        self._lent = plan.lend(number)
        self._sleeper = freezer.sleeper()
        if self._lent is not None:
            self._sleeper = freezer.Together(self._sleeper, self._lent.sleeper)
        self._guard, self._name = guard, folder.name
        guard.watch(folder.name, self._sleeper.folder, folders=own_folders.folders(folder).values())
        closing.callback(self._end, folder)
        self._listener = closing.enter_context(socket.socket(socket.AF_UNIX))
        self._address = str(folder / "turns")
        self._listener.bind(self._address)
        self._listener.listen()
        self._link: socket.socket | None = None
        self._core = -1
        self._asleep = self._late = False
        self._course: list[tuple[int, float, int, int]] = []
        self._cpu = 0.0
        self._steal = Steal()
        self.need = Need()

    @property
    def n_samples(self) -> int:
        """How many it was asked for."""
        return len(self._course)

    def calls(self, length: float) -> int:
        """Say how many calls make a slice."""
        return min(max(1, round(length / self.call)), CALLS) if self.call else 1

    def begin(self, pool: ThreadPoolExecutor, read: Read) -> None:
        """Start the process, with the cluster that is lent to it awake."""
        self._sleeper.thaw()
        self._read: Future[Reading] = pool.submit(self._seated, read)

    def _seated(self, read: Read) -> Reading:
        try:
            cluster = self._lent.address(max(STARTING, self._limit)) if self._lent else ""
        except BreakevenError as err:
            return Reading((), str(err))
        return read(Seat(self._address, self._sleeper.folder, self._environment, cluster))

    def meet(self) -> None:
        """Wait until the process has made its data and one untimed call, or has ended without asking for a turn."""
        self._listener.settimeout(_POLL)
        while self._link is None and not self._read.done():
            with suppress(TimeoutError):
                self._link = self._closing.enter_context(self._listener.accept()[0])
        if self._link is not None:
            self.pid = int.from_bytes(self._link.recv(4))
            self._sleeper.adopt(self.pid)
            self._guard.watch(self._name, pids=[self.pid])
            self._listen()
            self.settle(self._core)
            self.need = Need(self._sleeper.memory(), self._sleeper.open_files())
            self.sleep()
        self._leave()

    def sleep(self) -> None:
        """Stop all of its processes."""
        if self.playing and not self._asleep:
            if self.freezes:
                self._sleeper.freeze()
            else:
                quiet.wait_until_quiet({*self._sleeper.pids(), *self._shared}, QUIET)
            self._asleep = True

    def wake(self) -> None:
        """Let all of its processes go on."""
        if self._asleep:
            if self.freezes:
                self._sleeper.thaw()
            self._asleep = False

    def settle(self, core: int) -> None:
        """Let it make an untimed call."""
        if self.playing:
            self._core, asked = core, time.monotonic()
            self._say(SETTLE)
            self.call = self.call or time.monotonic() - asked

    def play(self, turn: int, before: int, core: int, calls: int) -> None:
        """Let it make a slice of calls, after an untimed one if it was asleep or on another core."""
        if self._asleep or (self._one_core and core != self._core):
            self.wake()
            self.settle(core)
        self.slice(turn, before, core, calls)

    def slice(self, turn: int, before: int, core: int, calls: int) -> None:
        """Let it make a slice of calls as it is, and wait until it asks for the next."""
        self._core = core
        used = self._sleeper.cpu_seconds()
        with self._steal:
            for _ in range(calls):
                if not self.playing:
                    break
                asked = time.monotonic()
                self._course.append((turn, asked - self._began, before, core if self._one_core else -1))
                before = self.number
                self._say(SAMPLE)
                self.call = time.monotonic() - asked
        self._cpu += self._sleeper.cpu_seconds() - used
        self._leave()

    def _leave(self) -> None:
        """Let the cluster of one that has ended sleep, while others take turns."""
        if self._lent is not None and not self.playing:
            self._lent.sleeper.freeze()

    def dismiss(self) -> None:
        """Tell it that it has taken its last sample: it ends, awake, while nothing is timed any more."""
        if self.playing:
            self.wake()
            self._send(END)
            self.playing = False

    def _say(self, word: int) -> None:
        self._send(word)
        self._listen()

    def _send(self, word: int) -> None:
        assert self._link is not None
        with suppress(OSError):  # it has ended, which is heard
            self._link.sendall(bytes([word, self._core % 256]))

    def _listen(self) -> None:
        """Wait for its next word; while this process is stopped itself, no time passes."""
        assert self._link is not None
        self._link.settimeout(_POLL)
        waited = 0.0
        self.playing = False
        while not self._read.done():
            asked = time.monotonic()
            try:
                said = self._link.recv(8)
                self.playing = len(said) == 8
                sample = struct.unpack("<d", said)[0] if self.playing else math.nan
                if not math.isnan(sample):
                    self.seconds.append(sample)
                return
            except TimeoutError:
                waited += min(time.monotonic() - asked, 2 * _POLL)
                if waited > self._limit:
                    self._late = True
                    with suppress(ProcessLookupError):
                        os.kill(self.pid, signal.SIGKILL)
            except OSError:
                return

    def reading(self) -> Reading:
        """Give what it measured, once it has ended."""
        if self._link is not None:
            self._listen()
        found = self._read.result()
        if self._lent is not None and (found.failed or self._late):
            self._lent.spoil()
        if self._late:
            return replace(found, samples=(), error=f"timed out: a call took longer than {self._limit:g} s")
        n = len(found.samples)
        if not n or not self._course:
            return found
        turns, times, before, cores = zip(*self._course[-n:], strict=True)
        times = tuple(round(t, 4) for t in times)
        return replace(
            found,
            course=Course(turns, times, before, cores, round(self._cpu, 4), self._steal.share, self.need),
        )

    def _end(self, folder: Path) -> None:
        self._sleeper.end()
        for place in own_folders.folders(folder).values():
            shutil.rmtree(place, ignore_errors=True)
        self._guard.forget(self._name)
