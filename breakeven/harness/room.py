"""How many arms of a round find room at the same time: their memory and open files, of what is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from breakeven.harness import freezer

#: Share of what is free that the arms of a round take together at most.
SHARE = 0.6


@dataclass(frozen=True)
class Need:
    """What an arm's processes hold when they are ready.

    Attributes
    ----------
    memory : int
        Bytes.
    files : int
        Open files.
    """

    memory: int = 0
    files: int = 0


def memory(root: Path = Path("/")) -> tuple[int, int] | None:
    """Tell how much memory is free, and how much there is, within the limits of cgroups.

    Parameters
    ----------
    root : Path
        Under which ``proc`` and ``sys`` are.

    Returns
    -------
    tuple of (int, int) or None
        In bytes; None where the system does not tell.
    """
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:  # not on Linux
        return None
    told = dict(line.split(":") for line in lines)
    if "MemAvailable" not in told:
        return None
    free, total = (1024 * int(told[what].split()[0]) for what in ("MemAvailable", "MemTotal"))
    limits = (freezer.of_cgroups(root, name) for name in ("memory.max", "memory.current"))
    for most, now in zip(*limits, strict=False):
        if most.strip() != "max":
            total, free = min(total, int(most)), min(free, int(most) - int(now))
    return free, total


def free(root: Path = Path("/")) -> Need:
    """Say what arms may take together: `SHARE` of what is free now.

    Parameters
    ----------
    root : Path
        Under which ``proc`` and ``sys`` are.

    Returns
    -------
    Need
    """
    try:
        opened, _, most = map(int, (root / "proc/sys/fs/file-nr").read_text().split())
    except (OSError, ValueError):  # not on Linux
        opened, most = 0, 1 << 62
    found = memory(root)
    available = psutil.virtual_memory().available if found is None else found[0]
    return Need(int(SHARE * available), int(SHARE * (most - opened)))


def fits(needs: Sequence[Need], room: Need) -> bool:
    """Say whether arms find room together."""
    return sum(n.memory for n in needs) <= room.memory and sum(n.files for n in needs) <= room.files


def groups(needs: Sequence[Need], room: Need) -> list[list[int]]:
    """Divide arms into groups that fit, each with the first arm, the reference.

    Parameters
    ----------
    needs : sequence of Need
        Of each arm.
    room : Need
        For the arms of a group together.

    Returns
    -------
    list of list of int
        Places of the arms in each group. Two arms are measured together even where they do not fit: there is no
        other way to compare them.
    """
    found = [[0]]
    for place in range(1, len(needs)):
        if len(found[-1]) > 1 and not fits([needs[p] for p in (*found[-1], place)], room):
            found.append([0])
        found[-1].append(place)
    return found
