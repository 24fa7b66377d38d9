"""Time as a function of the number of workers: Amdahl's law, the Universal Scalability Law, and the scheduler's limit.

Pure functions of samples.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import nnls

from breakeven.statistics.size_law import DRAWS, Array, Estimate, beyond, interval, scatter

#: Samples of one call: number of workers to seconds.
Times = Mapping[int, Sequence[float]]

#: Terms of a law: each may cost time or not, so coefficients are not negative.
FORMS = {"Amdahl": 2, "USL": 3}

#: Tasks that a worker of one thread holds: ``ceil(1.1)``, by distributed's default of ``worker-saturation``
#: (its configuration reference, ``distributed.scheduler.worker-saturation``).
HELD = 2

#: Workers beyond which twice as many save less than this share of the time do not pay.
WORTH = 0.1


@dataclass(frozen=True)
class Law:
    """Seconds of a call on n workers: ``parallel / n + serial + crosstalk * (n - 1)``.

    In Amdahl's law (AFIPS 1967) there is no crosstalk. In the Universal Scalability Law (Gunther, *Guerrilla Capacity
    Planning*, 2007, chapter 4) throughput grows as ``n / (1 + sigma * (n - 1) + kappa * n * (n - 1))``, which is
    this law with the contention ``sigma`` and the coherency ``kappa``.

    Attributes
    ----------
    parallel, serial : float
        Seconds that are shared by the workers, and those that are not.
    crosstalk : float
        Seconds that each further worker adds.
    """

    parallel: float
    serial: float
    crosstalk: float = 0.0

    @property
    def sigma(self) -> float:
        """The share of the time on one worker that further workers do not shorten."""
        return self.serial / (self.parallel + self.serial)

    @property
    def kappa(self) -> float:
        """The share of the time on one worker that each further worker adds."""
        return self.crosstalk / (self.parallel + self.serial)

    def seconds(self, n_workers: float) -> float:
        """Give the time of a call.

        Parameters
        ----------
        n_workers : float
            At least 1.

        Returns
        -------
        float
        """
        return float(self.parallel / n_workers + self.serial + self.crosstalk * (n_workers - 1))


@dataclass(frozen=True)
class Curve:
    """A fitted law.

    Attributes
    ----------
    law : Law
        As fitted to the medians.
    draws : tuple of Law
        As fitted to medians of resampled samples.
    counts : tuple of int
        Measured numbers of workers, in ascending order.
    scatter : tuple of float
        For each draw, the logarithm of a new measurement over the law.
    """

    law: Law
    draws: tuple[Law, ...]
    counts: tuple[int, ...]
    scatter: tuple[float, ...]

    def seconds(self, n_workers: int, at_least: float = 0.0) -> Estimate:
        """Predict the time of a call.

        Parameters
        ----------
        n_workers : int
            How many.
        at_least : float
            Seconds that the scheduler alone needs for the tasks of the call, whatever the workers.

        Returns
        -------
        Estimate
            With the interval of a new measurement.
        """
        drawn = [
            max(law.seconds(n_workers), at_least) * np.exp(off)
            for law, off in zip(self.draws, self.scatter, strict=True)
        ]
        low, high = interval(np.array(drawn))
        value = max(self.law.seconds(n_workers), at_least)
        return Estimate(value, low, high, beyond(n_workers, self.counts))


def fit(times: Times, form: str, seed: int = 0) -> Curve:
    """Fit a law to the times of a fixed amount of work.

    Relative errors are minimised over coefficients that may not be negative, which is a linear problem. Intervals
    come from the bootstrap: the samples of each number of workers are drawn again with replacement.

    Parameters
    ----------
    times : mapping of int to sequence of float
        Number of workers to samples in seconds; as many numbers as the form has coefficients, at least.
    form : {"Amdahl", "USL"}
        A key of `FORMS`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        Too few numbers of workers.
    """
    known = {n: np.asarray(v) for n, v in sorted(times.items()) if len(v)}
    if len(known) < FORMS[form]:
        raise ValueError(
            f"{form}'s law has {FORMS[form]} coefficients, but {len(known)} numbers of workers are measured"
        )
    random = np.random.default_rng(seed)
    middle = {n: float(np.median(v)) for n, v in known.items()}
    law = _law(middle, form)
    draws = tuple(
        _law({n: float(np.median(random.choice(v, len(v)))) for n, v in known.items()}, form) for _ in range(DRAWS)
    )
    return Curve(law, draws, tuple(known), scatter(law, middle, FORMS[form], random))


def _law(middle: Mapping[int, float], form: str) -> Law:
    n, seconds = np.array(list(middle), dtype=float), np.array(list(middle.values()))
    terms = np.column_stack([1 / n, np.ones_like(n), n - 1])[:, : FORMS[form]]
    found, _ = nnls(terms / seconds[:, None], np.ones_like(n))
    return Law(*map(float, found))


def search_seconds(tasks: Array, n_workers: int, per_task: float) -> float:
    """Simulate a search on a cluster whose scheduler handles one message after the other.

    Each task takes the scheduler ``per_task`` seconds: half to send it to a worker, half when its result comes back.
    A worker computes one task and has `HELD` in hand, so that it need not wait for the next one. All workers are
    connected and have the data.

    Parameters
    ----------
    tasks : ndarray of shape (n_tasks,)
        Seconds that each task takes on a worker, in the order in which they are sent.
    n_workers : int
        How many, with one thread each.
    per_task : float
        Seconds of the scheduler.

    Returns
    -------
    float
        Seconds until the last result is back.
    """
    half = per_task / 2
    now, waiting = 0.0, deque(tasks.tolist())
    slots = deque([*range(n_workers)] * HELD)  # idle workers come first
    ends = [0.0] * n_workers  # when each has computed what it holds
    under_way: list[tuple[float, int]] = []  # when each result comes back, from whom
    while waiting or under_way:
        # what has come back is handled first, for it frees a worker
        if under_way and (under_way[0][0] <= now or not waiting or not slots):
            back, worker = heapq.heappop(under_way)
            now = max(now, back) + half
            slots.append(worker)
        else:
            now += half
            worker = slots.popleft()
            ends[worker] = max(now, ends[worker]) + waiting.popleft()
            heapq.heappush(under_way, (ends[worker], worker))
    return now


def worth(seconds: Mapping[int, float]) -> int:
    """Find the number of workers beyond which more do not pay.

    Parameters
    ----------
    seconds : mapping of int to float
        Number of workers, each twice the one before, to the time.

    Returns
    -------
    int
        The first of which twice as many save less than `WORTH`; the largest if there is none.
    """
    counts = sorted(seconds)
    for few, many in pairwise(counts):
        if seconds[many] > (1 - WORTH) * seconds[few]:
            return few
    return counts[-1]
