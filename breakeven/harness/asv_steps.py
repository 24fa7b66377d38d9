"""asv's own step detection, for the history of a benchmark."""

from __future__ import annotations

from collections.abc import Sequence

from asv.step_detect import detect_steps


def levels(values: Sequence[float]) -> list[tuple[int, float]]:
    """Split a series into stretches of one level.

    Parameters
    ----------
    values : sequence of float
        In order of time, of equal weight.

    Returns
    -------
    list of (int, float)
        Index of the first value of each stretch, and its level.
    """
    return [(int(piece[0]), float(piece[2])) for piece in detect_steps(list(values), [1.0] * len(values))]
