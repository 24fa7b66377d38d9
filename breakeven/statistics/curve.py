"""A fitted law of any quantity, with the uncertainty of what it predicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from breakeven.statistics.arrays import Array

#: Refits to resampled samples.
DRAWS = 200

#: Share of the draws within an interval.
COVERAGE = 0.95

#: Relative error of a law that fits as well as can be hoped for: caches and early stops bend every curve.
MISFIT = 0.1


class HasSeconds(Protocol):
    """A law of whatever the time depends on."""

    def seconds(self, at: float, /) -> float:
        """Give the time of a call."""


LawT = TypeVar("LawT", bound=HasSeconds)


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
        How many times larger than the largest measured size, or smaller than the smallest one, the size in
        question is; 1 within the measured range.
    """

    value: float
    low: float
    high: float
    beyond: float = 1.0


@dataclass(frozen=True)
class Curve(Generic[LawT]):
    """A law as fitted to samples.

    Attributes
    ----------
    law : law
        As fitted to the medians.
    draws : tuple of law
        As fitted to medians of resampled samples.
    measured : tuple of int
        Sizes, or numbers of workers, in ascending order.
    scatter : tuple of float
        For each draw, the logarithm of a new measurement over the law.
    """

    law: LawT
    draws: tuple[LawT, ...]
    measured: tuple[int, ...]
    scatter: tuple[float, ...]

    def seconds(self, at: float, at_least: float = 0.0) -> Estimate:
        """Predict the time of a call.

        Parameters
        ----------
        at : float
            The size, or the number of workers.
        at_least : float
            Seconds that a call takes whatever the law says, such as those of the scheduler for its tasks.

        Returns
        -------
        Estimate
            Its interval is that of a new measurement: the law's, widened by how far medians lie off it.
        """
        drawn = [
            max(law.seconds(at), at_least) * math.exp(off) for law, off in zip(self.draws, self.scatter, strict=True)
        ]
        low, high = interval(np.array(drawn))
        return Estimate(max(self.law.seconds(at), at_least), low, high, beyond(at, self.measured))


def interval(drawn: Array) -> tuple[float, float]:
    """Give the ends of the interval that holds `COVERAGE` of the draws.

    Parameters
    ----------
    drawn : ndarray of shape (n_draws,)
        Some may be infinite.
    """
    # by rank, for between infinite ones nothing can be interpolated
    low, high = np.quantile(drawn, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], method="nearest")
    return float(low), float(high)


def beyond(at: float, measured: Sequence[int]) -> float:
    """Say how far outside the measured range a size, or a number of workers, lies.

    Parameters
    ----------
    at : float
        In question.
    measured : sequence of int
        In any order.

    Returns
    -------
    float
        A factor of at least 1; 1 within.
    """
    return float(max(at / max(measured), min(measured) / at, 1.0))


def scatter(
    law: HasSeconds, medians: Mapping[int, float], n_coefficients: float, random: np.random.Generator
) -> tuple[float, ...]:
    """Draw how far new measurements lie off a law, as a logarithm.

    Their spread is that of the residuals and of two more of `MISFIT`, which are all there is where there are as many
    coefficients as medians.

    Parameters
    ----------
    law : law
        As fitted.
    medians : mapping of int to float
        What it was fitted to: size, or number of workers, to seconds.
    n_coefficients : float
        How many were fitted; one that several laws share counts for its part.
    random : Generator
        Where draws come from.

    Returns
    -------
    tuple of float
        `DRAWS` of them.
    """
    off = [math.log(t / law.seconds(n)) for n, t in medians.items()]
    left = max(len(off) - n_coefficients, 0)
    spread = math.sqrt((2 * MISFIT**2 + sum(o**2 for o in off)) / (2 + left))
    return tuple(random.normal(0, spread, DRAWS).tolist())
