"""Slowdowns that are known and accepted for a while: a TOML file of a user's, whose entries a gate's record keeps."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from breakeven.errors import USAGE, BreakevenError

#: The table of the file that an entry is: ``[[slowdown]]``.
TABLE = "slowdown"


@dataclass(frozen=True)
class Accepted:
    """A slowdown, or growth of peak memory, that is let pass.

    Attributes
    ----------
    benchmark : str
        Regular expression, looked for in ``name(parameters)``.
    factor : float
        HEAD's time or memory over BASE's until which it is.
    reason : str
        Why.
    until : str
        The last day on which it counts: ISO 8601.
    """

    benchmark: str
    factor: float
    reason: str
    until: str

    def covers(self, label: str) -> bool:
        """Say whether it is about a benchmark with its parameters."""
        return re.search(self.benchmark, label) is not None


def load(path: Path, today: date) -> tuple[tuple[Accepted, ...], list[str]]:
    """Read a file of accepted slowdowns.

    Parameters
    ----------
    path : Path
        The file.
    today : date
        Entries whose last day is earlier do not count.

    Returns
    -------
    accepted : tuple of Accepted
        Those that count.
    expired : list of str
        A sentence for each of the others.

    Raises
    ------
    BreakevenError
        It cannot be read, or an entry is not as it should be.
    """
    try:
        told = tomllib.loads(path.read_text())
    except OSError as err:
        raise BreakevenError(f"Cannot read {path}: {err.strerror}", USAGE) from None
    except ValueError as err:  # of TOML, and of what is no text
        raise BreakevenError(f"{path} is not TOML: {err}", USAGE) from None
    entries = told.pop(TABLE, [])
    if told or not isinstance(entries, list):
        raise BreakevenError(f"{path} must hold [[{TABLE}]] entries and nothing else", USAGE)
    every = [_read(entry, f"{path}: entry {number}") for number, entry in enumerate(entries, start=1)]
    expired = [
        f"{path}: the slowdown of '{a.benchmark}' is no longer accepted since {a.until} ({a.reason})"
        for a in every
        if date.fromisoformat(a.until) < today
    ]
    return tuple(a for a in every if date.fromisoformat(a.until) >= today), expired


def find(accepted: Iterable[Accepted], label: str) -> Accepted | None:
    """Give the entry that lets most pass of those about a benchmark with its parameters."""
    return max((a for a in accepted if a.covers(label)), key=lambda a: a.factor, default=None)


def _read(entry: Mapping[str, Any], place: str) -> Accepted:
    names = [f.name for f in fields(Accepted)]
    if not isinstance(entry, dict) or set(entry) != set(names):
        raise BreakevenError(f"{place} must have {', '.join(names[:-1])} and {names[-1]}, and nothing else", USAGE)
    pattern, factor, reason, until = (entry[name] for name in names)
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        raise BreakevenError(f"{place}: benchmark {pattern!r} is not a regular expression", USAGE) from None
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not factor > 1:
        raise BreakevenError(f"{place}: factor {factor!r} is not a number above 1", USAGE)
    if not isinstance(reason, str) or not reason.strip():
        raise BreakevenError(f"{place}: reason {reason!r} is no text", USAGE)
    if not isinstance(until, date) or isinstance(until, datetime):
        raise BreakevenError(f"{place}: until {until!r} is not a date such as 2027-01-31, without quotes", USAGE)
    return Accepted(pattern, float(factor), reason.strip(), until.isoformat())
