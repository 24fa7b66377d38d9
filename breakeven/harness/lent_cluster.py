"""A Dask cluster of an arm that benchmarks use one after the other, each in one round, so that few are started."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.harness import freezer, guard, measuring_process, own_folders

#: Seconds after which it is lent no more: Dask's time-outs go on while it sleeps.
OLD = measuring_process.LONGEST / 2

#: Seconds that it has to start at least.
STARTING = 120.0

_POLL = 0.02  # seconds between looks at whether it has told its address


class LentCluster:
    """The usual cluster of a release, in processes of its own, which the suite starts.

    Each benchmark gets it once: what differs from cluster to cluster then differs between the rounds of a benchmark, as
    if each had started one of its own.

    Parameters
    ----------
    python : Path
        Of the release's environment.
    suite : Path
        Folder of the benchmarks, whose ``cluster.py`` knows how to start one.
    variables : mapping of str to str
        To add to the environment of its processes.

    Attributes
    ----------
    sleeper : Sleeper
        Puts its processes to sleep; they are awake at first.
    """

    def __init__(self, python: Path, suite: Path, variables: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="be-"))
        self._places = own_folders.folders(self._folder).values()
        self._said, self._told = self._folder / "said", self._folder / "address"
        self._began = time.monotonic()
        self._borrowers: set[object] = set()
        self._spoiled = False
        self.sleeper = freezer.sleeper()
        guard.own().watch(self._folder.name, self.sleeper.folder, folders=self._places)
        environment = {**os.environ, **variables, **own_folders.environment(self._folder)}
        environment.pop("PYTHONPATH", None)  # nothing from outside of the release
        with self._said.open("w") as said:
            self._process = subprocess.Popen(
                [python, measuring_process.__file__, "lend", suite, self._told],
                cwd=self._folder, env=environment, start_new_session=True,
                stdin=subprocess.PIPE, stdout=said, stderr=said,
            )  # fmt: skip
        self.sleeper.adopt(self._process.pid)
        guard.own().watch(self._folder.name, pids=[self._process.pid])

    def serves(self, borrower: object) -> bool:
        """Say whether a benchmark may use it: once, while it is young and nothing failed on it."""
        young = time.monotonic() - self._began < OLD
        return young and not self._spoiled and borrower not in self._borrowers and self._process.poll() is None

    def lend(self, borrower: object) -> None:
        """Note that a benchmark uses it."""
        self._borrowers.add(borrower)

    def spoil(self) -> None:
        """Note that something failed on it: it is lent no more."""
        self._spoiled = True

    def address(self, limit: float = STARTING) -> str:
        """Give the address of its scheduler, once it has all its workers.

        Parameters
        ----------
        limit : float
            Seconds that it has to start, while this process runs itself.

        Raises
        ------
        BreakevenError
            It did not start; the message has the reason.
        """
        for _ in range(int(limit / _POLL)):
            if self._told.exists():
                return self._told.read_text()
            if self._process.poll() is not None:
                said = self._said.read_text(errors="replace").strip().splitlines()
                raise BreakevenError(f"its cluster did not start: {said[-1] if said else 'it ended without a word'}")
            time.sleep(_POLL)
        raise BreakevenError(f"its cluster did not start within {limit:g} s")

    def end(self) -> None:
        """End it, awake or asleep, and at once: its folders are removed, and nobody waits for its words."""
        self.sleeper.end(grace=0.0)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        for place in self._places:
            shutil.rmtree(place, ignore_errors=True)
        guard.own().forget(self._folder.name)
