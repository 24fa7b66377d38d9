"""What a round says: one log-ratio from the calls of two processes that were measured side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.statistics.arrays import Array


def side_by_side(
    base: Sequence[float], base_turns: Sequence[int], head: Sequence[float], head_turns: Sequence[int]
) -> Array:
    """Give the times of the turns that both had; that of a turn with several calls is their median.

    Parameters
    ----------
    base, head : sequence of float
        Seconds of each call of a process.
    base_turns, head_turns : sequence of int
        For each call the number of its turn, of which it may be one of several; empty if the process took none.

    Returns
    -------
    ndarray of shape (n_turns, 2)
        Seconds of a call of base and of head; no rows if they shared no turn.
    """
    before, after = _by_turn(base, base_turns), _by_turn(head, head_turns)
    return np.array([(before[turn], after[turn]) for turn in before if turn in after]).reshape(-1, 2)


def _by_turn(seconds: Sequence[float], turns: Sequence[int]) -> dict[int, float]:
    calls: dict[int, list[float]] = {}
    for turn, taken in zip(turns, seconds, strict=False):
        calls.setdefault(turn, []).append(taken)
    return {turn: float(np.median(taken)) for turn, taken in calls.items()}


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
