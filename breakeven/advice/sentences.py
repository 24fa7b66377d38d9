"""What is said of two strategies, in words, wherever it is said: terminal, site and documentation."""

from __future__ import annotations

import math

from breakeven.statistics.break_even import BreakEven, Winner


def break_even(compared: BreakEven | Winner) -> str:
    """Say which of two strategies is faster, and from which size on.

    What is extrapolated says so, with how far.
    """
    if isinstance(compared, Winner):
        return f"{compared.faster} is faster than {compared.slower} at every measured size."
    at = compared.n_samples
    far = f", {at.beyond:.3g} times outside the measured sizes" if at.beyond > 1 else ""
    interval = f"{at.low:,.0f} to {at.high:,.0f}" if math.isfinite(at.high) else f"{at.low:,.0f} or more"
    return f"{compared.above} is faster than {compared.below} from {at.value:,.0f} rows ({interval}){far}."
