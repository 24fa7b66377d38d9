"""From which size on one strategy is faster than another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from breakeven.statistics.curve import Curve, Estimate, beyond, interval
from breakeven.statistics.size_law import SizeLaw


@dataclass(frozen=True)
class BreakEven:
    """The size at which two strategies take the same time.

    Attributes
    ----------
    below, above : str
        The faster strategy on either side of it.
    n_samples : Estimate
        The size. An end of the interval is 0 or infinite where a draw has no such size.
    """

    below: str
    above: str
    n_samples: Estimate


@dataclass(frozen=True)
class Winner:
    """One of two strategies is faster at every size.

    Attributes
    ----------
    faster, slower : str
        The strategies.
    certainty : float
        Share of the draws that say the same over the whole measured range.
    """

    faster: str
    slower: str
    certainty: float


def break_even(first: str, second: str, curves: Mapping[str, Curve[SizeLaw]]) -> BreakEven | Winner:
    """Find the size at which two strategies take the same time.

    With one exponent for both there is at most one.

    Parameters
    ----------
    first, second : str
        Strategies.
    curves : mapping of str to Curve
        From one call of `size_law.fit`.
    """
    a, b = curves[first], curves[second]
    sizes = sorted({*a.measured} & {*b.measured}) or sorted({*a.measured, *b.measured})
    size = _equal(a.law, b.law)
    if size is None:
        faster, slower = (first, second) if a.law.seconds(sizes[0]) <= b.law.seconds(sizes[0]) else (second, first)
        won = [
            all(p.seconds(n) <= q.seconds(n) for n in (sizes[0], sizes[-1]))
            for p, q in zip(curves[faster].draws, curves[slower].draws, strict=True)
        ]
        return Winner(faster, slower, float(np.mean(won)))
    below, above = (first, second) if a.law.fixed < b.law.fixed else (second, first)
    drawn = []
    for p, q in zip(curves[below].draws, curves[above].draws, strict=True):
        at = _equal(p, q)
        if at is None or p.fixed > q.fixed:  # one wins at all sizes, or the other way round
            at = math.inf if p.seconds(size) <= q.seconds(size) else 0.0
        drawn.append(at)
    low, high = interval(np.array(drawn))
    return BreakEven(below, above, Estimate(size, low, high, beyond(size, sizes)))


def break_evens(curves: Mapping[str, Curve[SizeLaw]]) -> list[BreakEven | Winner]:
    """Compare each pair of strategies.

    Parameters
    ----------
    curves : mapping of str to Curve
        From one call of `size_law.fit`.
    """
    return [break_even(first, second, curves) for first, second in combinations(curves, 2)]


def _equal(a: SizeLaw, b: SizeLaw) -> float | None:
    """Solve ``a.fixed + a.rate * n**p == b.fixed + b.rate * n**p`` for n."""
    saved, lost = a.fixed - b.fixed, b.rate - a.rate
    if saved * lost <= 0:
        return None
    return float((saved / lost) ** (1 / a.exponent))
