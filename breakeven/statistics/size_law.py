"""Time as a function of size: fitted laws, break-even sizes, speedup and efficiency; pure functions of samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar, nnls

Array = npt.NDArray[np.float64]

#: Samples of a workload: strategy to ``n_samples`` to seconds a call.
Times = Mapping[str, Mapping[int, Sequence[float]]]

#: Exponent that is believed in where the sizes do not tell (k-means grows by 1, trees by a little more, kernel
#: methods by 2 or 3), how far off it may be, and the weight of the belief beside the squared relative errors:
#: of those tried, the ones that predict held out sizes best on the committed results (``breakeven advise --evaluate``).
BELIEVED, DOUBT, BELIEF = 1.0, 0.7, 0.1

#: Relative error of a law that fits as well as can be hoped for: caches and early stops bend every curve.
MISFIT = 0.1


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

#: Refits to resampled samples.
DRAWS = 200

#: Share of the draws within an interval.
COVERAGE = 0.95


@dataclass(frozen=True)
class Law:
    """A fixed cost and a power of the size.

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
        """Give the time of a call.

        Parameters
        ----------
        n_samples : float
            The size.

        Returns
        -------
        float
        """
        return float(self.fixed + self.rate * n_samples**self.exponent)


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    value : float
        The number.
    low, high : float
        Ends of the interval, which holds `COVERAGE` of the draws.
    beyond : float
        How many times larger than the largest measured size, or smaller than the smallest one, the
        size in question is; 1 within the measured range.
    """

    value: float
    low: float
    high: float
    beyond: float = 1.0


@dataclass(frozen=True)
class Curve:
    """The fitted time of one strategy.

    Attributes
    ----------
    law : Law
        As fitted to the medians.
    draws : tuple of Law
        As fitted to medians of resampled samples.
    sizes : tuple of int
        Measured ones, in ascending order.
    scatter : tuple of float
        For each draw, the logarithm of a new measurement over the law.
    """

    law: Law
    draws: tuple[Law, ...]
    sizes: tuple[int, ...]
    scatter: tuple[float, ...]

    def seconds(self, n_samples: float) -> Estimate:
        """Predict the time of a call.

        Parameters
        ----------
        n_samples : float
            The size.

        Returns
        -------
        Estimate
            Its interval is that of a new measurement: the law's, widened by how far medians lie off it.
        """
        drawn = [law.seconds(n_samples) * math.exp(o) for law, o in zip(self.draws, self.scatter, strict=True)]
        low, high = interval(np.array(drawn))
        return Estimate(self.law.seconds(n_samples), low, high, beyond(n_samples, self.sizes))


@dataclass(frozen=True)
class BreakEven:
    """The size at which two strategies take the same time.

    Attributes
    ----------
    below, above : str
        The faster strategy on either side of it.
    n_samples : Estimate
        The size. An end of the interval is 0 or infinite where a draw has no such size.
    """

    below: str
    above: str
    n_samples: Estimate


@dataclass(frozen=True)
class Winner:
    """One of two strategies is faster at every size.

    Attributes
    ----------
    faster, slower : str
        The strategies.
    certainty : float
        Share of the draws that say the same over the whole measured range.
    """

    faster: str
    slower: str
    certainty: float


def beyond(n_samples: float, sizes: Sequence[int]) -> float:
    """Say how far a size lies outside the measured ones.

    Parameters
    ----------
    n_samples : float
        The size.
    sizes : sequence of int
        Measured.

    Returns
    -------
    float
        A factor of at least 1; 1 within.
    """
    return float(max(n_samples / max(sizes), min(sizes) / n_samples, 1.0))


def fit(times: Times, form: Form = FORM, seed: int = 0) -> dict[str, Curve]:
    """Fit a fixed cost and a power of the size to each strategy of a workload, with one exponent for all.

    Relative errors are minimised, each size weighted by how far its samples and `MISFIT` let it be off. For
    a given exponent that is a linear problem with coefficients that may not be negative (variable projection:
    Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973; Lawson and Hanson's NNLS), so only the exponent is
    searched. Intervals come from the bootstrap: the samples of each size are drawn again with replacement,
    and so is the exponent that is believed in, so that extrapolation from few sizes is as uncertain as it is.

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
    """
    known = {s: sized for s, by_size in times.items() if len(sized := {n: v for n, v in by_size.items() if v}) > 1}
    if not known:
        return {}
    random = np.random.default_rng(seed)
    weights = {s: {n: _weight(v) for n, v in by_size.items()} for s, by_size in known.items()}
    middle = {s: {n: float(np.median(v)) for n, v in by_size.items()} for s, by_size in known.items()}
    laws = _laws(middle, weights, BELIEVED, form)
    draws = [
        _laws(
            {s: {n: float(np.median(random.choice(v, len(v)))) for n, v in b.items()} for s, b in known.items()},
            weights,
            random.normal(BELIEVED, DOUBT),
            form,
        )
        for _ in range(DRAWS)
    ]
    return {
        s: Curve(laws[s], tuple(d[s] for d in draws), tuple(sorted(b)), scatter(laws[s], b, 2 + 1 / len(known), random))
        for s, b in middle.items()
    }


def break_even(first: str, second: str, curves: Mapping[str, Curve]) -> BreakEven | Winner:
    """Find the size at which two strategies take the same time.

    With one exponent for both there is at most one.

    Parameters
    ----------
    first, second : str
        Strategies.
    curves : mapping of str to Curve
        From one call of `fit`.

    Returns
    -------
    BreakEven or Winner
    """
    a, b = curves[first], curves[second]
    sizes = sorted({*a.sizes} & {*b.sizes}) or sorted({*a.sizes, *b.sizes})
    size = _equal(a.law, b.law)
    if size is None:
        faster, slower = (first, second) if a.law.seconds(sizes[0]) <= b.law.seconds(sizes[0]) else (second, first)
        won = [
            all(p.seconds(n) <= q.seconds(n) for n in (sizes[0], sizes[-1]))
            for p, q in zip(curves[faster].draws, curves[slower].draws, strict=True)
        ]
        return Winner(faster, slower, float(np.mean(won)))
    below, above = (first, second) if a.law.fixed < b.law.fixed else (second, first)
    drawn = []
    for p, q in zip(curves[below].draws, curves[above].draws, strict=True):
        at = _equal(p, q)
        if at is None or p.fixed > q.fixed:  # one wins at all sizes, or the other way round
            at = math.inf if p.seconds(size) <= q.seconds(size) else 0.0
        drawn.append(at)
    low, high = interval(np.array(drawn))
    return BreakEven(below, above, Estimate(size, low, high, beyond(size, sizes)))


def sentence(compared: BreakEven | Winner) -> str:
    """Say which of two strategies is faster, and from which size on.

    Parameters
    ----------
    compared : BreakEven or Winner
        As `break_even` gives it.

    Returns
    -------
    str
        What is extrapolated says so, with how far.
    """
    if isinstance(compared, Winner):
        return f"{compared.faster} is faster than {compared.slower} at every measured size."
    at = compared.n_samples
    far = f", {at.beyond:.3g} times outside the measured sizes" if at.beyond > 1 else ""
    interval = f"{at.low:,.0f} to {at.high:,.0f}" if math.isfinite(at.high) else f"{at.low:,.0f} or more"
    return f"{compared.above} is faster than {compared.below} from {at.value:,.0f} rows ({interval}){far}."


def break_evens(curves: Mapping[str, Curve]) -> list[BreakEven | Winner]:
    """Compare each pair of strategies.

    Parameters
    ----------
    curves : mapping of str to Curve
        From one call of `fit`.

    Returns
    -------
    list of BreakEven or Winner
    """
    return [break_even(first, second, curves) for first, second in combinations(curves, 2)]


@dataclass(frozen=True)
class Parts:
    """Where the time of a strategy goes.

    Attributes
    ----------
    start_up : float
        Seconds that the first call of a session takes more, to start workers and import there.
    moving : float
        Seconds of each call that send the data to the workers.
    fixed : float
        Seconds of each call that do not depend on the size.
    work : float
        The rest: it grows with the size.
    """

    start_up: float
    moving: float
    fixed: float
    work: float


def decompose(curve: Curve, n_samples: float, start_up: float = 0.0, moving: Curve | None = None) -> Parts:
    """Split the time of a call into what it is spent on.

    Parameters
    ----------
    curve : Curve
        Of the strategy.
    n_samples : float
        The size.
    start_up : float
        Seconds before the first call.
    moving : Curve, optional
        Time to send as many rows to the workers; None for a strategy that sends none.

    Returns
    -------
    Parts
        Its last three add up to the fitted time. What is sent is taken from the growing part first:
        its own fixed cost is part of the strategy's.
    """
    fixed = curve.law.fixed
    growing = curve.law.seconds(n_samples) - fixed
    sent = moving.law.seconds(n_samples) - moving.law.fixed if moving is not None else 0.0
    sent = min(sent, growing)
    return Parts(start_up, sent, fixed, growing - sent)


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
    """Divide a speedup by the number of cores that it took.

    Parameters
    ----------
    gained : Estimate
        The speedup.
    n_jobs : int
        Cores.

    Returns
    -------
    Estimate
        Parallel efficiency; 1 is perfect.
    """
    return Estimate(gained.value / n_jobs, gained.low / n_jobs, gained.high / n_jobs, gained.beyond)


def _weight(samples: Sequence[float]) -> float:
    """Weigh a size by its noise, from 1 for none; the interquartile range of a normal law is 1.35 wide."""
    low, high = np.quantile(np.log(samples), [0.25, 0.75])
    return float(MISFIT / math.hypot(MISFIT, (high - low) / 1.35))


class HasSeconds(Protocol):
    """A law of whatever the time depends on."""

    def seconds(self, of: float, /) -> float:
        """Give the time of a call."""


def scatter(
    law: HasSeconds, measured: Mapping[int, float], n_coefficients: float, random: np.random.Generator
) -> tuple[float, ...]:
    """Draw how far new measurements lie off a law, as a logarithm.

    Two more residuals of `MISFIT` are believed: where there are as many coefficients as medians, they are all there is.

    Parameters
    ----------
    law : HasSeconds
        As fitted.
    measured : mapping of int to float
        What it was fitted to: size, or number of workers, to median.
    n_coefficients : float
        How many were fitted; one that several laws share counts for its part.
    random : Generator
        Where draws come from.

    Returns
    -------
    tuple of float
        `DRAWS` of them.
    """
    off = [math.log(t / law.seconds(n)) for n, t in measured.items()]
    left = max(len(off) - n_coefficients, 0)
    spread = math.sqrt((2 * MISFIT**2 + sum(o**2 for o in off)) / (2 + left))
    return tuple(random.normal(0, spread, DRAWS).tolist())


def _laws(
    middle: Mapping[str, Mapping[int, float]],
    weights: Mapping[str, Mapping[int, float]],
    believed: float,
    form: Form,
) -> dict[str, Law]:
    """Fit the laws to one time a size."""
    scale = max(n for by_size in middle.values() for n in by_size)
    known = [
        (
            np.array([n / scale for n in by_size]),
            np.array([weights[strategy][n] / t for n, t in by_size.items()]),
            np.array([weights[strategy][n] for n in by_size]),
        )
        for strategy, by_size in middle.items()
    ]
    found = minimize_scalar(
        lambda exponent: (
            sum(rest**2 for _, rest in _given(known, exponent, form)) + BELIEF * (exponent - believed) ** 2
        ),
        bounds=form.exponents,
        method="bounded",
        options={"xatol": 1e-3},
    )
    exponent = float(found.x)
    return {
        strategy: Law(float(fixed), float(rate / scale**exponent), exponent)
        for strategy, ((fixed, rate), _) in zip(middle, _given(known, exponent, form), strict=True)
    }


def _given(known: Sequence[tuple[Array, Array, Array]], exponent: float, form: Form) -> list[tuple[Array, float]]:
    """Fit each strategy with a given exponent: coefficients and weighted relative error."""
    return [nnls(np.column_stack([form.fixed * w_per_t, w_per_t * n**exponent]), w) for n, w_per_t, w in known]


def _equal(a: Law, b: Law) -> float | None:
    """Solve ``a.fixed + a.rate * n**p == b.fixed + b.rate * n**p`` for n."""
    saved, lost = a.fixed - b.fixed, b.rate - a.rate
    if saved * lost <= 0:
        return None
    return float((saved / lost) ** (1 / a.exponent))


def interval(drawn: Array) -> tuple[float, float]:
    """Give the ends of the interval that holds `COVERAGE` of the draws.

    Parameters
    ----------
    drawn : ndarray of shape (n_draws,)
        Some may be infinite.

    Returns
    -------
    tuple of float
    """
    # by rank, for between infinite ones nothing can be interpolated
    low, high = np.quantile(drawn, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], method="nearest")
    return float(low), float(high)
