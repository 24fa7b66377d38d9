"""What is told of rounds beside their numbers, whatever they were measured for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: Where arms are not put to sleep.
AWAKE = (
    "The workers of an existing cluster cannot be put to sleep: each turn waits until the other side's own processes "
    "are quiet. docs/measuring.md tells what that costs in noise."
)


def in_groups(labels: Sequence[str]) -> Iterator[str]:
    """Say what was measured in groups, if anything was.

    Parameters
    ----------
    labels : sequence of str
        The cases.

    Yields
    ------
    str
        A sentence at most.
    """
    if labels:
        yield f"For want of room, measured in groups around the first arm: {', '.join(labels)}."
