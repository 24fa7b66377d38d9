"""What is told of rounds beside their numbers, whatever they were measured for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: Where arms are not put to sleep.
AWAKE = (
    "The workers of an existing cluster cannot be put to sleep: each turn waits until those on this machine and the "
    "other side's own processes are quiet. docs/measuring.md tells what that costs in noise."
)


def notes(in_groups: Sequence[str], freezes: bool = True) -> Iterator[str]:
    """Say what was not measured as usual.

    Parameters
    ----------
    in_groups : sequence of str
        Cases that were measured in groups around the first arm.
    freezes : bool
        Whether the arms that wait were put to sleep.

    Yields
    ------
    str
        A sentence each; none if all was.
    """
    if not freezes:
        yield AWAKE
    if in_groups:
        yield f"For want of room, measured in groups around the first arm: {', '.join(in_groups)}."
