"""A cluster whose scheduler handles one message after the other, simulated: from when on more workers do not pay."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping
from itertools import pairwise

from breakeven.statistics.arrays import Array

#: Tasks that a worker of one thread holds: ``ceil(1.1)``, by distributed's default of ``worker-saturation``
#: (its configuration reference, ``distributed.scheduler.worker-saturation``).
HELD = 2

#: Workers beyond which twice as many save less than this share of the time do not pay.
WORTH = 0.1


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
