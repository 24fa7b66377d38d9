"""What the Scaling page shows, as columns: pure functions of what is recorded."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from breakeven import units
from breakeven.advice import sentences
from breakeven.gate.verdicts import Judgement
from breakeven.harness import asv_steps, kinds, workloads
from breakeven.harness.compared import Releases
from breakeven.harness.kinds import TOLERANCE
from breakeven.harness.record import Record
from breakeven.harness.results import Value, label, plain
from breakeven.harness.workloads import NOTHING, InRounds, Listed, Other, Recorded, Row, Workload
from breakeven.statistics import break_even
from breakeven.statistics.break_even import BreakEven
from breakeven.statistics.curve import Curve
from breakeven.statistics.size_law import SizeLaw
from breakeven.statistics.speedup import efficiency, speedup
from breakeven.train import tracked
from breakeven.train.entries import Release, difference

#: A table as Bokeh's sources and a CSV file hold it: lists of equal length.
Columns = dict[str, list[Any]]

#: Sizes at which a fitted curve is drawn.
N_DRAWN = 40

#: How a cell of the overview is filled by what is known of it: how much of the colour of the strategy that is named
#: first, and the pattern, in the colour of the second, that shows a tie.
SIDE_BY_SIDE, PALE = 0.35, 0.12
TIE, PLAIN = "right_diagonal_line", "blank"

#: A step smaller than this is not labelled.
STEP = 1 + TOLERANCE

POINTS = (
    "strategy", "n_samples", "seconds", "low", "high", "samples", "speedup", "efficiency", "megabytes", "score",
    "measured", "release", "pins",
)  # fmt: skip
CURVES = ("strategy", "n_samples", "seconds", "band_n", "band_seconds", "memory_n", "megabytes")
BREAK_EVENS = ("n_samples", "low", "high", "seconds", "text")
OVERVIEW = (
    "workload", "n_samples", "left", "middle", "right", "first", "second", "shade", "pattern", "name", "gain",
    "outcome", "behind", "times", "measured",
)  # fmt: skip
HISTORY = (
    "strategy", "release", "date", "ratio", "seconds", "low", "high", "samples", "measured", "pins", "gate"
)  # fmt: skip
LINES = ("strategy", "date", "ratio")
STEPS = ("strategy", "date", "ratio", "text")
RAM = ("megabytes",)


@dataclass(frozen=True)
class Snapshot:
    """One release as it was measured on one machine.

    Attributes
    ----------
    release : Release
        Of the train.
    workloads : dict of str to Workload
        What was measured by size and strategy.
    others : dict of str to Other
        What was measured by other axes.
    changed : str
        The pins that differ from those of the release that was measured before it.
    """

    release: Release
    workloads: dict[str, Workload]
    others: dict[str, Other]
    changed: str


def snapshots(measured: Iterable[tuple[Release, Recorded, InRounds]], listed: Listed) -> list[Snapshot]:
    """Arrange what is recorded on a machine.

    Parameters
    ----------
    measured : iterable of (Release, mapping, mapping)
        In order of date; as :meth:`breakeven.harness.results.Store.recorded` and
        `breakeven.harness.compared.of_release` give it.
    listed : mapping
        The suite's benchmarks.
    """
    found: list[Snapshot] = []
    for release, recorded, compared in measured:
        changed = "the first one measured"
        if found:
            changed = _written(difference(found[-1].release.pins, release.pins))
        others = {other.name: other for other in workloads.with_other_axes(recorded, listed)}
        found.append(Snapshot(release, workloads.by_size(recorded, listed, compared), others, changed))
    return found


def table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Columns:
    """Turn rows into columns.

    Parameters
    ----------
    names : sequence of str
        Of the columns; there even if there are no rows.
    rows : iterable of sequence
        One value a column.
    """
    listed = list(rows)
    return {name: [row[at] for row in listed] for at, name in enumerate(names)}


def written(columns: Columns) -> str:
    """Write columns as CSV.

    Parameters
    ----------
    columns : dict of str to list
        Of equal length.

    Returns
    -------
    str
        A cell is empty where a number is not known.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def points(workload: Workload, snapshot: Snapshot, cores: int) -> Columns:
    """Give what was measured of a workload.

    Parameters
    ----------
    workload : Workload
        By size and strategy.
    snapshot : Snapshot
        That it belongs to.
    cores : int
        Of the machine.

    Returns
    -------
    dict of str to list
        `POINTS`: seconds and their 99 % interval; speedup and parallel efficiency against the reference; what the times
        are; None where there is none.
    """
    return table(
        POINTS,
        (
            (
                strategy, row.n_samples, value.number, *_ends(value), _samples(value),
                *_gain(row.times.get(workload.reference or ""), value, cores), _megabytes(row, strategy),
                _number(row.scores.get(strategy)), sentences.rests_on([row]), snapshot.release.name, snapshot.changed,
            )
            for row in workload.rows
            for strategy, value in row.times.items()
            if value.state == "measured"
        ),
    )  # fmt: skip


def other(found: Other) -> Columns:
    """Give what was measured by other axes than size and strategy.

    Parameters
    ----------
    found : Other
        A call of a workload.

    Returns
    -------
    dict of str to list
        A column an axis, then one a kind of number, named with its unit; None where there is none.
    """
    told = [kind for kind in kinds.KINDS if any(kind.name in by_kind for by_kind in found.values.values())]
    axes = [name for name, _ in itertools.zip_longest(found.axes, next(iter(found.values), ()), fillvalue="parameter")]
    heads = [kind.name if kind.unit == "number" else f"{kind.name} ({kind.unit})" for kind in told]
    return table(
        [*axes, *heads],
        (
            (*(plain(p) for p in parameters), *(_told(by_kind.get(kind.name)) for kind in told))
            for parameters, by_kind in found.values.items()
        ),
    )


def curves(rows: Sequence[Row], fitted: Mapping[str, Curve[SizeLaw]]) -> Columns:
    """Give the fitted time of each strategy within its measured sizes, and its memory beside it.

    Parameters
    ----------
    rows : sequence of Row
        One a size.
    fitted : mapping of str to Curve
        As `breakeven.scaling.fit` gives it.

    Returns
    -------
    dict of str to list
        `CURVES`: each cell a list; a band is a polygon around the interval.
    """
    found = []
    for strategy, curve in fitted.items():
        sizes = np.geomspace(curve.measured[0], curve.measured[-1], N_DRAWN)
        told = [curve.seconds(n) for n in sizes]
        peaks = {row.n_samples: _megabytes(row, strategy) for row in rows}
        known = {n: peak for n, peak in peaks.items() if peak is not None}
        found.append(
            (
                strategy,
                _short(sizes),
                _short([t.value for t in told]),
                _short([*sizes, *sizes[::-1]]),
                _short([*(t.low for t in told), *(t.high for t in reversed(told))]),
                list(known),
                list(known.values()),
            )
        )
    return table(CURVES, found)


def break_evens(fitted: Mapping[str, Curve[SizeLaw]]) -> tuple[Columns, list[str]]:
    """Give the sizes at which two strategies take the same time.

    Parameters
    ----------
    fitted : mapping of str to Curve
        As `breakeven.scaling.fit` gives it.

    Returns
    -------
    dict of str to list
        `BREAK_EVENS`: those within the measured sizes, to be marked.
    list of str
        A sentence a pair of strategies, those outside the measured sizes included.
    """
    compared = break_even.break_evens(fitted)
    inside = [c for c in compared if isinstance(c, BreakEven) and c.n_samples.beyond == 1]
    marked = [
        (
            c.n_samples.value,
            max(c.n_samples.low, fitted[c.below].measured[0]),
            min(c.n_samples.high, fitted[c.below].measured[-1]),
            fitted[c.below].law.seconds(c.n_samples.value),
            sentences.break_even(c),
        )
        for c in inside
    ]
    return table(BREAK_EVENS, marked), [sentences.break_even(c) for c in compared]


def overview(found: Mapping[str, Workload]) -> Columns:
    """Give the winner of each workload at each size, or those that are equal there.

    Parameters
    ----------
    found : mapping of str to Workload
        Of one release and machine.

    Returns
    -------
    dict of str to list
        `OVERVIEW`: a cell reaches half way to the next size on a logarithmic axis.
    """
    cells = []
    for name, workload in found.items():
        rows = workload.rows
        sizes = [row.n_samples for row in rows]
        between = [math.sqrt(a * b) for a, b in itertools.pairwise(sizes)]
        first = sizes[0] / (between[0] / sizes[0] if between else 1.4)
        last = sizes[-1] * (sizes[-1] / between[-1] if between else 1.4)
        before = None
        for row, left, right in zip(rows, [first, *between], [*between, last], strict=True):
            leaders = workload.leaders(row) or [s for s, v in row.times.items() if v.state == "measured"] or [""]
            tie = row.state == "tie"
            # cells may be narrow: a name is written once in a row of them, and the tooltip tells the others
            shown, before = "" if leaders[0] == before else leaders[0], leaders[0]
            word = "raw" if row.standing is None else "tie" if tie else ""
            gain = workload.gain(row)
            told = f"{word} {units.digits(gain, 2)}x" if gain else word
            behind = sentences.next_best(row)
            cells.append(
                (
                    name, row.n_samples, left, math.sqrt(left * right), right, leaders[0],
                    leaders[1] if tie else leaders[0], SIDE_BY_SIDE if row.standing and row.state else PALE,
                    TIE if tie else PLAIN, shown, told.strip(),
                    sentences.outcome(workload, row) or "nothing to compare",
                    f"{behind[0]} {units.digits(behind[1], 2)} times slower" if behind else "",
                    ", ".join(f"{s} {_seconds(v)}" for s, v in row.times.items()), sentences.rests_on([row]),
                )
            )  # fmt: skip
    return table(OVERVIEW, cells)


def history(
    workload: str,
    measured: Sequence[Snapshot],
    gates: Mapping[tuple[str, str], Mapping[str, Judgement]],
    linked: Mapping[tuple[str, int], Releases],
) -> tuple[Columns, Columns, int | None]:
    """Follow a workload over the releases, each time as a multiple of the first one.

    Parameters
    ----------
    workload : str
        Its name.
    measured : sequence of Snapshot
        Of one machine, in order of date.
    gates : mapping of (str, str) to mapping of str to Judgement
        By the names of two releases, what a gate said of each benchmark.
    linked : mapping of (str, int) to mapping
        As `breakeven.harness.compared.of_releases` gives it. Where it has the workload, only the releases in it are
        followed; elsewhere, raw samples.

    Returns
    -------
    dict of str to list
        `HISTORY`, at the largest size that most of the releases have.
    dict of str to list
        `STEPS`: changes that last, labelled by the release from which they are seen.
    int or None
        The size; None if nothing was measured.
    """
    benchmarks = {s.workloads[workload].benchmark for s in measured if workload in s.workloads}
    in_rounds = {n: found for (benchmark, n), found in linked.items() if benchmark in benchmarks}
    sizes = [[row.n_samples for row in _rows(s, workload)] for s in measured]
    if in_rounds:
        sizes = [[n for n, of in in_rounds.items() if any(s.release.name in r for r in of.values())] for s in measured]
    at = _common_size(sizes)
    if at is None:
        return table(HISTORY, []), table(STEPS, []), None
    rows = [next((r for r in _rows(s, workload) if r.n_samples == at), None) for s in measured]
    told, steps = [], []
    for strategy in dict.fromkeys(s for row in rows if row for s in row.times):
        values = [row.times.get(strategy, NOTHING) if row else NOTHING for row in rows]
        known = [(s, v) for s, v in zip(measured, values, strict=True) if v.state == "measured"]
        if in_rounds:
            found = in_rounds[at].get(strategy, {})
            known = [(s, v) for s, v in known if s.release.name in found]
            ratios = [math.exp(np.median(found[s.release.name])) for s, _ in known]
        else:
            ratios = [v.number / known[0][1].number for _, v in known]
        previous = None
        for (snapshot, value), ratio in zip(known, ratios, strict=True):
            name = snapshot.release.name
            said = gates.get((previous or "", name), {}).get(_label(snapshot.workloads[workload], at, strategy))
            gate = "not run since the release before" if said is None else said.word
            told.append(
                (
                    strategy, name, _milliseconds(snapshot.release), ratio, value.number, *_ends(value),
                    _samples(value), sentences.IN_ROUNDS if in_rounds else sentences.RAW, snapshot.changed, gate,
                )
            )  # fmt: skip
            previous = name
        steps += [(strategy, *step) for step in _steps([s.release for s, _ in known], ratios)]
    return table(HISTORY, told), table(STEPS, steps), at


def lines(told: Columns) -> Columns:
    """Give one line a strategy through the points of a history.

    Parameters
    ----------
    told : dict of str to list
        `HISTORY`.

    Returns
    -------
    dict of str to list
        `LINES`: dates and ratios are lists.
    """
    found = []
    for strategy in dict.fromkeys(told["strategy"]):
        chosen = [i for i, s in enumerate(told["strategy"]) if s == strategy]
        found.append((strategy, [told["date"][i] for i in chosen], [told["ratio"][i] for i in chosen]))
    return table(LINES, found)


def judgements(record: Record, judged: Sequence[Judgement]) -> tuple[tuple[str, str], dict[str, Judgement]]:
    """Arrange what a gate said for `history`.

    Parameters
    ----------
    record : Record
        The gate.
    judged : sequence of Judgement
        Its verdicts.

    Returns
    -------
    tuple of (tuple of str, dict of str to Judgement)
        The names of BASE and HEAD; by label, the verdict.
    """
    return (record.base.release, record.head.release), {j.case.label: j for j in judged}


def _steps(releases: Sequence[Release], ratios: Sequence[float]) -> Iterable[tuple[float, float, str]]:
    """Find where the level changes, by asv's own step detection."""
    for (_, before), (start, after) in itertools.pairwise(asv_steps.levels(ratios)):
        factor = after / before
        if max(factor, 1 / factor) >= STEP:
            yield _milliseconds(releases[start]), after, f"{releases[start].name}: {factor:.2f}x"


def _common_size(sizes: Sequence[Sequence[int]]) -> int | None:
    counts = {n: sum(n in s for s in sizes) for s in sizes for n in s}
    return max(counts, key=lambda n: (counts[n], n), default=None)


def _label(workload: Workload, n_samples: int, strategy: str) -> str:
    return label(workload.benchmark, (repr(n_samples), repr(strategy)))


def _ends(value: Value) -> tuple[float, float]:
    low, high = (end if math.isfinite(end) else value.number for end in value.interval)
    return low, high


def _samples(value: Value) -> str:
    return ", ".join(f"{s:.4g}" for s in sorted(value.samples)) + " s" if value.samples else "not kept"


def _written(pins: Mapping[str, tuple[str | None, str | None]]) -> str:
    """Name what moved in the packages that the train follows, and how much else."""
    followed = [f"{name} {pins[name][0] or 'none'} → {pins[name][1] or 'none'}" for name in tracked.names(pins)]
    others = len(pins) - len(followed)
    return ", ".join([*followed, *([f"{others} more"] if others else [])])


def _number(value: Value | None) -> float | None:
    return value.number if value is not None and value.state == "measured" else None


def _rows(snapshot: Snapshot, workload: str) -> list[Row]:
    return snapshot.workloads[workload].rows if workload in snapshot.workloads else []


def _seconds(value: Value) -> str:
    return units.seconds(value.number, value.half) if value.state == "measured" else value.state


def _told(value: Value | None) -> float | str | None:
    """Give a number, or say that it failed."""
    return "failed" if value is not None and value.state == "failed" else _number(value)


def _gain(alone: Value | None, value: Value, cores: int) -> tuple[str, str]:
    if alone is None or not (alone.samples and value.samples) or alone is value:
        return "", ""
    gained = speedup(alone.samples, value.samples)
    both = gained, efficiency(gained, cores)
    first, second = (f"{e.value:.2f} ({e.low:.2f} to {e.high:.2f})" for e in both)
    return first, second


def _megabytes(row: Row, strategy: str) -> float | None:
    peak = _number(row.memory.get(strategy))
    return None if peak is None else peak / 1e6


def _short(numbers: Iterable[float]) -> list[float]:
    return [float(f"{n:.4g}") for n in numbers]


def _milliseconds(release: Release) -> float:
    return release.date.timestamp() * 1000  # as Bokeh's axis of dates counts
