"""From single releases to stretches of the train: since when a trial comes to what it comes to."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from breakeven.compatibility.trials import Outcome


@dataclass(frozen=True)
class Stretch:
    """Releases next to each other on which a trial came to the same.

    Attributes
    ----------
    first, last : str
        The first and the last of them that was tried.
    sure : bool
        Whether the release before the first one is known to be different, or there is none.
    outcome : Outcome
        On the last one.
    """

    first: str
    last: str
    sure: bool
    outcome: Outcome


def stretches(found: Mapping[str, Outcome], places: Mapping[str, int]) -> Iterator[Stretch]:
    """Put releases together on which a trial came to the same.

    Parameters
    ----------
    found : mapping of str to Outcome
        By release.
    places : mapping of str to int
        Release to its place in the train; others are left out.

    Yields
    ------
    Stretch
        From the oldest to the newest.
    """
    tried = sorted((release for release in found if release in places), key=places.__getitem__)
    before = -1
    for _, alike in itertools.groupby(tried, key=lambda release: found[release].kind):
        same = list(alike)
        yield Stretch(same[0], same[-1], places[same[0]] == before + 1, found[same[-1]])
        before = places[same[-1]]
