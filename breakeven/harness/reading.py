"""What one fresh process gave."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """What one fresh process gave.

    Attributes
    ----------
    samples : tuple of float
        Seconds a call; for what is tracked, the one number. Empty if there is an error.
    error : str
        "skipped", or the last line of what the process said before it failed; else empty.
    turns : tuple of int
        For each sample the number of the turn in which it was taken; empty if the process ran alone.
    number : int
        Calls that each sample is the mean of.
    loaded : dict of str to str
        Tracked packages that the process has loaded, by the name of import, and their versions.
    """

    samples: tuple[float, ...]
    error: str = ""
    turns: tuple[int, ...] = ()
    number: int = 1
    loaded: dict[str, str] = field(default_factory=dict)
