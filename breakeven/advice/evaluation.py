"""How good advice is: laws fitted to the small sizes of a workload, beside what was measured at the large ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.advice.prediction import as_good, times
from breakeven.harness.workloads import Workload
from breakeven.statistics import size_law
from breakeven.statistics.size_law import FORM, Form


@dataclass(frozen=True)
class Trial:
    """Advice from the small sizes of a workload, beside what was measured at a larger one.

    Attributes
    ----------
    workload : str
        Its name.
    n_samples : int
        The size that was held out.
    beyond : float
        How many times larger it is than the largest size that was seen.
    advised, best : str
        The advised strategy and the one with the smallest median.
    regret : float
        Time of the advised over that of the best, less 1.
    errors : dict of str to float
        By strategy, predicted over measured time, less 1.
    covered : dict of str to bool
        By strategy, whether the interval held the measured time.
    """

    workload: str
    n_samples: int
    beyond: float
    advised: str
    best: str
    regret: float
    errors: dict[str, float]
    covered: dict[str, bool]


def evaluate(workload: Workload, form: Form = FORM, factor: float = 4) -> list[Trial]:
    """Hold out the largest sizes of a workload, and advise on them from the rest.

    Parameters
    ----------
    workload : Workload
        What was measured.
    form : Form
        What the fitted laws may look like.
    factor : float
        Sizes up to the largest one over this are seen.

    Returns
    -------
    list of Trial
        One a size held out; none if fewer than two sizes are seen, or there is nothing to choose from.
    """
    rows = workload.rows
    largest = max(row.n_samples for row in rows)
    seen = [row for row in rows if row.n_samples * factor <= largest]
    if len(seen) < 2:
        return []
    curves = size_law.fit(times(seen), form)
    memory = {s: v.number for row in seen for s, v in row.memory.items() if v.state == "measured"}
    found = []
    for row in rows:
        if row in seen or row.fastest is None:
            continue
        measured = {s: v.number for s, v in row.times.items() if v.state == "measured"}
        told = {s: curve.seconds(row.n_samples) for s, curve in curves.items() if s in measured}
        if not told:
            continue
        told = dict(sorted(told.items(), key=lambda of: of[1].value))
        advised, *_ = as_good(workload, {s: seconds.value for s, seconds in told.items()}, memory)
        found.append(
            Trial(
                workload.name,
                row.n_samples,
                row.n_samples / max(r.n_samples for r in seen),
                advised,
                row.fastest,
                measured[advised] / measured[row.fastest] - 1,
                {s: seconds.value / measured[s] - 1 for s, seconds in told.items()},
                {s: seconds.low <= measured[s] <= seconds.high for s, seconds in told.items()},
            )
        )
    return found


def regrets(trials: Sequence[Trial]) -> Mapping[str, float]:
    """Sum up how good the advice was.

    Parameters
    ----------
    trials : sequence of Trial
        Of all workloads; not empty.

    Returns
    -------
    mapping of str to float
        Median and largest regret; median error of the predicted times, of all and of those at four times the
        largest size seen or beyond; share of the measured times that the intervals held.
    """
    errors = [abs(e) for t in trials for e in t.errors.values()]
    far = [abs(e) for t in trials if t.beyond >= 4 for e in t.errors.values()]
    held = [c for t in trials for c in t.covered.values()]
    return {
        "median regret": float(np.median([t.regret for t in trials])),
        "largest regret": max(t.regret for t in trials),
        "median prediction error": float(np.median(errors)),
        "at 4 times the sizes seen and beyond": float(np.median(far or [math.nan])),
        "measured within the interval": float(np.mean(held)),
    }
