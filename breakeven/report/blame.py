"""What a search over releases found, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from breakeven import units
from breakeven.history.packages import Guilt, Moved
from breakeven.history.search import Candidate, Found, Step

#: Releases whose probability is told, where it may be one of several.
TOLD = 4


def sentences(found: Found, names: Sequence[str], tolerance: float, guilty: Mapping[Step, Guilt]) -> Iterator[str]:
    """Tell what is known of a line of releases.

    Parameters
    ----------
    found : Found
        By the search.
    names : sequence of str
        Of the releases.
    tolerance : float
        Change that does not count, as a share.
    guilty : mapping of Step to Guilt
        Which packages did a step, where that was looked for.

    Yields
    ------
    str
        ``scikit-learn 1.4.2 -> 1.5.0: 1.31x slower (1.27 to 1.35)``
    """
    if found.failure:
        yield f"{names[0]} -> {names[-1]}: not measured: {found.failure}"
        return
    beyond = units.percent(tolerance)
    if not found.steps:
        yield f"No change beyond {beyond}" if found.sure else f"Undecided within the budget: {_probably(found, beyond)}"
    _, low, high = found.net
    if found.steps and found.sure and max(high, 1 / low) <= 1 + tolerance:
        yield "The ends are alike, for these changes cancel:"
    for step in found.steps:
        yield sentence(step, names, beyond, guilty.get(step))
    if found.steps and not found.sure:
        yield f"Undecided within the budget: {_probably(found, beyond)}"
    if not found.sure and found.others:
        yield f"Further changes may be at {_chances(found.others, names)}"


def sentence(step: Step, names: Sequence[str], beyond: str, guilt: Guilt | None = None) -> str:
    """Tell one step, as `sentences` does."""
    places = [place for c in step.candidates for place in (c.before, c.after)]
    ends = f"{names[min(places)]} -> {names[max(places)]}"
    if step.kind == "gradual":
        n = step.after - step.before
        return f"{ends}: {change(step)}, gradually: none of the {n} releases alone is beyond {beyond}"
    if not step.placed:
        return f"{ends}: {change(step)}, beyond {beyond} at {_chances(step.candidates, names)}"
    return f"{packages(guilt) if guilt else ends}: {change(step)}"


def change(step: Step) -> str:
    """Write a change as a factor: ``1.31x slower (1.27 to 1.35)``."""
    if step.ratio >= 1:
        return f"{step.ratio:.2f}x slower ({step.low:.2f} to {step.high:.2f})"
    return f"{1 / step.ratio:.2f}x faster ({1 / step.high:.2f} to {1 / step.low:.2f})"


def packages(guilt: Guilt) -> str:
    """Tell which packages did it.

    Parameters
    ----------
    guilt : Guilt
        What is known of them.

    Returns
    -------
    str
        ``scikit-learn 1.4.2 -> 1.5.0``; ``scipy 1.14.0 -> 1.14.1 only together with numpy 2.0.1 -> 2.1.0``;
        ``numpy 2.0.1 -> 2.1.0 (61 %) or scipy 1.14.0 -> 1.14.1 (35 %)``
    """
    told = []
    for culprit in guilt.culprits:
        (first, _), *more = culprit.suspects
        words = _versions(first)
        if more:
            words = " or ".join(f"{_versions(who)} ({_percent(chance)})" for who, chance in culprit.suspects[:TOLD])
        told.append(words + (f" only together with {_versions(culprit.together)}" if culprit.together else ""))
    if told:
        return " and ".join(told)
    return f"none of {', '.join(guilt.moved)} alone" if guilt.sure else f"one of {', '.join(guilt.moved)}"


def _versions(moved: Moved) -> str:
    return ", ".join(f"{name} {old or 'absent'} -> {new or 'absent'}" for name, (old, new) in moved.items())


def _chances(candidates: Sequence[Candidate], names: Sequence[str]) -> str:
    told = [f"{names[c.after]} ({_percent(c.probability)})" for c in candidates[:TOLD]]
    rest = candidates[TOLD:]
    return ", ".join(told) + (f", {len(rest)} others ({_percent(sum(c.probability for c in rest))})" if rest else "")


def _probably(found: Found, beyond: str) -> str:
    if found.steps:
        return f"that this is all beyond {beyond} has a probability of {_percent(found.probability)}"
    return f"no change beyond {beyond} has a probability of {_percent(found.probability)}"


def _percent(probability: float) -> str:
    # what is not known for sure is not told as 100 %
    return f"{min(math.floor(100 * probability + 0.5), 99):.0f} %"


def so_far(found: Found) -> str:
    """Say in a few words how far a search is."""
    n = len(found.steps)
    changes = "no change" if not n else f"{n} change{'s' if n > 1 else ''}"
    return f"most probably {changes}, {_percent(found.probability)} sure of all of it"
