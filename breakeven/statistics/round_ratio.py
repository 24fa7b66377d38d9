"""What a round says: one log-ratio from the calls of two processes that were measured side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.statistics.arrays import Array


def side_by_side(
    base: Sequence[float], base_turns: Sequence[int], head: Sequence[float], head_turns: Sequence[int]
) -> Array:
    """Give the calls that were made in the same turns.

    Parameters
    ----------
    base, head : sequence of float
        Seconds of each call of a process.
    base_turns, head_turns : sequence of int
        For each call the number of its turn; empty if the process took none.

    Returns
    -------
    ndarray of shape (n_turns, 2)
        Seconds of base's call and of head's; no rows if they shared no turn.
    """
    before, after = (
        dict(zip(turns, seconds, strict=False)) for turns, seconds in ((base_turns, base), (head_turns, head))
    )
    return np.array([(before[turn], after[turn]) for turn in before if turn in after]).reshape(-1, 2)


def log_ratio(
    base: Sequence[float], base_turns: Sequence[int], head: Sequence[float], head_turns: Sequence[int]
) -> float:
    """Sum up a round by the median over its turns: what the machine did in a turn, it did to both calls.

    Without turns there is no such pairing, and the first deciles are compared: a neighbour on a shared machine
    makes most calls of a process slow for seconds on end, but it makes none faster. docs/gate.md compares these
    and others on measured rounds.

    Parameters
    ----------
    base, head : sequence of float
        Seconds of each call of a process; not empty.
    base_turns, head_turns : sequence of int
        As in `side_by_side`.

    Returns
    -------
    float
        Logarithm of head's time over base's.
    """
    shared = side_by_side(base, base_turns, head, head_turns)
    if len(shared):
        return float(np.median(np.log(shared[:, 1] / shared[:, 0])))
    return float(np.log(np.quantile(head, 0.1) / np.quantile(base, 0.1)))
