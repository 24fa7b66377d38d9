"""Time as a function of size: a fixed cost and a power, fitted to all strategies of a workload at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar, nnls

from breakeven.statistics.arrays import Array
from breakeven.statistics.curve import DRAWS, MISFIT, Curve, scatter

#: Samples of a workload: strategy to ``n_samples`` to seconds a call.
Times = Mapping[str, Mapping[int, Sequence[float]]]

#: Prior of the exponent, which counts where the sizes do not tell (k-means grows by 1, trees by a little more, kernel
#: methods by 2 or 3): its mean, its standard deviation, and its weight beside the squared relative errors. Of those
#: tried, the ones that predict held out sizes best on the committed results (``breakeven advise --evaluate``).
PRIOR_EXPONENT, PRIOR_SPREAD, PRIOR_WEIGHT = 1.0, 0.7, 0.1


@dataclass(frozen=True)
class Form:
    """What a law may look like.

    Attributes
    ----------
    fixed : bool
        Whether there may be a cost that does not depend on the size.
    exponents : tuple of float
        Range that is searched.
    """

    fixed: bool
    exponents: tuple[float, float]


#: The form that is fitted, and simpler ones that ``breakeven advise --evaluate`` compares it with. The exponents
#: hold slower and faster growth than any fit of the suite has.
FORMS = {
    "a fixed cost and a power": Form(True, (0.5, 3.0)),
    "a fixed cost and a straight line": Form(True, (1.0, 1.0)),
    "a power alone": Form(False, (0.5, 3.0)),
}
FORM = FORMS["a fixed cost and a power"]


@dataclass(frozen=True)
class SizeLaw:
    """Seconds of a call on n rows: ``fixed + rate * n**exponent``.

    Attributes
    ----------
    fixed : float
        Seconds that do not depend on the size.
    rate : float
        Seconds a sample to the power of the exponent.
    exponent : float
        Shared by the strategies of a workload, for they do the same work.
    """

    fixed: float
    rate: float
    exponent: float

    def seconds(self, n_samples: float) -> float:
        """Give the time of a call."""
        return float(self.fixed + self.rate * n_samples**self.exponent)


def fit(times: Times, form: Form = FORM, seed: int = 0) -> dict[str, Curve[SizeLaw]]:
    """Fit a fixed cost and a power of the size to each strategy of a workload, with one exponent for all.

    Relative errors are minimised, each size weighted by how far its samples and `MISFIT` let it be off. For
    a given exponent that is a linear problem with coefficients that may not be negative (variable projection:
    Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973; Lawson and Hanson's NNLS), so only the exponent is
    searched. Intervals come from the bootstrap: the samples of each size are drawn again with replacement,
    and the mean of the exponent's prior is drawn anew, so that extrapolation from few sizes is as uncertain as it is.

    Parameters
    ----------
    times : mapping of str to mapping of int to sequence of float
        Strategy to ``n_samples`` to samples in seconds. A strategy with fewer than two sizes is left out.
    form : Form
        What the laws may look like.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict of str to Curve
        By strategy.
    """
    known = {s: sized for s, by_size in times.items() if len(sized := {n: v for n, v in by_size.items() if v}) > 1}
    if not known:
        return {}
    random = np.random.default_rng(seed)
    weights = {s: {n: _weight(v) for n, v in by_size.items()} for s, by_size in known.items()}
    medians = {s: {n: float(np.median(v)) for n, v in by_size.items()} for s, by_size in known.items()}
    laws = _laws(medians, weights, PRIOR_EXPONENT, form)
    draws = [
        _laws(
            {s: {n: float(np.median(random.choice(v, len(v)))) for n, v in b.items()} for s, b in known.items()},
            weights,
            random.normal(PRIOR_EXPONENT, PRIOR_SPREAD),
            form,
        )
        for _ in range(DRAWS)
    ]
    return {
        s: Curve(laws[s], tuple(d[s] for d in draws), tuple(sorted(b)), scatter(laws[s], b, 2 + 1 / len(known), random))
        for s, b in medians.items()
    }


def _weight(samples: Sequence[float]) -> float:
    """Weigh a size by its noise, from 1 for none; the interquartile range of a normal law is 1.35 wide."""
    low, high = np.quantile(np.log(samples), [0.25, 0.75])
    return float(MISFIT / math.hypot(MISFIT, (high - low) / 1.35))


def _laws(
    medians: Mapping[str, Mapping[int, float]],
    weights: Mapping[str, Mapping[int, float]],
    prior_exponent: float,
    form: Form,
) -> dict[str, SizeLaw]:
    """Fit the laws to one time a size."""
    scale = max(n for by_size in medians.values() for n in by_size)
    known = [
        (
            np.array([n / scale for n in by_size]),
            np.array([weights[strategy][n] / t for n, t in by_size.items()]),
            np.array([weights[strategy][n] for n in by_size]),
        )
        for strategy, by_size in medians.items()
    ]
    found = minimize_scalar(
        lambda exponent: (
            sum(rest**2 for _, rest in _given(known, exponent, form)) + PRIOR_WEIGHT * (exponent - prior_exponent) ** 2
        ),
        bounds=form.exponents,
        method="bounded",
        options={"xatol": 1e-3},
    )
    exponent = float(found.x)
    return {
        strategy: SizeLaw(float(fixed), float(rate / scale**exponent), exponent)
        for strategy, ((fixed, rate), _) in zip(medians, _given(known, exponent, form), strict=True)
    }


def _given(known: Sequence[tuple[Array, Array, Array]], exponent: float, form: Form) -> list[tuple[Array, float]]:
    """Fit each strategy with a given exponent: coefficients and weighted relative error."""
    return [nnls(np.column_stack([form.fixed * w_per_t, w_per_t * n**exponent]), w) for n, w_per_t, w in known]
