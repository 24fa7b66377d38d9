"""Kinds of numbers that benchmarks give: how each is written and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from breakeven.errors import BreakevenError, suggestion


@dataclass(frozen=True)
class Kind:
    """A kind of number.

    Attributes
    ----------
    name : str
        As the suite states it, and as tables head its column.
    unit : {"seconds", "bytes", "number"}
        How it is written.
    judged : {"as time", "as score", "as memory", ""}
        How a gate compares it between releases; empty if it is told only.
    tolerance : float
        Relative growth, or difference of scores, that is let pass where the suite states none.
    """

    name: str
    unit: Literal["seconds", "bytes", "number"]
    judged: Literal["as time", "as score", "as memory", ""] = ""
    tolerance: float = 0.0


#: Slowdown that is let pass where nothing else is said.
TOLERANCE = 0.05

#: One entry a kind, in the order of a table's columns.
KINDS = (
    Kind("time", "seconds", judged="as time", tolerance=TOLERANCE),
    Kind("first call", "seconds", judged="as time", tolerance=TOLERANCE),
    Kind("score", "number", judged="as score"),
    Kind("peak memory", "bytes", judged="as memory", tolerance=0.1),
    Kind("other memory", "bytes"),
    Kind("spilled", "bytes"),
    Kind("read", "bytes"),
    Kind("count", "number"),
)

#: What a suite that states nothing means, by asv's types of benchmarks.
OF_ASV = {"time": "time", "peakmemory": "peak memory", "memory": "other memory", "track": "score"}


def named(name: str) -> Kind:
    """Look a kind up.

    Parameters
    ----------
    name : str
        As the suite states it.

    Raises
    ------
    BreakevenError
        There is no such kind; the nearest one is suggested.
    """
    found = next((kind for kind in KINDS if kind.name == name), None)
    if found is None:
        names = [kind.name for kind in KINDS]
        raise BreakevenError(f"Unknown kind of number '{name}'.{suggestion(name, names)} There are: {', '.join(names)}")
    return found
