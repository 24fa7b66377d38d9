"""asv's own rule, which ``asv continuous`` and ``asv compare`` go by."""

from __future__ import annotations

from asv.commands import compare
from asv_runner.statistics import compute_stats

from breakeven.statistics.arrays import Array


def slower(base: Array, head: Array, factor: float) -> bool:
    """Say whether asv calls head slower than base.

    Parameters
    ----------
    base, head : ndarray of shape (n_samples,)
        Seconds of each call.
    factor : float
        As in ``asv continuous --factor``.
    """
    (before, before_stats), (after, after_stats) = (compute_stats(list(samples), 1) for samples in (base, head))
    return bool(compare._is_result_better(before, after, (before_stats, base), (after_stats, head), factor))
