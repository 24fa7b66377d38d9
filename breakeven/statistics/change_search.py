"""Which release made it slower? A search over releases that measures as few as possible."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Comparison:
    """What a gate says of two releases, in both directions.

    Attributes
    ----------
    state : {"same", "changed", "unknown", "failed"}
        No change beyond the tolerance, an established one beyond it, neither; or one of the two gave
        no number.
    ratio, low, high : float
        The later one's time over the earlier one's, with its 99 % confidence sequence.
    why : str
        Why it is unknown or failed.
    """

    state: Literal["same", "changed", "unknown", "failed"]
    ratio: float
    low: float
    high: float
    why: str = ""


#: Compares two releases, given by their places on the line.
Compare = Callable[[int, int], Comparison]


@dataclass(frozen=True)
class Step:
    """A stretch of the line over which the time changed.

    Attributes
    ----------
    before, after : int
        Places of its ends; neighbours if one release did it.
    kind : {"step", "gradual", "unknown"}
        One release did it; several did, none of them beyond the tolerance; or it could not be narrowed
        down.
    comparison : Comparison
        Of its ends.
    """

    before: int
    after: int
    kind: Literal["step", "gradual", "unknown"]
    comparison: Comparison


def search(compare: Compare, n_releases: int) -> Iterator[Step]:
    """Find the releases at which the time changed, measuring as few as possible.

    A stretch whose ends differ is halved. If the ends of the whole line are alike, its quarter points
    are compared with its start too, for a change may have been undone later.

    Parameters
    ----------
    compare : callable
        Compares two releases; asked once for each pair.
    n_releases : int
        Length of the line.

    Yields
    ------
    Step
        From the first to the last.
    """
    works: dict[int, bool] = {}
    last = n_releases - 1
    whole = compare(0, last)
    if whole.state != "same":
        yield from _narrow(compare, 0, last, whole, works)
        return
    points = sorted({0, last // 4, last // 2, 3 * last // 4, last})
    for before, after in itertools.pairwise(points):
        if after - before == last:
            return
        found = compare(before, after)
        if found.state != "same":
            yield from _narrow(compare, before, after, found, works)


def _narrow(compare: Compare, before: int, after: int, ends: Comparison, works: dict[int, bool]) -> Iterator[Step]:
    if ends.state != "changed":
        yield Step(before, after, "unknown", ends)
        return
    if after - before == 1:
        yield Step(before, after, "step", ends)
        return
    works |= {before: True, after: True}
    while untried := [place for place in range(before + 1, after) if works.get(place, True)]:
        middle = _next(untried, (before + after) // 2, works)
        halves = [(before, middle, compare(before, middle))]
        works[middle] = halves[0][2].state != "failed"
        if works[middle]:
            halves.append((middle, after, compare(middle, after)))
            break
    else:
        yield Step(before, after, "step", ends)
        return
    found = [
        step
        for left, right, half in halves
        if half.state != "same"
        for step in _narrow(compare, left, right, half, works)
    ]
    yield from found or [Step(before, after, "gradual", ends)]


def _next(untried: Sequence[int], center: int, works: Mapping[int, bool]) -> int:
    """Choose the place to measure: near the center, but out of a stretch that cannot be measured.

    Releases that fail come in long stretches. So one whose nearest tried neighbours both fail comes
    last, and distances of 0, 1, 2, 4, 8 ... leave a stretch after a few steps.
    """

    def cost(place: int) -> tuple[bool, bool, int]:
        left = works.get(max((p for p in works if p < place), default=place), True)
        right = works.get(min((p for p in works if p > place), default=place), True)
        away = abs(place - center)
        return not (left or right), away.bit_count() > 1, away

    return min(untried, key=cost)
