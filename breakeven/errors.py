"""The one exception whose message is meant for the user, and the nearest-name hint it often carries."""

from __future__ import annotations

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
