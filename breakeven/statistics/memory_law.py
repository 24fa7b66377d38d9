"""Peak memory as a function of size: a base that does not grow, and what each row takes; a pure function of peaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from breakeven.statistics.curve import MISFIT, Estimate, beyond


@dataclass(frozen=True)
class MemoryLaw:
    """Bytes of a call: ``base + per_row * n_samples``.

    Attributes
    ----------
    base : float
        Bytes that do not depend on the size: interpreter, libraries, workers.
    per_row : float
        Bytes a row, over all processes that hold it.
    off : float
        Largest distance of a measured peak from the law, in bytes.
    sizes : tuple of int
        Measured ones, in ascending order.
    """

    base: float
    per_row: float
    off: float
    sizes: tuple[int, ...]

    def bytes(self, n_samples: float) -> Estimate:
        """Predict the peak at a size.

        Parameters
        ----------
        n_samples : float
            The size.

        Returns
        -------
        Estimate
            In bytes; its interval is as wide as measured peaks lie off the law, and by `MISFIT` at least: two sizes lie
            on every law.
        """
        value = self.base + self.per_row * n_samples
        off = max(self.off, MISFIT * value)
        return Estimate(value, max(value - off, 0.0), value + off, beyond(n_samples, self.sizes))


def fit(peaks: Mapping[int, float]) -> MemoryLaw:
    """Fit the law to measured peaks, minimising relative errors; neither part may be negative.

    Parameters
    ----------
    peaks : mapping of int to float
        Size to bytes; two sizes at least.

    Raises
    ------
    ValueError
        From one size nothing tells what grows from what does not.
    """
    if len(peaks) < 2:
        raise ValueError(f"Peak memory at two sizes is needed, not at {len(peaks)}")
    sizes = np.array(sorted(peaks), dtype=float)
    measured = np.array([peaks[int(n)] for n in sizes])
    scale = sizes[-1]
    terms = np.column_stack([np.ones_like(sizes), sizes / scale]) / measured[:, None]
    (base, growing), _ = nnls(terms, np.ones_like(sizes))
    off = np.max(np.abs(measured - base - growing * sizes / scale))
    return MemoryLaw(float(base), float(growing / scale), float(off), tuple(map(int, sizes)))
