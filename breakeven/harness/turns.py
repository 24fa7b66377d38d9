"""Processes that take turns, call by call: a slow spell of the machine then meets all arms of a round alike."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from breakeven.harness.reading import Reading

_POLL = 0.1  # seconds between looks at whether a process has ended without a word


def alternate(reads: Sequence[Callable[[str], Reading]], limit: float, together: bool = False) -> list[Reading]:
    """Run benchmarks at the same time, of which only one makes a call at any moment.

    They alternate as A B, B A, A B and so on: two calls that stand side by side share what the machine does
    to them, as in the randomized interleaved trials of Abedi and Brecht (ICPE 2017, doi 10.1145/3030207.3030229), who
    interleave whole runs, and the duets of Bulej et al. (ICPE 2020, doi 10.1145/3358960.3379132), who run both at once.

    Parameters
    ----------
    reads : sequence of callable
        Each runs one benchmark in a fresh process, which asks for its turns at the address that it is given: the path
        of a socket.
    limit : float
        Seconds that a call may take, with what its ``setup`` does before the next one; a process that takes longer
        is killed.
    together : bool
        Whether all make their data at the same time, which is over sooner. Otherwise one after the other, so
        that what asks for no turn runs alone, from its beginning to its end.

    Returns
    -------
    list of Reading
        With the number of the turn in which each sample was taken.
    """
    pool = ThreadPoolExecutor(len(reads))
    players: list[_Player] = []
    with ExitStack() as closing:
        # Not waited for: where this is interrupted, whoever opened the arms closes them, which ends the reads.
        closing.callback(pool.shutdown, wait=False)
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="breakeven-turns-"))
        for number, read in enumerate(reads):
            place = str(Path(folder, str(number)))
            listener = closing.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(place)
            listener.listen()
            players.append(_Player(pool.submit(read, place), listener, limit))
            if not together:
                players[-1].meet(closing)
        if together:
            for player in players:
                player.meet(closing)
        for turn in itertools.count(1):
            playing = [p for p in players if p.playing]
            if not playing:
                break
            for player in playing if turn % 2 else reversed(playing):
                player.play(turn)
    return [p.reading() for p in players]


class _Player:
    """One process: it asks for a turn, and while it is served it makes a call."""

    def __init__(self, read: Future[Reading], listener: socket.socket, limit: float) -> None:
        self._read, self._listener, self._limit = read, listener, limit
        self._link: socket.socket | None = None
        self._pid = 0
        self._turns: list[int] = []
        self._late = False
        self.playing = False

    def meet(self, closing: ExitStack) -> None:
        """Wait until the process has made its data, or has ended without asking for a turn."""
        self._listener.settimeout(_POLL)
        while self._link is None and not self._read.done():
            with suppress(TimeoutError):
                self._link = closing.enter_context(self._listener.accept()[0])
        if self._link is not None:
            self._pid = int.from_bytes(self._link.recv(4))
            self._listen()

    def play(self, turn: int) -> None:
        """Let it make one call, and wait until it asks for the next."""
        assert self._link is not None
        self._turns.append(turn)
        try:
            # the core, for benchmarks that keep to one: each sees both orders
            self._link.sendall(bytes([turn // 2 % 256]))
        except OSError:
            self.playing = False
        else:
            self._listen()

    def _listen(self) -> None:
        assert self._link is not None
        self._link.settimeout(_POLL)
        end = time.monotonic() + self._limit
        self.playing = False
        while not self._read.done():
            try:
                self.playing = bool(self._link.recv(1))
                return
            except TimeoutError:
                if time.monotonic() > end:
                    self._late = True
                    with suppress(ProcessLookupError):
                        os.kill(self._pid, signal.SIGKILL)
            except OSError:
                return

    def reading(self) -> Reading:
        """Give what it measured."""
        found = self._read.result()
        if self._late:
            return replace(found, samples=(), error=f"timed out: a call took longer than {self._limit:g} s")
        # calls that warm up have their turns too, but come first
        return replace(found, turns=tuple(self._turns[-len(found.samples) :]) if found.samples else ())
