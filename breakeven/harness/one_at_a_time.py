"""One measurement at a time on a machine: two would disturb each other, so the second waits for the first to end."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from breakeven.errors import BreakevenError

#: The user's environment variable that names another file to lock, such as one that several containers share.
VARIABLE = "BREAKEVEN_LOCK"

#: In the system's folder for temporary files.
NAME = "breakeven.lock"


def place() -> Path:
    """Say which file is locked."""
    return Path(os.environ.get(VARIABLE) or Path(tempfile.gettempdir(), NAME))


@contextmanager
def held(tell: Callable[[str], object]) -> Iterator[None]:
    """Wait until nothing else is measured on this machine, and let nothing else be until the end.

    Parameters
    ----------
    tell : callable
        Is told why this waits, in a sentence, if it does.

    Raises
    ------
    BreakevenError
        The file cannot be opened.
    """
    file = _opened(place())
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 1_000, 0).decode(errors="replace").strip() or "another process"
            tell(f"Waiting until {holder} has ended: two measurements at once would disturb each other ({place()})")
            fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(OSError):  # the file may be another user's, or the disk full
            os.ftruncate(file, 0)
            os.pwrite(file, f"process {os.getpid()} (breakeven {' '.join(sys.argv[1:2])})".encode(), 0)
        yield
    finally:
        os.close(file)  # which gives the lock back, as the end of the process does, however it ends


def _opened(path: Path) -> int:
    """Open the file, which all users of the machine may name: a link could lead to a file that is worth more."""
    try:
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except PermissionError:
            return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)  # another user's, which can be locked nevertheless
    except OSError as err:
        raise BreakevenError(f"Cannot lock {path}: {err.strerror}. {VARIABLE} names another file") from None
