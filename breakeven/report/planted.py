"""What looking for planted steps came to, as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable

from breakeven.calibration.planted import Rates
from breakeven.report.grid import Grid
from breakeven.units import percent

HEAD = (
    "planted",
    "size",
    "searches",
    "steps: right release",
    "right package",
    "searches with a false step",
    "undecided",
    "minutes to the release (median, 95 %)",
    "with the package",
)


def table(rates: Iterable[Rates]) -> Grid:
    """Arrange the rates, a row each."""
    return Grid("", HEAD, map(_row, rates))


def _row(rates: Rates) -> tuple[str, ...]:
    return (
        rates.situation,
        percent(rates.size) if rates.size else "",
        str(rates.searches),
        _share(rates.placed),
        _share(rates.packages),
        percent(rates.false),
        percent(rates.undecided),
        *("{:.1f}, {:.1f}".format(*minutes) for minutes in rates.minutes),
    )


def _share(value: float) -> str:
    return "" if math.isnan(value) else percent(value)
