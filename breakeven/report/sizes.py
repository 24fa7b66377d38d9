"""The measured times as tables: each strategy at each size, and which one wins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from breakeven.harness.results import Value, plain

Recorded = Mapping[str, Mapping[tuple[str, ...], Value]]

#: Bars of a small plot, and what stands for a size without a time.
BARS, GAP = "▁▂▃▄▅▆▇█", "·"

#: Scores closer than this, relatively, are told as equal: sums in another order differ by rounding.
SAME_SCORE = 1e-9


@dataclass(frozen=True)
class Row:
    """One size of one workload.

    Attributes
    ----------
    n_samples : int
        The size.
    times, scores, memory : dict of str to Value
        By strategy: seconds, score, bytes.
    """

    n_samples: int
    times: dict[str, Value]
    scores: dict[str, Value]
    memory: dict[str, Value]

    @property
    def fastest(self) -> str | None:
        """The strategy with the smallest median; ``None`` if there is nothing to compare."""
        measured = {s: v.number for s, v in self.times.items() if v.state == "measured"}
        return min(measured, key=measured.__getitem__) if len(measured) > 1 else None

    @property
    def clear(self) -> bool:
        """Whether the fastest one's interval lies below all the others'."""
        fastest = self.fastest
        if fastest is None:
            return False
        others = [v for s, v in self.times.items() if s != fastest and v.state == "measured"]
        return all(self.times[fastest].interval[1] < v.interval[0] for v in others)


def workloads(recorded: Recorded) -> dict[str, list[Row]]:
    """Arrange what is recorded for a release by workload and size.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.

    Returns
    -------
    dict of str to list of Row
        Name of the timed method (``large_models.Forest.fit``) to rows in order of size.
    """
    found: dict[str, list[Row]] = {}
    for name, values in recorded.items():
        owner, _, method = name.rpartition(".")
        if not method.startswith("time_") or not all(len(p) == 2 and isinstance(plain(p[0]), int) for p in values):
            continue  # not by n_samples and strategy
        tables = [values, recorded.get(f"{owner}.track_score", {}), recorded.get(f"{owner}.track_peak_memory", {})]
        sizes = sorted({int(plain(p[0])) for p in values})
        found[f"{owner}.{method.removeprefix('time_')}"] = [
            Row(size, *({str(plain(s)): v for (n, s), v in t.items() if plain(n) == size} for t in tables))
            for size in sizes
        ]
    return found


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
    if value.state != "measured":
        return value.state
    scale, unit = (1, "s") if value.number >= 1 else (1e3, "ms")
    half = (value.interval[1] - value.interval[0]) / 2
    spread = f" ±{_digits(half * scale, 2)}" if math.isfinite(half) else ""
    return f"{_digits(value.number * scale, 3)} {unit}{spread}"


def one_score(scores: Mapping[str, Value]) -> str:
    """Write the scores of one size: once if the strategies agree, else each.

    Parameters
    ----------
    scores : mapping of str to Value
        By strategy.

    Returns
    -------
    str
    """
    measured = {s: v.number for s, v in scores.items() if v.state == "measured"}
    missing = "".join(f", {s} {v.state}" for s, v in scores.items() if v.state != "measured")
    if not measured:
        return missing.removeprefix(", ")
    first = next(iter(measured.values()))
    if all(math.isclose(first, n, rel_tol=SAME_SCORE) for n in measured.values()):
        return f"{first:.6g}{missing}"
    return ", ".join(f"{s} {n:.6g}" for s, n in measured.items()) + missing


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


def tables(recorded: Recorded) -> list[Table]:
    """Draw one table a workload and one of the overheads.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.

    Returns
    -------
    list of rich.table.Table
    """
    drawn = []
    for name, rows in workloads(recorded).items():
        table = Table("strategy", "", *(f"{row.n_samples:,}" for row in rows), title=f"{name}, by n_samples")
        table.title_justify = "left"
        times = [v.number for row in rows for v in row.times.values() if v.state == "measured"]
        for strategy in _strategies(rows):
            bars = [row.times.get(strategy, Value("skipped")).number for row in rows]
            table.add_row(
                strategy,
                plot(bars, min(times, default=1), max(times, default=1)),
                *(_cell(row, strategy) for row in rows),
            )
        table.add_section()
        if any(row.fastest for row in rows):
            table.add_row("fastest", "", *(winner(row) for row in rows))
        if any(row.scores for row in rows):
            table.add_row("score", "", *(one_score(row.scores).replace(", ", "\n") for row in rows))
        drawn.append(table)
    overheads = Table("overhead", "time", title="overheads", title_justify="left")
    for name, values in recorded.items():
        if name.startswith("overheads."):
            for parameters, value in values.items():
                shown = ", ".join(str(plain(p)) for p in parameters)
                overheads.add_row(name.removeprefix("overheads.") + (f" ({shown})" if shown else ""), seconds(value))
    return [*drawn, overheads] if overheads.row_count else drawn


def _digits(number: float, significant: int) -> str:
    return f"{float(f'{number:.{significant}g}'):g}"  # 110 instead of 1.1e+02


def _strategies(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(s for row in rows for s in row.times))


def _cell(row: Row, strategy: str) -> Text:
    value = row.times.get(strategy, Value("skipped"))
    return Text(seconds(value), style="bold green" if strategy == row.fastest else "")


def winner(row: Row) -> str:
    """Name the fastest strategy and how much faster than serial it is.

    Parameters
    ----------
    row : Row
        One size.

    Returns
    -------
    str
        With a question mark where its interval overlaps another one's.
    """
    if row.fastest is None:
        return ""
    serial = row.times.get("serial")
    gain = ""
    if serial is not None and serial.state == "measured" and row.fastest != "serial":
        gain = f" {_digits(serial.number / row.times[row.fastest].number, 2)}x"
    return f"{row.fastest}{gain}{'' if row.clear else ' ?'}"


def markdown(recorded: Recorded) -> str:
    """Write the tables of the workloads for a README.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.

    Returns
    -------
    str
    """
    text = []
    for name, rows in workloads(recorded).items():
        strategies = _strategies(rows)
        text += [f"**{name}**", "", "| n_samples | " + " | ".join([*strategies, "fastest", "score"]) + " |"]
        text.append("|--:|" + "--:|" * len(strategies) + "---|---|")
        for row in rows:
            cells = [seconds(row.times.get(s, Value("skipped"))) for s in strategies]
            text.append("| " + " | ".join([f"{row.n_samples:,}", *cells, winner(row), one_score(row.scores)]) + " |")
        text.append("")
    return "\n".join(text)
