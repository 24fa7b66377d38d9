"""How often to repeat, at each level: calls in a process and processes, from their variances and what they cost.

T. Kalibera and R. Jones, "Rigorous benchmarking in reasonable time", ISMM 2013, section 6: the repetitions at a level
that cost least for a given precision are the root of the ratio of costs times the ratio of variances.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from breakeven.statistics.arrays import Array

#: Calls of a process: fewer leave its median to chance, more take long to tell that a process hangs.
FEWEST, MOST = 3.0, 200.0

# The variance of the median of normal numbers over that of their mean.
_OF_MEDIAN = math.pi / 2

# The quartiles of a normal law are so many standard deviations apart.
_QUARTILES = 1.349

# Rounds that stand for what is thought before any is seen: half of a round's variance lies between processes.
_BEFORE = 2.0


def calls(within: float, between: float, start: float, call: float) -> float:
    """Choose how many calls a process makes.

    Parameters
    ----------
    within, between : float
        Variances of a log-ratio between the turns of a round and between rounds, as from `components`.
    start : float
        Seconds that a process takes before its first timed call.
    call : float
        Seconds of a call.

    Returns
    -------
    float
        From `FEWEST` to `MOST`.
    """
    if between * call <= 0:
        return MOST if within > 0 else FEWEST
    return min(max(math.sqrt(start / call * within / between), FEWEST), MOST)


def components(rounds: Sequence[Array]) -> tuple[float, float]:
    """Split the variance of log-ratios into that within rounds and that between them.

    A round counts by its median. The variance between rounds is that of the medians less what turns explain of it;
    where that is negative it is 0 (Kalibera and Jones, section 6.2), before it is drawn to half of the whole as if
    `_BEFORE` further rounds had said so: few rounds say little, and one says nothing, of what lies between them.

    Parameters
    ----------
    rounds : sequence of n_rounds arrays
        Log-ratios of the turns of each round.

    Returns
    -------
    within, between : float
        Variances; 0 if nothing was measured.
    """
    return _components(*_summaries(rounds))


def _summaries(rounds: Sequence[Array]) -> tuple[Array, Array, Array]:
    """Give of each round with turns how many it has, their spread and their median."""
    taken = [np.asarray(r, float) for r in rounds if len(r)]
    quartiles = np.array([np.quantile(r, (0.25, 0.5, 0.75)) for r in taken]).reshape(-1, 3)
    spreads = (quartiles[:, 2] - quartiles[:, 0]) / _QUARTILES
    return np.array([float(len(r)) for r in taken]), spreads, quartiles[:, 1]


def _components(turns: Array, spreads: Array, medians: Array) -> tuple[float, float]:
    if not (turns > 1).any():
        return 0.0, 0.0
    within = float((turns - 1) @ spreads**2 / (turns - 1).sum())
    explained = _OF_MEDIAN * within * float(np.mean(1 / turns))
    freedom = len(turns) - 1
    observed = float(np.var(medians, ddof=1)) if freedom else 0.0
    between = (freedom * max(observed - explained, 0.0) + _BEFORE * explained) / (freedom + _BEFORE)
    return within, between


def relative_scales(rounds: Sequence[Array]) -> Array:
    """Say how noisy each round is in relation to the first one, from the rounds before it.

    Rounds of more turns are quieter, unless their noise is one between processes. Each number depends on earlier
    rounds and on the count of its own turns, never on what its own turns show.

    Parameters
    ----------
    rounds : sequence of n_rounds arrays
        Log-ratios of the turns of each round; at least one of each.

    Returns
    -------
    ndarray of shape (n_rounds,)
        Scales, 1 for the first.
    """
    turns, spreads, medians = _summaries(rounds)
    found = np.ones(len(turns))
    for n in range(1, len(turns)):
        within, between = _components(turns[:n], spreads[:n], medians[:n])
        this, first = (between + _OF_MEDIAN * within / turns[k] for k in (n, 0))
        found[n] = math.sqrt(this / first) if first > 0 else 1.0
    return found
