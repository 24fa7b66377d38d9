"""Which release made it slower? A search over the train that trusts no single reading."""

from __future__ import annotations

import itertools
import math
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


def _narrow(compare: Compare, before: int, after: int, known: Comparison, works: dict[int, bool]) -> Iterator[Step]:
    if known.state != "changed":
        yield Step(before, after, "unknown", known)
        return
    if after - before == 1:
        yield Step(before, after, "step", known)
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
        yield Step(before, after, "step", known)
        return
    found = [
        step
        for left, right, half in halves
        if half.state != "same"
        for step in _narrow(compare, left, right, half, works)
    ]
    yield from found or [Step(before, after, "gradual", known)]


def _next(untried: Sequence[int], center: int, works: Mapping[int, bool]) -> int:
    """Choose the place to measure: near the center, but out of a stretch that cannot be measured.

    Releases that fail come in long stretches. So one whose nearest known neighbours both fail comes
    last, and distances of 0, 1, 2, 4, 8 ... leave a stretch after a few steps.
    """

    def cost(place: int) -> tuple[bool, bool, int]:
        left = works.get(max((p for p in works if p < place), default=place), True)
        right = works.get(min((p for p in works if p > place), default=place), True)
        away = abs(place - center)
        return not (left or right), away.bit_count() > 1, away

    return min(untried, key=cost)


def sentence(step: Step, names: Sequence[str], packages: str = "") -> str:
    """Tell a step.

    Parameters
    ----------
    step : Step
        As found.
    names : sequence of str
        Of the releases on the line.
    packages : str
        Which packages did it, and their versions; the releases are named if this is empty.

    Returns
    -------
    str
        ``scikit-learn 1.4.2 -> 1.5.0: 1.31x slower (1.27 to 1.35)``
    """
    ends = f"{names[step.before]} -> {names[step.after]}"
    if step.kind == "unknown":
        found = step.comparison
        so_far = "" if math.isnan(found.ratio) else f", {found.ratio:.2f}x ({found.low:.2f} to {found.high:.2f})"
        return f"{ends}: {found.why}{so_far}"
    if step.kind == "gradual":
        n = step.after - step.before
        return f"{ends}: {change(step.comparison)}, gradually: none of the {n} releases alone is beyond the tolerance"
    return f"{packages or ends}: {change(step.comparison)}"


def change(found: Comparison) -> str:
    """Write a change as a factor.

    Parameters
    ----------
    found : Comparison
        An established one.

    Returns
    -------
    str
        ``1.31x slower (1.27 to 1.35)``
    """
    if found.ratio >= 1:
        return f"{found.ratio:.2f}x slower ({found.low:.2f} to {found.high:.2f})"
    return f"{1 / found.ratio:.2f}x faster ({1 / found.high:.2f} to {1 / found.low:.2f})"
