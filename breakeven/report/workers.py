"""What more workers bring: measured, by the laws, and for clusters of thousands, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from breakeven.harness.results import Value, plain
from breakeven.report import sizes
from breakeven.report.grid import Grid
from breakeven.report.sizes import Recorded
from breakeven.statistics import worker_law
from breakeven.statistics.size_law import Curve, Estimate, speedup
from breakeven.statistics.worker_law import FORMS, Times

MODULE = "many_workers"

#: Clusters that are predicted, and those that searches are simulated on.
PREDICTED = (16, 64, 256)
SIMULATED = (1, 100, 1_000, 10_000)

#: Fits of the large grid search and of one a hundred times as large, and the sizes of the data.
FITS = (180, 18_000)
SIZES = (1_000, 10_000, 100_000)


def times(recorded: Recorded) -> dict[tuple[str, str], dict[int, Sequence[float]]]:
    """Arrange the samples by workload and by what is held fixed.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.

    Returns
    -------
    dict of (str, str) to dict of int to sequence of float
        Workload, and "strong" or "weak", to number of workers to samples in seconds.
    """
    found: dict[tuple[str, str], dict[int, Sequence[float]]] = {}
    for name, values in recorded.items():
        module, _, rest = name.partition(".")
        workload, _, method = rest.partition(".")
        if module == MODULE and method == "time_call":
            for (scaling, n_workers), value in values.items():
                if value.samples:
                    found.setdefault((workload, str(plain(scaling))), {})[int(plain(n_workers))] = value.samples
    return found


def measured(known: Mapping[tuple[str, str], Times]) -> Iterator[Grid]:
    """Tell times, speedups and efficiencies.

    Parameters
    ----------
    known : mapping
        As `times` gives it.

    Yields
    ------
    Grid
        One for strong, one for weak scaling. The speedup of weak scaling is that of as much work on one worker.
    """
    titles = {"strong": "Strong scaling: the work is fixed", "weak": "Weak scaling: the work a worker is fixed"}
    for scaling, title in titles.items():
        rows = []
        for (workload, of), by_count in known.items():
            if of == scaling and 1 in by_count:
                for n, samples in sorted(by_count.items()):
                    work = 1 if scaling == "strong" else n
                    gained = speedup([work * t for t in by_count[1]], samples)
                    cells = (_seconds(float(np.median(samples))), _estimate(gained), f"{gained.value / n:.2f}")
                    rows.append((workload, str(n), *cells))
        yield Grid(title, ("workload", "workers", "time", "speedup", "efficiency"), rows)


def laws(known: Mapping[tuple[str, str], Times], at_least: Mapping[str, float]) -> Iterator[Grid]:
    """Fit both laws to strong scaling: what they say of larger clusters, and how well of the largest measured one.

    Parameters
    ----------
    known : mapping
        As `times` gives it.
    at_least : mapping of str to float
        By workload, seconds that the scheduler needs for its tasks.

    Yields
    ------
    Grid
        Coefficients with predictions, then predictions of what was held out.
    """
    fitted, held = [], []
    for (workload, scaling), by_count in known.items():
        if scaling != "strong":
            continue
        for form in FORMS:
            if len(by_count) >= FORMS[form]:
                curve = worker_law.fit(by_count, form)
                kappa = f"{100 * curve.law.kappa:.2g} %" if form == "USL" else ""
                told = [_interval(curve.seconds(n, at_least.get(workload, 0.0))) for n in PREDICTED]
                fitted.append((workload, form, f"{100 * curve.law.sigma:.2g} %", kappa, *told))
            last = max(by_count)
            fewer = {n: v for n, v in by_count.items() if n < last}
            if len(fewer) >= FORMS[form]:
                predicted = worker_law.fit(fewer, form).seconds(last, at_least.get(workload, 0.0))
                truth = float(np.median(by_count[last]))
                inside = "yes" if predicted.low <= truth <= predicted.high else "no"
                off = f"{100 * (predicted.value / truth - 1):+.0f} %"
                held.append((workload, form, str(last), _interval(predicted), _seconds(truth), off, inside))
    coefficients = ("workload", "law", "sigma", "kappa", *(f"{n} workers" for n in PREDICTED))
    yield Grid("Laws of strong scaling, and what they predict", coefficients, fitted)
    columns = ("workload", "law", "workers", "predicted", "measured", "error", "within")
    yield Grid("The largest measured cluster, predicted from the smaller ones", columns, held)


def thousands(serial: Curve, per_task: float) -> Grid:
    """Simulate grid searches on clusters of thousands.

    Parameters
    ----------
    serial : Curve
        Of the large grid search: its fits and a refit, one after the other.
    per_task : float
        Seconds that the scheduler needs for a task.

    Returns
    -------
    Grid
    """
    rows = []
    for n_fits in FITS:
        for n_samples in SIZES:
            known = serial.seconds(n_samples)
            fit = known.value / (FITS[0] + 1)
            seconds = partial(_searched, n_fits, fit, per_task)
            doubled = {2**k: seconds(2**k) for k in range(15)}
            rows.append(
                (
                    f"{n_fits:,}",
                    f"{n_samples:,}" + (f" ({known.beyond:.0f} times beyond)" if known.beyond > 1 else ""),
                    _seconds(fit),
                    *(_seconds(seconds(n)) for n in SIMULATED),
                    f"{worker_law.worth(doubled):,}",
                )
            )
    head = (
        "fits",
        "n_samples",
        "one fit",
        *(f"{n:,} worker{'s' * (n > 1)}" for n in SIMULATED),
        "twice as many pay up to",
    )
    return Grid(f"The large grid search, simulated with {1e3 * per_task:.2g} ms of the scheduler a task", head, rows)


def grids(recorded: Recorded, serial: Curve | None) -> Iterable[Grid]:
    """Tell all that is known of more workers.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.
    serial : Curve, optional
        Of the large grid search on one core.

    Yields
    ------
    Grid
    """
    known = times(recorded)
    scheduler = recorded.get(f"{MODULE}.Scheduler.time_2000_tasks", {}).get((), Value("skipped"))
    per_task = scheduler.number / 2_000 if scheduler.state == "measured" else 0.0
    counted = {w: recorded.get(f"{MODULE}.{w}.track_tasks", {}) for w, _ in known}
    at_least = {
        workload: per_task * value.number
        for workload, values in counted.items()
        for value in values.values()
        if value.state == "measured"
    }
    yield from measured(known)
    yield from laws(known, at_least)
    if serial is not None and per_task:
        yield thousands(serial, per_task)


def caveat(recorded: Recorded, n_cores: int) -> str:
    """Say what the laws do not stand for.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.
    n_cores : int
        Of the machine.

    Returns
    -------
    str
        Empty if every worker had a core of its own.
    """
    if max((n for by_count in times(recorded).values() for n in by_count), default=0) <= n_cores:
        return ""
    return (
        f"There were more workers than the {n_cores} cores: for what computes, the laws describe more workers on this "
        "machine, and say nothing of a cluster where each has a core. Only Waiting goes on as if it had."
    )


def _searched(n_fits: int, fit: float, per_task: float, n_workers: int) -> float:
    tasks = np.full(n_fits, fit)
    return worker_law.search_seconds(tasks, n_workers, per_task) + fit  # the best one is fitted once more


def _seconds(value: float) -> str:
    for unit, name in ((3_600, "h"), (60, "min")):
        if value >= 2 * unit:
            return f"{value / unit:.3g} {name}"
    return sizes.seconds(Value("measured", value))


def _estimate(told: Estimate) -> str:
    return f"{told.value:.2f} ({told.low:.2f} to {told.high:.2f})"


def _interval(told: Estimate) -> str:
    return f"{_seconds(told.value)} ({_seconds(told.low)} to {_seconds(told.high)})"
