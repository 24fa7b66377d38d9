"""Measure a user's own estimator and data: growing sizes, under each strategy, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from breakeven.advice import prediction
from breakeven.harness import results, suite
from breakeven.harness.arms import AsvArm, Process
from breakeven.harness.own_suite import OWN
from breakeven.harness.results import Value, plain
from breakeven.harness.workloads import Row, Workload
from breakeven.statistics import size_law

#: The first size, and how much larger each next one is.
FIRST, FACTOR = 1_000, 10**0.5

#: Fewest and most calls in a process, and the seconds that they fill.
CALLS = (2, 20, 1.0)


def sizes(n_samples: float) -> list[int]:
    """Choose the sizes to measure.

    Parameters
    ----------
    n_samples : float
        What the user has; the largest of them.

    Returns
    -------
    list of int
        In ascending order, at least two.
    """
    count = max(int(np.ceil(np.log(n_samples / FIRST) / np.log(FACTOR))), 1)
    return sorted({max(round(n_samples / FACTOR**k), 10) for k in range(count + 1)})


@dataclass(frozen=True)
class Measured:
    """What is known of the user's estimator so far.

    Attributes
    ----------
    workload : Workload
        All sizes so far.
    failures : dict of str to str
        By strategy, why it fails.
    """

    workload: Workload
    failures: dict[str, str]


def measure(arm: AsvArm, script: str, budget: float) -> Iterator[Measured]:
    """Measure size by size as long as the next one fits into the budget, then peak memory at the ends.

    Parameters
    ----------
    arm : AsvArm
        From `breakeven.harness.own_suite.opened`.
    script : str
        Name of the workload.
    budget : float
        Seconds.

    Yields
    ------
    Measured
        After each size, and in the end with memory.
    """
    until = time.monotonic() + budget
    name = f"{OWN}.time_fit"
    known = suite.read(arm.benchmarks[name])
    listed, strategies = known.params
    workload = Workload(script, [], known.strategies)
    walls: dict[str, float] = {}
    failures: dict[str, str] = {}
    for size in listed:
        if _expected(workload.rows, walls, int(size)) > until - time.monotonic():
            break
        times = {}
        for strategy in strategies:
            started = time.monotonic()
            process = Process({"repeat": list(CALLS)}, CALLS[-1], timeout=max(until - started, 10))
            reading = arm.read(name, (size, strategy), process)
            walls[strategy] = time.monotonic() - started
            times[str(plain(strategy))] = results.of_samples(reading.samples) if reading.samples else Value("failed")
            if reading.error:
                failures[str(plain(strategy))] = reading.error
        workload.rows.append(Row(int(size), times, {}, {}))
        yield Measured(workload, failures)
    rows = workload.rows
    for row in _ends(rows):
        for strategy in strategies:
            if walls[strategy] < until - time.monotonic():
                reading = arm.read(f"{OWN}.track_peak_memory", (repr(row.n_samples), strategy), Process({}))
                if reading.samples:
                    row.memory[str(plain(strategy))] = Value("measured", reading.samples[0])
    if rows:
        yield Measured(workload, failures)


def _ends(rows: list[Row]) -> list[Row]:
    """Give the sizes at which memory is measured: two, to tell what grows from what does not."""
    return [rows[-1], rows[0]] if len(rows) > 1 else rows


def _expected(rows: list[Row], walls: dict[str, float], size: int) -> float:
    """Predict the seconds that a size takes under all strategies; the first two are always measured."""
    if len(rows) < 2:
        return 0.0
    curves = size_law.fit(prediction.times(rows))
    growth = sum(c.seconds(size).value - c.seconds(rows[-1].n_samples).value for c in curves.values())
    # warm-up, data and at least two calls: each grows
    return sum(walls.values()) + (1 + CALLS[0]) * max(growth, 0.0)
