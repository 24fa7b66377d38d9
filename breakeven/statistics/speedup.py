"""Speedup and parallel efficiency, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.statistics.curve import DRAWS, Estimate, interval


def speedup(serial: Sequence[float], other: Sequence[float], seed: int = 0) -> Estimate:
    """Give how many times faster a strategy is than another.

    Parameters
    ----------
    serial, other : sequence of float
        Samples in seconds.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Estimate
        Ratio of the medians.
    """
    random = np.random.default_rng(seed)
    drawn = [
        np.median(random.choice(serial, len(serial))) / np.median(random.choice(other, len(other)))
        for _ in range(DRAWS)
    ]
    low, high = interval(np.array(drawn))
    return Estimate(float(np.median(serial) / np.median(other)), low, high)


def efficiency(gained: Estimate, n_jobs: int) -> Estimate:
    """Divide a speedup by the number of cores that it took; 1 is perfect."""
    return Estimate(gained.value / n_jobs, gained.low / n_jobs, gained.high / n_jobs, gained.beyond)
