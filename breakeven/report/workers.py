"""What more workers bring: measured, by the laws, and for clusters of thousands, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import numpy as np

from breakeven import units
from breakeven.advice import sentences
from breakeven.advice.more_workers import MoreWorkers, Search
from breakeven.report.grid import Grid
from breakeven.statistics import scheduler_queue, worker_law
from breakeven.statistics.curve import Estimate
from breakeven.statistics.speedup import speedup
from breakeven.statistics.worker_law import FORMS, Times

#: Clusters that are predicted, and those that searches are simulated on.
PREDICTED = (16, 64, 256)
SIMULATED = (1, 100, 1_000, 10_000)

#: How many times as many fits are simulated too, and the sizes of the data.
MORE_FITS = 100
SIZES = (1_000, 10_000, 100_000)


def measured(known: Mapping[tuple[str, str], Times]) -> Iterator[Grid]:
    """Tell times, speedups and efficiencies.

    Parameters
    ----------
    known : mapping
        `MoreWorkers.times`.

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
                    cells = (units.seconds(float(np.median(samples))), _estimate(gained), f"{gained.value / n:.2f}")
                    rows.append((workload, str(n), *cells))
        yield Grid(f"{title} ({sentences.RAW})", ("workload", "workers", "time", "speedup", "efficiency"), rows)


def laws(known: Mapping[tuple[str, str], Times], at_least: Mapping[str, float]) -> Iterator[Grid]:
    """Fit both laws to strong scaling: what they say of larger clusters, and how well of the largest measured one.

    Parameters
    ----------
    known : mapping
        `MoreWorkers.times`.
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
                kappa = units.percent(curve.law.kappa, 2) if form == "USL" else ""
                told = [_interval(curve.seconds(n, at_least.get(workload, 0.0))) for n in PREDICTED]
                fitted.append((workload, form, units.percent(curve.law.sigma, 2), kappa, *told))
            last = max(by_count)
            fewer = {n: v for n, v in by_count.items() if n < last}
            if len(fewer) >= FORMS[form]:
                predicted = worker_law.fit(fewer, form).seconds(last, at_least.get(workload, 0.0))
                truth = float(np.median(by_count[last]))
                inside = "yes" if predicted.low <= truth <= predicted.high else "no"
                off = units.change(predicted.value / truth - 1)
                held.append((workload, form, str(last), _interval(predicted), units.seconds(truth), off, inside))
    coefficients = ("workload", "law", "sigma", "kappa", *(f"{n} workers" for n in PREDICTED))
    yield Grid(f"Laws of strong scaling, and what they predict ({sentences.RAW})", coefficients, fitted)
    columns = ("workload", "law", "workers", "predicted", "measured", "error", "within")
    yield Grid(f"The largest measured cluster, predicted from the smaller ones ({sentences.RAW})", columns, held)


def thousands(search: Search, per_task: float) -> Grid:
    """Simulate grid searches on clusters of thousands.

    Parameters
    ----------
    search : Search
        That was measured.
    per_task : float
        Seconds that the scheduler needs for a task.
    """
    rows = []
    for n_fits in (search.fits, MORE_FITS * search.fits):
        for n_samples in SIZES:
            known = search.serial.seconds(n_samples)
            fit = known.value / (search.fits + 1)  # the best one is fitted once more
            seconds = partial(_searched, n_fits, fit, per_task)
            doubled = {2**k: seconds(2**k) for k in range(15)}
            rows.append(
                (
                    f"{n_fits:,}",
                    f"{n_samples:,}" + (f" ({known.beyond:.0f} times beyond)" if known.beyond > 1 else ""),
                    units.seconds(fit),
                    *(units.seconds(seconds(n)) for n in SIMULATED),
                    f"{scheduler_queue.worth(doubled):,}",
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


def grids(known: MoreWorkers, search: Search | None) -> Iterable[Grid]:
    """Tell all that is known of more workers.

    Parameters
    ----------
    known : MoreWorkers
        What was measured.
    search : Search, optional
        That clusters of thousands are simulated with.

    Yields
    ------
    Grid
    """
    yield from measured(known.times)
    yield from laws(known.times, known.at_least)
    if search is not None and known.per_task:
        yield thousands(search, known.per_task)


def caveat(known: MoreWorkers, n_cores: int) -> str:
    """Say what the laws do not stand for.

    Parameters
    ----------
    known : MoreWorkers
        What was measured.
    n_cores : int
        Of the machine.

    Returns
    -------
    str
        Empty if every worker had a core of its own.
    """
    if max((n for by_count in known.times.values() for n in by_count), default=0) <= n_cores:
        return ""
    return (
        f"There were more workers than the {n_cores} cores: for what computes, the laws describe more workers on this "
        "machine, and say nothing of a cluster where each has a core. Only Waiting goes on as if it had."
    )


def _searched(n_fits: int, fit: float, per_task: float, n_workers: int) -> float:
    tasks = np.full(n_fits, fit)
    return scheduler_queue.search_seconds(tasks, n_workers, per_task) + fit  # the best one is fitted once more


def _estimate(told: Estimate) -> str:
    return f"{told.value:.2f} ({told.low:.2f} to {told.high:.2f})"


def _interval(told: Estimate) -> str:
    return f"{units.seconds(told.value)} ({units.seconds(told.low)} to {units.seconds(told.high)})"
