"""Records of older formats as the lines of the present one: 1 and 2 were one JSON file of a gate, 3 had lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

#: The format whose lines `renamed` takes.
FORMAT = 3


def lines(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Convert a file.

    Parameters
    ----------
    data : dict
        What the file holds.

    Yields
    ------
    dict
        As `breakeven.harness.record_file` describes them.

    Raises
    ------
    ValueError
        It is of another format.
    """
    written = data.pop("format")
    if written not in (1, 2):
        raise ValueError(f"format {written} is of another version of breakeven")
    measured, finished = data.pop("measured"), data.pop("finished")
    arms = {side: data.pop(side) for side in ("base", "head")}
    for case in data["cases"]:
        case["kind"] = {"memory": "peak memory"}.get(case["kind"], case["kind"])
        case["arms"] = case.pop("sides", list(arms))
    first = {"record": {"format": FORMAT, "arms": arms, **data}}
    yield from renamed([first])
    for process in measured:
        reading = process.pop("reading", None) or {
            name: process.pop(name) for name in ("samples", "error", "turns") if name in process
        }
        reading["course"] = {"turns": reading.pop("turns", [])}
        arm = process.pop("side")
        yield {"process": {**process, "arm": arm, "reading": reading}}
    yield {"finished": finished}


def renamed(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Convert lines of format 3, whose cases had a tolerance for scores only.

    Parameters
    ----------
    events : iterable of dict
        As they were read.

    Yields
    ------
    dict
        As `breakeven.harness.record_file` describes them.
    """
    for event in events:
        asked = event.get("record", {})
        for case in (*asked.get("cases", ()), *event.get("cases", ())):
            case["tolerance"] = case.pop("score_tolerance", 0.0)
        yield {"record": {**asked, "format": FORMAT + 1}} if asked else event
