"""What is measured next: the case whose verdict is expected soonest, and now and then the one that waited longest.

A cluster that runs is used by all that can, before the next one is started: starting one costs more than a round on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Every so many rounds go to the case that has waited longest since its last one, so that none starves. One without
#: rounds is expected to need few, so its turn comes by itself, and the later the more it can borrow from the others.
TURN_OF_THE_LONGEST = 5

#: Rounds and seconds of a case of which nothing is known, nor of any other.
ROUNDS, SECONDS = 5.0, 5.0


@dataclass(frozen=True)
class Waiting:
    """A case that is not decided.

    Attributes
    ----------
    more : float
        Rounds that it is expected to need; infinite if the truth may lie at the tolerance; NaN if nothing is known.
    seconds : float
        Of a round; 0 if none is known.
    last : int
        Rounds of all cases that had been measured when its own last one was; -1 if it has none.
    cheap : bool
        Whether what its next round needs runs already.
    """

    more: float
    seconds: float
    last: int
    cheap: bool = False


def following(waiting: Sequence[Waiting], n_measured: int) -> int:
    """Choose the next case.

    Parameters
    ----------
    waiting : sequence of Waiting
        At least one.
    n_measured : int
        Rounds of all cases so far.

    Returns
    -------
    int
        Its place.
    """
    if n_measured % TURN_OF_THE_LONGEST == TURN_OF_THE_LONGEST - 1:
        begun = [at for at, one in enumerate(waiting) if one.last >= 0] or range(len(waiting))
        return min(begun, key=lambda at: waiting[at].last)
    known = [w.seconds for w in waiting if w.seconds]
    usual = float(np.median(known)) if known else SECONDS

    def expected(at: int) -> tuple[float, int]:
        one = waiting[at]
        more = ROUNDS if math.isnan(one.more) else one.more
        return more * (one.seconds or usual), one.last

    cheap = [at for at, one in enumerate(waiting) if one.cheap and one.more != math.inf]
    return min(cheap or range(len(waiting)), key=expected)
