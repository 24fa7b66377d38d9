"""Which releases changed a benchmark: a search of their line, in which hardly any is suspected but those that could."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from breakeven.history.packages import UNLOADED, Bench, Search
from breakeven.history.search import Found
from breakeven.train import entries


def changed(by: Search, names: Sequence[str]) -> Found:
    """Find the releases at which a benchmark changed.

    Both ends are measured first, which tells what the benchmark's process loads there. A release that moved none of it
    cannot have changed the process; its workers, or what only the releases in between load, may have changed all the
    same.

    Parameters
    ----------
    by : Search
        How.
    names : sequence of str
        The releases, in order.
    """
    line, last = by.bench.line(names), len(names) - 1
    # what is kept may be of a search that began at the same release and ended at another
    if not any(last in values for values in line.rounds):
        line.round([0, last])
    return by.along(line, _weights(by.bench, names))


def _weights(bench: Bench, names: Sequence[str]) -> list[float]:
    """Say how much each release is suspected, relative to the others."""
    loaded = {*bench.loaded(names[0]), *bench.loaded(names[-1])}
    moved = [entries.difference(before, after) for before, after in itertools.pairwise(map(bench.pins, names))]
    return [UNLOADED if loaded and loaded.isdisjoint(packages) else 1.0 for packages in moved]
