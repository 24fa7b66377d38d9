"""Time as a function of the number of workers: Amdahl's law and the Universal Scalability Law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from breakeven.statistics.curve import DRAWS, Curve, scatter

#: Samples of one call: number of workers to seconds.
Times = Mapping[int, Sequence[float]]

#: Terms of a law: each may cost time or not, so coefficients are not negative.
FORMS = {"Amdahl": 2, "USL": 3}


@dataclass(frozen=True)
class WorkerLaw:
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
        """Give the time of a call on one worker or more."""
        return float(self.parallel / n_workers + self.serial + self.crosstalk * (n_workers - 1))


def fit(times: Times, form: str, seed: int = 0) -> Curve[WorkerLaw]:
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
    medians = {n: float(np.median(v)) for n, v in known.items()}
    law = _law(medians, form)
    draws = tuple(
        _law({n: float(np.median(random.choice(v, len(v)))) for n, v in known.items()}, form) for _ in range(DRAWS)
    )
    return Curve(law, draws, tuple(known), scatter(law, medians, FORMS[form], random))


def _law(medians: Mapping[int, float], form: str) -> WorkerLaw:
    n, seconds = np.array(list(medians), dtype=float), np.array(list(medians.values()))
    terms = np.column_stack([1 / n, np.ones_like(n), n - 1])[:, : FORMS[form]]
    found, _ = nnls(terms / seconds[:, None], np.ones_like(n))
    return WorkerLaw(*map(float, found))
