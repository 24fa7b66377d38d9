"""What the time of a call is spent on."""

from __future__ import annotations

from dataclasses import dataclass

from breakeven.statistics.curve import Curve
from breakeven.statistics.size_law import SizeLaw


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


def decompose(
    curve: Curve[SizeLaw], n_samples: float, start_up: float = 0.0, moving: Curve[SizeLaw] | None = None
) -> Parts:
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
