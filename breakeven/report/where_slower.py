"""Where a benchmark got slower, as a table."""

from __future__ import annotations

from breakeven.gate.where_slower import Where
from breakeven.report.grid import Grid
from breakeven.units import percent

#: Functions that are told; the flame graph has all.
MOST = 5


def grid(found: Where) -> Grid:
    """Arrange the functions whose share grew the most.

    Parameters
    ----------
    found : Where
        Of one benchmark.
    """
    grown = found.functions[:MOST]
    rows = [(g.function, percent(round(g.before, 3)), percent(round(g.after, 3))) for g in grown]
    if not rows:
        rows = [("none: all grew alike, or what grew waits", "", "")]
    title = f"Where {found.label} got slower: functions with a larger share of the samples"
    return Grid(title, ("function", "BASE", "HEAD"), rows)
