"""Copies of a suite that keeps files beside its modules: for each side one of each ``setup_cache``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.harness import guard

#: Folders in a suite that are none of its code: what Python, asv and a ``setup_cache`` make.
MADE = ("__pycache__", ".asv", "cache")


class SuiteCopies:
    """A folder where the suite stands as one ``setup_cache`` has left it, and no other.

    scikit-learn's suite keeps files beside its modules, and the next class's ``setup_cache`` clears them. asv measures
    one release and one class after the other; here they alternate. The path stays, for servers have imported from it.

    Parameters
    ----------
    suite : Path
        Folder of the benchmarks.

    Attributes
    ----------
    path : Path
        Where the copy is that is in place.

    Raises
    ------
    BreakevenError
        The suite cannot be copied.
    """

    def __init__(self, suite: Path) -> None:
        self._suite = suite.resolve()
        self._folder = Path(tempfile.mkdtemp(prefix="be-suite-"))
        guard.own().watch(self._folder.name, folders=[self._folder])
        self._in_place = self._folder / "in-place"
        self.path = self._in_place / self._suite.name
        self._aside: dict[str, Path] = {}
        self._key: str | None = None
        self.put("")

    def put(self, key: str) -> None:
        """Put the copy of a ``setup_cache`` in place: a fresh one at first, later as it was left.

        Parameters
        ----------
        key : str
            asv's ``setup_cache_key``; empty for benchmarks without.
        """
        if key == self._key:
            return
        if key not in self._aside:
            self._aside[key] = self._copied()
        if self._key is not None:
            self._in_place.rename(self._aside[self._key])
        self._aside[key].rename(self._in_place)
        self._key = key

    def end(self) -> None:
        """Remove all copies."""
        shutil.rmtree(self._folder, ignore_errors=True)
        guard.own().forget(self._folder.name)

    def _copied(self) -> Path:
        place = self._folder / str(len(self._aside))
        try:
            shutil.copytree(
                self._suite,
                place / self._suite.name,
                ignore=shutil.ignore_patterns(*MADE),
                ignore_dangling_symlinks=True,
            )
        except OSError as err:
            shutil.rmtree(place, ignore_errors=True)
            why = err.args[0][0][2] if isinstance(err, shutil.Error) else err.strerror
            raise BreakevenError(f"The suite {self._suite} cannot be copied: {why}") from None
        return place
