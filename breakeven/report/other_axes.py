"""Workloads with other axes than size and strategy, as tables: an axis a column, then a kind of number a column."""

from __future__ import annotations

from breakeven import units
from breakeven.harness import kinds
from breakeven.harness.results import Value, plain
from breakeven.harness.workloads import NOTHING, Other
from breakeven.report.grid import Grid

OUTCOME = "outcome"


def grid(other: Other) -> Grid:
    """Tell all that is recorded of a call.

    Parameters
    ----------
    other : Other
        A call of a workload.

    Returns
    -------
    Grid
        With how each call ended where it is known whether data were spilled to disk.
    """
    found = [kind for kind in kinds.KINDS if any(kind.name in by_kind for by_kind in other.values.values())]
    watched = any(kind.name == "spilled" for kind in found)
    rows = []
    for parameters, by_kind in other.values.items():
        numbers = [written(kind, by_kind.get(kind.name, NOTHING)) for kind in found]
        if numbers[0] == "failed":  # what was measured of the same call failed with it
            numbers[1:] = ["" for _ in numbers[1:]]
        ended = (outcome(by_kind.get("time", NOTHING), by_kind.get("spilled", NOTHING)),) if watched else ()
        rows.append((*(str(plain(p)) for p in parameters), *ended, *numbers))
    axes = (*other.axes, *("" for _ in range(len(rows[0]) - len(found) - watched - len(other.axes))))
    return Grid(other.name, (*axes, *((OUTCOME,) if watched else ()), *(kind.name for kind in found)), rows)


def outcome(time: Value, spilled: Value) -> str:
    """Say how a call on more data than memory ended.

    Parameters
    ----------
    time, spilled : Value
        In seconds; in bytes.

    Returns
    -------
    str
        "fits", "spills", "fails" or "skipped".
    """
    if time.state != "measured":
        return "fails" if time.state == "failed" else time.state
    return "spills" if spilled.state == "measured" and spilled.number > 0 else "fits"


def written(kind: kinds.Kind, value: Value) -> str:
    """Write a value as its kind is written.

    Parameters
    ----------
    kind : Kind
        Of number.
    value : Value
        As recorded.

    Returns
    -------
    str
        A failure is named as such; empty if nothing is known.
    """
    if value.state != "measured":
        return "" if value.state == "skipped" else value.state
    if kind.unit == "seconds":
        return units.seconds(value.number, value.half)
    return units.memory(value.number) if kind.unit == "bytes" else f"{value.number:.6g}"
