"""What is measured next: what looks slower; then in turns what is decided soonest, and what nobody has looked at yet.

So a large slowdown is told soon, wherever it is. Now and then the case that waited longest has its round.

A cluster that runs is used by all that can, before the next one is started: starting one costs more than a round on it.
It sleeps while others have their rounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

#: Every so many rounds go to the case that has waited longest since its last one, so that none starves.
TURN_OF_THE_LONGEST = 5

#: Every so many rounds go to a case that has none.
TURN_OF_THE_NEXT = 2

#: Rounds of a case of which nothing is known, nor of any other; and seconds of each, without a cluster and on one.
ROUNDS, SECONDS, ON_CLUSTER = 5.0, 5.0, 15.0


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
    cluster : {"", "runs", "starts"}
        Whether its next round needs a cluster that others may use, too, and whether one runs that it may use.
    suspected : bool
        Whether it looks slower by what is known.
    """

    more: float
    seconds: float
    last: int
    cluster: Literal["", "runs", "starts"] = ""
    suspected: bool = False


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
    runs = any(one.cluster == "runs" and one.more != math.inf for one in waiting)
    every = [at for at, one in enumerate(waiting) if not (runs and one.cluster == "starts")]
    if n_measured % TURN_OF_THE_LONGEST == TURN_OF_THE_LONGEST - 1:
        begun = [at for at in every if waiting[at].last >= 0] or every
        return min(begun, key=lambda at: waiting[at].last)

    def usual(on_cluster: bool) -> float:
        known = [w.seconds for w in waiting if w.seconds and bool(w.cluster) is on_cluster]
        return float(np.median(known)) if known else ON_CLUSTER if on_cluster else SECONDS

    seconds = {on_cluster: usual(on_cluster) for on_cluster in (False, True)}

    def of_a_round(at: int) -> float:
        return waiting[at].seconds or seconds[bool(waiting[at].cluster)]

    def expected(at: int) -> tuple[float, int]:
        more = waiting[at].more
        return (ROUNDS if math.isnan(more) else more) * of_a_round(at), waiting[at].last

    suspected = [at for at in every if waiting[at].suspected]
    if suspected:
        return min(suspected, key=expected)
    # what one round decides comes soon enough by itself
    new = [at for at in every if waiting[at].last < 0 and waiting[at].more != 1]
    if new and n_measured % TURN_OF_THE_NEXT == TURN_OF_THE_NEXT - 1:
        return min(new, key=of_a_round)
    return min(every, key=expected)
