"""What is said of strategies, in words, wherever it is said: terminal, site and documentation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from breakeven import units
from breakeven.harness.workloads import Row, Workload
from breakeven.statistics.break_even import BreakEven, Winner
from breakeven.statistics.ranking import EQUAL

#: What times are that plain ``asv run`` has taken, and those that were taken side by side.
RAW, IN_ROUNDS = "raw samples of different hours", "ratios within rounds"


def rests_on(rows: Sequence[Row]) -> str:
    """Say what the times of a workload are.

    Parameters
    ----------
    rows : sequence of Row
        One a size; not empty.
    """
    raw = [f"{row.n_samples:,}" for row in rows if row.standing is None]
    if len(raw) in (0, len(rows)):
        return RAW if raw else IN_ROUNDS
    return f"{IN_ROUNDS}; at {', '.join(raw)} {RAW}"


def outcome(workload: Workload, row: Row) -> str:
    """Name the fastest strategy of a size, or those that are equal.

    Parameters
    ----------
    workload : Workload
        That the size is one of.
    row : Row
        One size.

    Returns
    -------
    str
        The one that needs least comes first, with how many times faster than the reference it is; empty if there is
        nothing to compare.
    """
    if not row.state:
        return ""
    gain = workload.gain(row)
    comma = "," if row.state == "tie" else ""
    gained = "" if gain is None else f"{comma} {units.digits(gain, 2)}x"
    return f"{named(workload, row)}{gained}"


def named(workload: Workload, row: Row) -> str:
    """Name the winner, or those that are equal, and within how much if that is more than `EQUAL`: see `outcome`.

    Where the intervals of raw samples overlap, nobody wins, and the lowest median is called that.
    """
    leaders = workload.leaders(row)
    if row.state == "winner":
        return leaders[0]
    if row.state == "tie" and row.standing is not None:
        return f"{listed(leaders, 'and')}, equal{within(row.standing.within)}"
    return f"lowest median: {leaders[0]}" if row.standing is None else f"not measured: {listed(leaders, 'or')}"


def within(ratio: float) -> str:
    """Tell within how much strategies are equal, if it is more than `EQUAL`, which goes without saying."""
    # rounded up, for it is a bound
    return f" within {math.ceil(100 * (ratio - 1))} %" if ratio > EQUAL else ""


def next_best(row: Row) -> tuple[str, float] | None:
    """Give the least slow of the strategies that are behind, and its time over the fastest one's.

    Parameters
    ----------
    row : Row
        One size.

    Returns
    -------
    tuple of (str, float) or None
        None if there is none, or nothing was measured in rounds.
    """
    places = row.standing.places if row.standing else {}
    return next(((s, place.ratio) for s, place in places.items() if s not in row.leaders), None)


def listed(names: Sequence[str], last: str) -> str:
    """Write names as a list: ``"a, b and c"``."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def break_even(compared: BreakEven | Winner) -> str:
    """Say which of two strategies is faster, and from which size on.

    What is extrapolated says so, with how far.
    """
    if isinstance(compared, Winner):
        return f"{compared.faster} is faster than {compared.slower} at every measured size."
    at = compared.n_samples
    far = f", {at.beyond:.3g} times outside the measured sizes" if at.beyond > 1 else ""
    interval = f"{at.low:,.0f} to {at.high:,.0f}" if math.isfinite(at.high) else f"{at.low:,.0f} or more"
    return f"{compared.above} is faster than {compared.below} from {at.value:,.0f} rows ({interval}){far}."
