"""What a user's own code gave, as a table: a benchmark a row, a release a column."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.harness import results, workloads
from breakeven.harness.release_results import ReleaseResults
from breakeven.report import other_axes
from breakeven.report.grid import Grid


def grid(found: Sequence[ReleaseResults]) -> Grid:
    """Tell all that is recorded.

    Parameters
    ----------
    found : sequence of ReleaseResults
        Of the same suite.

    Returns
    -------
    Grid
        Numbers as their kinds are written.
    """
    rows: dict[str, list[str]] = {}
    for at, of_release in enumerate(found):
        for benchmark, values in workloads.benchmarks(of_release.recorded, of_release.listed):
            for parameters, value in values.items():
                cells = rows.setdefault(results.label(benchmark.name, parameters), [""] * len(found))
                cells[at] = other_axes.written(benchmark.kind, value)
    head = ("benchmark", *(of_release.release for of_release in found))
    return Grid("", head, [(label, *cells) for label, cells in rows.items()], "l" + "r" * len(found))
