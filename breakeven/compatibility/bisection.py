"""Which release to try next: the ends of the train, points not too far apart, and between two that differ."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

#: Releases alike are taken for a stretch of alike ones if they are no further apart than this share of the train.
APART = 0.1


def gaps(known: Mapping[int, str], n_releases: int) -> Iterator[tuple[int, int]]:
    """Give the stretches of the train in which a trial may have changed unseen.

    Parameters
    ----------
    known : mapping of int to str
        Place in the train to what the trial came to there; the ends among them.
    n_releases : int
        Of the train.

    Yields
    ------
    int, int
        Places tried, with at least one between them that was not.
    """
    places = sorted(known)
    for before, after in itertools.pairwise(places):
        far = after - before > max(1, APART * n_releases)
        if far or (known[before] != known[after] and after - before > 1):
            yield before, after


def following(known: Mapping[str, Mapping[int, str]], n_releases: int) -> tuple[int, list[str]] | None:
    """Choose the release to try next, and the trials that it tells something of.

    Parameters
    ----------
    known : mapping of str to mapping
        Of each trial, place in the train to what it came to there.
    n_releases : int
        Of the train.

    Returns
    -------
    place : int
        The newest first, then the oldest, then the middle of the stretch that most trials have open.
    trials : list of str
        All that have it open; None in place of both when everything is known.
    """
    for end in (n_releases - 1, 0):
        lacking = [trial for trial, found in known.items() if end not in found]
        if lacking:
            return end, lacking
    open_ = [(trial, gap) for trial, found in known.items() for gap in gaps(found, n_releases)]
    if not open_:
        return None
    inside = Counter(dict.fromkeys(sorted({(before + after) // 2 for _, (before, after) in open_}), 0))
    for _, (before, after) in open_:
        inside.update(middle for middle in inside if before < middle < after)
    place = inside.most_common(1)[0][0]
    return place, [trial for trial, (before, after) in open_ if before < place < after]
