"""Where on a line of stacks a benchmark changed: a search that measures what is expected to tell most."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from breakeven.statistics import change_points
from breakeven.statistics.arrays import Array
from breakeven.statistics.change_points import Draws, Places

#: Probability from which something counts as known.
SURE = 0.99

#: Most places of a round, beside the anchor.
MOST = 3

#: A further place joins a round if it is expected to tell at least this share of what the one before it does.
WORTH = 0.5

#: Chance that of two neighbouring places one can be measured and the other cannot: those that fail come in stretches.
TURNS = 0.1


class Line(Protocol):
    """What a search measures with: stacks one after the other, of which the first is the anchor.

    Attributes
    ----------
    rounds : sequence of mapping
        What `round` gave so far, rounds kept from earlier searches first.
    spent : float
        Seconds that these took.
    """

    @property
    def rounds(self) -> Sequence[Mapping[int, float | None]]:
        """What was measured so far."""

    @property
    def spent(self) -> float:
        """Seconds that it took."""

    def round(self, places: Sequence[int]) -> Mapping[int, float | None]:
        """Measure the anchor and others in one round: each one's log-time relative to the anchor, None if it fails."""

    def why(self, place: int) -> str:
        """Tell why a place failed."""


@dataclass(frozen=True)
class Candidate:
    """Where a step may be.

    Attributes
    ----------
    before, after : int
        Places on both sides; neighbours, but for places that cannot be measured.
    probability : float
        That the time changed there beyond the tolerance.
    """

    before: int
    after: int
    probability: float


@dataclass(frozen=True)
class Step:
    """A change on the line.

    Attributes
    ----------
    kind : {"step", "gradual"}
        At one place; or over several, none of which alone changed it beyond the tolerance.
    candidates : tuple of Candidate
        Most probable first; for a gradual change, its ends.
    ratio, low, high : float
        Time after it over time before: posterior median and central 99 % interval.
    """

    kind: Literal["step", "gradual"]
    candidates: tuple[Candidate, ...]
    ratio: float
    low: float
    high: float

    @property
    def before(self) -> int:
        """Place before the most probable candidate."""
        return self.candidates[0].before

    @property
    def after(self) -> int:
        """Place after the most probable candidate."""
        return self.candidates[0].after

    @property
    def placed(self) -> bool:
        """Whether it is known where it is."""
        return self.candidates[0].probability >= SURE


@dataclass(frozen=True)
class Found:
    """What is known of a line.

    Attributes
    ----------
    steps : tuple of Step
        From the first to the last; none if there is most probably none.
    probability : float
        That these changes, at the most probable places, are all that there are.
    others : tuple of Candidate
        Where further steps may be, most probable first.
    net : tuple of float
        Time at the end over time at the start: posterior median and central 99 % interval.
    failure : str
        Why nothing can be said; empty if something can.
    """

    steps: tuple[Step, ...]
    probability: float
    others: tuple[Candidate, ...] = ()
    net: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    failure: str = ""

    @property
    def sure(self) -> bool:
        """Whether nothing is left to measure."""
        return bool(self.failure) or self.probability >= SURE


#: Is told what is known after each round.
Watch = Callable[[Found], None]


def search(
    line: Line, weights: Sequence[float], tolerance: float, budget: float, watch: Watch = lambda found: None
) -> Found:
    """Find the changes on a line.

    Parameters
    ----------
    line : Line
        Measures.
    weights : sequence of float
        Between each two places, how likely a change is, relative to the others; so there is one more place.
    tolerance : float
        Log-ratio that does not count.
    budget : float
        Seconds that the line may take.
    watch : callable, optional
        Is told what is known after each round.

    Returns
    -------
    Found
        Sure, or all that the budget allowed.
    """
    positions = np.append(0.0, np.cumsum(weights))
    last = len(weights)
    middle = min(max(1, int(np.searchsorted(positions, positions[-1] / 2))), last)
    while True:
        works = _works(line.rounds)
        for end in (0, last):
            if works.get(end) is False:
                return Found((), 0.0, failure=line.why(end))
        places = np.array([p for p in range(last + 1) if works.get(p, True)])
        known = _draws(line.rounds, places, np.diff(positions[places]), tolerance)
        found = _found(known, places, tolerance)
        measured = last in works
        if measured:
            watch(found)
        if (measured and found.sure) or line.spent >= budget:
            return found
        line.round([0, *(_next(known, places, works) if measured else sorted({middle, last}))])


def _works(rounds: Sequence[Mapping[int, float | None]]) -> dict[int, bool]:
    """Say of each place that was tried whether it ever gave a number."""
    works: dict[int, bool] = {}
    for values in rounds:
        for place, value in values.items():
            works[place] = works.get(place, False) or value is not None
    return works


def _draws(rounds: Sequence[Mapping[int, float | None]], places: Places, widths: Array, tolerance: float) -> Draws:
    readings = [(p, v) for values in rounds for p, v in values.items() if p and v is not None]
    at = np.searchsorted(places, [p for p, _ in readings]).astype(np.intp)
    return change_points.draw(at, np.array([v for _, v in readings], dtype=float), widths, tolerance)


def _next(known: Draws, places: Places, works: Mapping[int, bool]) -> list[int]:
    """Choose the places whose readings are expected to tell most together, and are likely to come."""
    likely = np.array([_chance(int(p), works) for p in places])
    chosen: list[int] = []
    least = 0.0
    while len(chosen) < min(MOST, len(places) - 1):
        told = change_points.information(known, np.array(chosen, dtype=np.intp)) * likely
        told[[0, *chosen]] = -1.0
        best = int(np.argmax(told))
        if chosen and told[best] < least:
            break
        least = WORTH * float(told[best])
        chosen.append(best)
    return [int(places[c]) for c in chosen]


def _chance(place: int, works: Mapping[int, bool]) -> float:
    """Give the chance that a place can be measured, from the nearest ones tried: a chain of two states."""
    odds = 1.0
    for tried in (
        max((p for p in works if p <= place), default=None),
        min((p for p in works if p >= place), default=None),
    ):
        if tried is not None:
            same = (1 + (1 - 2 * TURNS) ** abs(place - tried)) / 2
            odds *= same / (1 - same + 1e-12) if works[tried] else (1 - same) / (same + 1e-12)
    return odds / (1 + odds)


def _found(known: Draws, places: Places, tolerance: float) -> Found:
    """Sum up the draws: the most probable number of steps, where each may be, and what changed between them."""
    levels, marks = known.levels, change_points.steps(known.levels, tolerance)
    chances = marks.mean(axis=0)
    # A step whose place is known is told by its place. Only the others are told apart by their order, which differs
    # from draw to draw where one of them may be before or after one that is known.
    placed = chances >= SURE
    all_placed = marks[:, placed].all(axis=1)
    counts = (marks & ~placed).sum(axis=1)
    n_others = int(np.argmax(np.bincount(counts[all_placed])))
    with_them = all_placed & (counts == n_others)
    gaps = _gaps(marks[with_them])
    every = [*np.tile(np.flatnonzero(placed)[:, None], len(gaps)), *_gaps(marks[with_them] & ~placed).T]
    found = [_step(levels[with_them], of_step, chances, places) for of_step in every]
    patterns, shares = np.unique(gaps, axis=0, return_counts=True)
    pattern = patterns[np.argmax(shares)]
    likely = levels[with_them][(gaps == pattern).all(axis=1)]
    as_told = np.ones(len(likely), dtype=bool)
    edges = [0, *(edge for gap in pattern for edge in (gap, gap + 1)), len(places) - 1]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        change = likely[:, end] - likely[:, start]
        gradual = np.abs(change) > tolerance
        share = float(gradual.mean())
        as_told &= gradual == (share > 0.5)
        if share > 0.5:
            ends = Candidate(int(places[start]), int(places[end]), share)
            found.append(Step("gradual", (ends,), *_interval(change)))
    ordered = tuple(sorted(found, key=lambda step: step.before))
    others = _candidates(np.setdiff1d(np.arange(len(chances)), gaps), chances, places)
    net = _interval(levels[:, -1] - levels[:, 0])
    return Found(ordered, float(as_told.sum() / len(levels)), others, net)


def _gaps(marks: npt.NDArray[np.bool_]) -> Places:
    """List the gaps that are marked in each draw, which are equally many."""
    return np.nonzero(marks)[1].reshape(len(marks), -1)


def _step(levels: Array, gaps: Places, chances: Array, places: Places) -> Step:
    """Tell a step that is at one of several gaps, another one in each draw."""
    rows = np.arange(len(levels))
    change = levels[rows, gaps + 1] - levels[rows, gaps]
    return Step("step", _candidates(np.unique(gaps), chances, places), *_interval(change))


def _candidates(gaps: Places, chances: Array, places: Places) -> tuple[Candidate, ...]:
    """List gaps, the most probable first, without those that are as good as excluded."""
    ordered = gaps[np.argsort(-chances[gaps], kind="stable")]
    every = [Candidate(int(places[g]), int(places[g + 1]), float(chances[g])) for g in ordered]
    return tuple(c for k, c in enumerate(every) if c.probability > (1 - SURE) / 2 or (k == 0 and c.probability))


def _interval(changes: Array) -> tuple[float, float, float]:
    median, low, high = np.exp(np.quantile(changes, [0.5, 0.005, 0.995]))
    return float(median), float(low), float(high)
