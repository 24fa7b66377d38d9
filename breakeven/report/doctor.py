"""What a machine permits, as lines: what was looked at, the verdict, what was found, and advice below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from breakeven.harness.conditions import Condition


def lines(found: Iterable[Condition]) -> Iterator[str]:
    """Write one line a condition, and one more where there is advice.

    Parameters
    ----------
    found : iterable of Condition
        What was found; a line is written as soon as it is known.

    Yields
    ------
    str
    """
    for each in found:
        yield f"{each.name:14}{each.verdict:6}{each.fact}"
        if each.advice:
            yield f"{'':20}{each.advice}"
