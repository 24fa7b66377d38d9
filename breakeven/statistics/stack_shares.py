"""Two profiles of samples: which functions take a larger share of one than of the other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

#: Function names with their files, the outermost first.
Stack = tuple[str, ...]

#: Standard errors by which a share has grown at least: those of independent samples, and true ones are larger, for
#: samples that follow each other are alike.
ERRORS = 4.0


@dataclass(frozen=True)
class Grown:
    """A function that takes a larger share than before.

    Attributes
    ----------
    function : str
        Its name and file.
    before, after : float
        Shares of the samples that have it in their stack.
    """

    function: str
    before: float
    after: float


def grown(before: Mapping[Stack, int], after: Mapping[Stack, int]) -> list[Grown]:
    """List the functions whose share has grown, the largest growth first.

    Time that is added to a function is added to all that call it, but their share was larger before, and grows by
    less: with ``d`` times the whole added to a function of share ``a``, that becomes ``(a + d) / (1 + d)``, which is
    ``d (1 - a) / (1 + d)`` more. So the innermost function that holds all of it comes first.

    Parameters
    ----------
    before, after : mapping of tuple of str to int
        Stack to number of samples.

    Returns
    -------
    list of Grown
        Those whose growth is beyond `ERRORS` standard errors of two binomial shares.
    """
    totals = sum(before.values()), sum(after.values())
    if not all(totals):
        return []
    counts = inclusive(before), inclusive(after)
    found = []
    for function in counts[1]:
        shares = [counted[function] / total for counted, total in zip(counts, totals, strict=True)]
        error = math.sqrt(sum(share * (1 - share) / total for share, total in zip(shares, totals, strict=True)))
        if shares[1] - shares[0] > ERRORS * error:
            found.append(Grown(function, *shares))
    return sorted(found, key=lambda g: g.before - g.after)


def inclusive(stacks: Mapping[Stack, int]) -> Counter[str]:
    """Count the samples that have a function in their stack, once each.

    Parameters
    ----------
    stacks : mapping of tuple of str to int
        Stack to number of samples.
    """
    found: Counter[str] = Counter()
    for stack, n in stacks.items():
        found.update(dict.fromkeys(stack, n))
    return found


@dataclass
class Node:
    """A function called by those above it, in both profiles.

    Attributes
    ----------
    function : str
        Its name and file.
    depth : int
        Functions above it.
    start : float
        Where it begins, as a share of the later profile.
    before, after : float
        Its shares.
    """

    function: str
    depth: int
    start: float
    before: float
    after: float


def tree(before: Mapping[Stack, int], after: Mapping[Stack, int]) -> list[Node]:
    """Lay the later profile out as a flame graph, each function beside its share of the earlier one.

    Brendan Gregg, *Differential flame graphs*, 2014: widths are those of the later profile, and a colour is for the
    difference. What is only in the earlier one has no width.

    Parameters
    ----------
    before, after : mapping of tuple of str to int
        Stack to number of samples.

    Returns
    -------
    list of Node
        Callers before what they call; of those that one calls, in the order of their names.
    """
    counts = []
    for stacks in (before, after):
        counted: Counter[Stack] = Counter()
        for stack, n in stacks.items():
            counted.update({stack[:depth]: n for depth in range(1, len(stack) + 1)})
        counts.append((counted, max(sum(stacks.values()), 1)))
    (earlier, n_before), (later, n_after) = counts
    nodes: list[Node] = []
    ends: dict[Stack, float] = {(): 0.0}  # where the next one that a stack calls begins
    for stack in sorted(later):
        start, share = ends[stack[:-1]], later[stack] / n_after
        ends[stack[:-1]], ends[stack] = start + share, start
        nodes.append(Node(stack[-1], len(stack) - 1, start, earlier[stack] / n_before, share))
    return nodes
