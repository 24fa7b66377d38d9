"""What a search over releases found, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from breakeven.statistics.change_search import Comparison, Step


def sentence(step: Step, names: Sequence[str], packages: str = "") -> str:
    """Tell a step.

    Parameters
    ----------
    step : Step
        As found.
    names : sequence of str
        Of the releases on the line.
    packages : str
        Which packages did it, and their versions; the releases are named if this is empty.

    Returns
    -------
    str
        ``scikit-learn 1.4.2 -> 1.5.0: 1.31x slower (1.27 to 1.35)``
    """
    ends = f"{names[step.before]} -> {names[step.after]}"
    if step.kind == "unknown":
        found = step.comparison
        so_far = "" if math.isnan(found.ratio) else f", {found.ratio:.2f}x ({found.low:.2f} to {found.high:.2f})"
        return f"{ends}: {found.why}{so_far}"
    if step.kind == "gradual":
        n = step.after - step.before
        return f"{ends}: {change(step.comparison)}, gradually: none of the {n} releases alone is beyond the tolerance"
    return f"{packages or ends}: {change(step.comparison)}"


def change(found: Comparison) -> str:
    """Write an established change as a factor: ``1.31x slower (1.27 to 1.35)``."""
    if found.ratio >= 1:
        return f"{found.ratio:.2f}x slower ({found.low:.2f} to {found.high:.2f})"
    return f"{1 / found.ratio:.2f}x faster ({1 / found.high:.2f} to {1 / found.low:.2f})"


def packages(found: Mapping[str, tuple[str, str]], alone: bool) -> str:
    """Tell which packages did it.

    Parameters
    ----------
    found : mapping of str to (str, str)
        Name to version before and after.
    alone : bool
        Whether each of them changed the benchmark by itself; otherwise none of them did.

    Returns
    -------
    str
        ``scikit-learn 1.4.2 -> 1.5.0``
    """
    if not alone:
        return f"none of {', '.join(found)} alone"
    return ", ".join(f"{name} {old} -> {new}" for name, (old, new) in found.items())
