"""The trial of the engine as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from breakeven import units
from breakeven.calibration import disturbance
from breakeven.calibration.disturbance import Mean, Summary
from breakeven.calibration.self_test import DISTURBANCE
from breakeven.report.grid import Grid


def markdown(summaries: Sequence[Summary]) -> Iterator[str]:
    """Write the tables, and what of it is not as it should be.

    Parameters
    ----------
    summaries : sequence of Summary
        A benchmark each.

    Yields
    ------
    str
        A line.
    """
    yield from disturbed(summaries).markdown()
    yield ""
    yield from favoured(summaries).markdown()
    yield ""
    yield from noise(summaries).markdown()
    yield ""
    yield from verdict(summaries)


def disturbed(summaries: Sequence[Summary]) -> Grid:
    """Arrange by how much turns change a time."""
    head = (
        "benchmark", "rounds", "time alone", "in turns as before", "nobody asleep, but quiet", "the other asleep",
        "within 3 %",
    )  # fmt: skip
    rows = [
        (
            s.tried.label,
            str(s.in_blocks),
            units.seconds(s.seconds),
            _ratio(s.before),
            _ratio(s.awake),
            _ratio(s.now),
            "yes" if abs(math.expm1(s.now.value)) <= DISTURBANCE else "no",
        )
        for s in summaries
    ]
    return Grid("", head, rows, "lrrrrrl")


def favoured(summaries: Sequence[Summary]) -> Grid:
    """Arrange what a release against itself shows: of all turns, and of those of one order or core."""
    names = list(dict.fromkeys(name for s in summaries for name in s.means))
    rows = [
        (
            s.tried.label,
            str(s.rounds),
            *(_percent(s.means[name]) if name in s.means else "" for name in names),
            f"{100 * disturbance.limit(s.means['all'], n_checks(summaries)):.2f} %",
        )
        for s in summaries
    ]
    return Grid("", ("benchmark", "rounds", *names, "limit for all"), rows)


def noise(summaries: Sequence[Summary]) -> Grid:
    """Arrange what it costs in noise where nothing can be put to sleep."""
    head = ("benchmark", "noise of a turn, the other asleep", "nobody asleep, but quiet", "times")
    rows = [
        (
            s.tried.label,
            f"{100 * s.noise['now']:.1f} %",
            f"{100 * s.noise['awake']:.1f} %",
            f"{s.noise['awake'] / s.noise['now']:.1f}",
        )
        for s in summaries
    ]
    return Grid("", head, rows, "lrrr")


def n_checks(summaries: Sequence[Summary]) -> int:
    """Count the means that must be 0."""
    return sum(len(s.means) for s in summaries)


def verdict(summaries: Sequence[Summary]) -> Iterator[str]:
    """Say what is not as it should be."""
    checks = n_checks(summaries)
    beyond = [
        f"{s.tried.label} ({name}, {_percent(mean)})"
        for s in summaries
        for name, mean in s.means.items()
        if abs(mean.value) > disturbance.limit(mean, checks)
    ]
    wide = [
        f"{s.tried.label} ({name}, {100 * mean.error:.2f} %)"
        for s in summaries
        for name, mean in s.means.items()
        if mean.error > s.tried.error
    ]
    yield f"Means that are not 0, of {checks}, at 1 % for all together: {', '.join(beyond) or 'none'}."
    yield f"Standard errors that are larger than planned: {', '.join(wide) or 'none'}."


def _ratio(mean: Mean) -> str:
    return f"{math.exp(mean.value):.3f} ±{mean.error:.3f}"


def _percent(mean: Mean) -> str:
    return f"{100 * mean.value:+.2f} ±{100 * mean.error:.2f} %"
