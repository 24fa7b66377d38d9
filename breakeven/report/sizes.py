"""A workload's times as a table: each strategy at each size, and which one wins or which are equal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from breakeven import units
from breakeven.advice import sentences
from breakeven.harness.results import Value
from breakeven.harness.workloads import NOTHING, Row, Workload
from breakeven.report.grid import Grid

#: Bars of a small plot, and what stands for a size without a time.
BARS, GAP = "▁▂▃▄▅▆▇█", "·"

#: How a winner and strategies that are equal look.
STYLES = {"winner": "bold green", "tie": "bold cyan"}

#: Scores closer than this, relatively, are told as equal: sums in another order differ by rounding.
SAME_SCORE = 1e-9


def seconds(value: Value) -> str:
    """Write a time with half the width of its interval.

    Parameters
    ----------
    value : Value
        In seconds.

    Returns
    -------
    str
        ``"1.23 s ±0.04"``; a failure or a skip is named as such.
    """
    return units.seconds(value.number, value.half) if value.state == "measured" else value.state


def one_score(scores: Mapping[str, Value]) -> str:
    """Write the scores of one size: once if the strategies agree, else each; and whose failed.

    Parameters
    ----------
    scores : mapping of str to Value
        By strategy.
    """
    measured = {s: v.number for s, v in scores.items() if v.state == "measured"}
    failed = [f"{s} failed" for s, v in scores.items() if v.state == "failed"]
    told = [f"{s} {n:.6g}" for s, n in measured.items()]
    if measured:
        first = next(iter(measured.values()))
        if all(math.isclose(first, n, rel_tol=SAME_SCORE) for n in measured.values()):
            told = [f"{first:.6g}"]
    return ", ".join(told + failed)


def plot(times: Sequence[float], low: float, high: float) -> str:
    """Draw times as a row of bars whose heights are logarithms.

    Parameters
    ----------
    times : sequence of float
        Seconds; NaN where there is none.
    low, high : float
        The times of the lowest and the highest bar.

    Returns
    -------
    str
        A character each.
    """
    steps = (len(BARS) - 1) / math.log(high / low) if high > low else 0.0
    return "".join(GAP if math.isnan(t) else BARS[round(steps * math.log(t / low))] for t in times)


def table(workload: Workload) -> Table:
    """Draw a workload for a terminal.

    Parameters
    ----------
    workload : Workload
        What was measured.
    """
    rows = workload.rows
    title = f"{workload.name}, by n_samples; {sentences.rests_on(rows)}"
    drawn = Table("strategy", "", *(f"{row.n_samples:,}" for row in rows), title=title)
    drawn.title_justify = "left"
    times = [v.number for row in rows for v in row.times.values() if v.state == "measured"]
    tried = workload.tried
    absent = [name for name in workload.strategies if name not in tried]
    if absent:
        drawn.caption, drawn.caption_justify = Text(f"not measured: {', '.join(absent)}"), "left"
    for strategy in tried:
        bars = [row.times.get(strategy, NOTHING).number for row in rows]
        drawn.add_row(
            strategy,
            plot(bars, min(times, default=1), max(times, default=1)),
            *(_cell(row, strategy) for row in rows),
        )
    drawn.add_section()
    if any(row.fastest for row in rows):
        drawn.add_row("fastest", "", *(_styled(sentences.outcome(workload, row), row) for row in rows))
    if any(row.scores for row in rows):
        drawn.add_row("score", "", *(one_score(row.scores).replace(", ", "\n") for row in rows))
    return drawn


def grid(workload: Workload) -> Grid:
    """Arrange a workload for the documentation: a size a row.

    Parameters
    ----------
    workload : Workload
        What was measured.
    """
    strategies = workload.tried
    rows = [
        (
            f"{row.n_samples:,}",
            *(seconds(row.times.get(s, NOTHING)) for s in strategies),
            sentences.outcome(workload, row),
            one_score(row.scores),
        )
        for row in workload.rows
    ]
    align = "r" * (1 + len(strategies)) + "ll"
    title = f"{workload.name} ({sentences.rests_on(workload.rows)})"
    return Grid(title, ("n_samples", *strategies, "fastest", "score"), rows, align)


def _cell(row: Row, strategy: str) -> Text:
    told = seconds(row.times.get(strategy, NOTHING))
    return _styled(told, row) if strategy in row.leaders else Text(told)


def _styled(text: str, row: Row) -> Text:
    return Text(text, style=STYLES.get(row.state, ""))
