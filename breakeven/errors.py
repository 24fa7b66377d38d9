"""The one exception whose message is meant for the user, the nearest-name hint it often carries, and the notice."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from difflib import get_close_matches

#: Exit status of wrong usage, as typer has it.
USAGE = 2


class BreakevenError(Exception):
    """A failure that one clear sentence explains; the command line prints it and exits non-zero.

    Parameters
    ----------
    message : str
        The sentence.
    status : int
        Exit status, such as `USAGE`.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class Notice(UserWarning):
    """What a user is told in a sentence, and what stops nothing; the command line prints it."""


#: What the system says where the user can do something about it, and what that is.
_REMEDIES = {
    errno.EACCES: "BREAKEVEN_STATE and BREAKEVEN_RESULTS name other folders",
    errno.EPERM: "BREAKEVEN_STATE and BREAKEVEN_RESULTS name other folders",
    errno.EROFS: "BREAKEVEN_STATE and BREAKEVEN_RESULTS name other folders",
    errno.ENOSPC: "make room, and the same command goes on",
    errno.EDQUOT: "make room, and the same command goes on",
}


def of_system(error: OSError) -> BreakevenError | None:
    """Explain a folder that may not be written, or a full disk.

    Parameters
    ----------
    error : OSError
        As Python raised it.

    Returns
    -------
    BreakevenError or None
        None of any other error: that is a fault of ours.
    """
    if error.errno not in _REMEDIES:
        return None
    place = f": {error.filename}" if error.filename else ""
    return BreakevenError(f"{error.strerror}{place}; {_REMEDIES[error.errno]}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """Name what the user may have meant.

    Parameters
    ----------
    name : str
        The unknown name as typed.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        ``" Did you mean a, b or c?"`` with a leading blank, or an empty string when nothing is near.
    """
    near = get_close_matches(name, list(known), n=3, cutoff=0.6)
    if not near:
        return ""
    *first, last = near
    listed = f"{', '.join(first)} or {last}" if first else last
    return f" Did you mean {listed}?"
