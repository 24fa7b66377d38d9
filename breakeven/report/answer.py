"""The answer in a line a workload: which strategy to take, and from which size on another one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from breakeven.advice import sentences
from breakeven.harness.release_results import ReleaseResults
from breakeven.harness.workloads import Row, Workload
from breakeven.units import percent


def lines(found: ReleaseResults, patterns: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """Say which strategy to take.

    Parameters
    ----------
    found : ReleaseResults
        What is recorded.
    patterns : sequence of re.Pattern
        Only workloads in whose name one of them is found; all if there are none.

    Yields
    ------
    str
        At most one line a workload, on measured sizes only; none of a workload with nothing to choose from.
    """
    for name, workload in found.workloads.items():
        if patterns and not any(p.search(text) for p in patterns for text in (name, workload.benchmark)):
            continue
        said = _line(workload)
        if said:
            yield f"{name}: {said}"


def _line(workload: Workload) -> str:
    known = [row for row in workload.rows if row.state]
    stretches = [list(rows) for _, rows in itertools.groupby(known, key=lambda row: sentences.named(workload, row))]
    told = "; ".join(_stretch(workload, rows, bool(at)) for at, rows in enumerate(stretches))
    raw = sentences.rests_on(known) if any(row.standing is None for row in known) else ""
    return f"{told} ({raw})" if raw else told


def _stretch(workload: Workload, rows: Sequence[Row], later: bool) -> str:
    gains = [gain for row in rows if (gain := workload.gain(row)) is not None]
    gained = ""
    if gains:
        told = _range(gains)
        gained = f", {'about' if told == '1' else f'{told} times'} as fast as {workload.reference}"
    sizes = f"from {rows[0].n_samples:,} rows" if later else f"at {_range([r.n_samples for r in rows])} rows"
    name = sentences.named(workload, rows[0])
    comma = "," if rows[0].state == "tie" else ""
    return f"{name}{comma} {sizes}{gained}{_behind(rows)}{_saved(workload, rows)}"


def _saved(workload: Workload, rows: Sequence[Row]) -> str:
    """Of equals, say what the others would save at most of the time of the one that needs least."""
    first = workload.leaders(rows[0])[0]
    most = [row.standing.places[first].high for row in rows if row.state == "tie" and row.standing is not None]
    return f" ({first} needs least; the others would save at most {percent(1 - 1 / max(most), 2)})" if most else ""


def _behind(rows: Sequence[Row]) -> str:
    """Name the next best, if it is the same one at all sizes, and how far it is behind."""
    behind = [sentences.next_best(row) for row in rows if row.state in ("winner", "tie")]
    names = {told[0] if told else "" for told in behind}
    if len(names) != 1 or names == {""}:
        return ""
    return f", {names.pop()} {_range([told[1] for told in behind if told])} times slower"


def _range(numbers: Sequence[float]) -> str:
    low, high = (f"{n:,}" if isinstance(n, int) else f"{n:.2g}" for n in (min(numbers), max(numbers)))
    return low if low == high else f"{low} to {high}"
