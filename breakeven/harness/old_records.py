"""Records of formats 1 and 2, which were one JSON file of a gate, as the lines of the present format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


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
    yield {"record": {"format": 3, "arms": arms, **data}}
    for process in measured:
        reading = process.pop("reading", None) or {
            name: process.pop(name) for name in ("samples", "error", "turns") if name in process
        }
        reading["course"] = {"turns": reading.pop("turns", [])}
        arm = process.pop("side")
        yield {"process": {**process, "arm": arm, "reading": reading}}
    yield {"finished": finished}
