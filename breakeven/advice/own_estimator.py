"""Measure a user's own estimator and data: growing sizes, under each strategy, within a time budget."""

from __future__ import annotations

import functools
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from breakeven.advice import prediction
from breakeven.harness import choices, compared, profiles, record, results, rounds, suite
from breakeven.harness.arms import AsvArm, Process
from breakeven.harness.own_suite import OWN
from breakeven.harness.record import Case, Record, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.harness.results import Value, plain
from breakeven.harness.workloads import Row, Workload, in_rounds
from breakeven.state import STATE
from breakeven.statistics import ranking, size_law

#: The first size, and how much larger each next one is.
FIRST, FACTOR = 1_000, 10**0.5

#: What is timed.
TIMED = f"{OWN}.time_fit"

# Seconds that the strategies have at least, and calls of each in a round.
_LEAST, _CALLS = 10.0, 6


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
    in_groups : list of str
        What was measured in groups around the first strategy, for want of room.
    """

    workload: Workload
    failures: dict[str, str]
    in_groups: list[str]


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
    known = suite.read(arm.benchmarks[TIMED])
    strategies = known.params[1]
    workload = Workload(script, [], known.strategies)
    failures: dict[str, str] = {}
    kept, file = _begun(arm, script)
    for case in kept.cases:
        size = int(plain(case.parameters[0]))
        if _expected(workload.rows, kept, size) > until - time.monotonic():
            break
        row = _compared(arm, case, kept, file, until, failures)
        workload.rows.append(row)
        yield Measured(workload, failures, kept.in_groups)
    rows = workload.rows
    usual = kept.spent / max(len(kept.measured), 1)
    for row in _ends(rows):
        for strategy in strategies:
            if usual < until - time.monotonic():
                reading = arm.read(f"{OWN}.track_peak_memory", (repr(row.n_samples), strategy), Process())
                if reading.samples:
                    row.memory[str(plain(strategy))] = Value("measured", reading.samples[0])
    if rows:
        yield Measured(workload, failures, kept.in_groups)


def _begun(arm: AsvArm, script: str) -> tuple[Record, RecordFile]:
    """Begin a record with a case a size, whose arms are the strategies."""
    cases = choices.cases({script: arm}, [re.compile(re.escape(TIMED))], profiles.FULL)
    stacks = {name: Stack(script, {}) for case in cases for name in case.arms}
    asked = record.Settings(0.0, OWN, profiles.FULL, tolerance=ranking.EQUAL - 1)
    file = RecordFile(STATE / "advice.rounds")
    begun = record.begin(stacks, cases, asked)
    file.begin(begun)
    return begun, file


def _compared(arm: AsvArm, case: Case, kept: Record, file: RecordFile, until: float, failures: dict[str, str]) -> Row:
    """Measure the strategies at one size side by side; enter why one failed."""
    left = max(until - time.monotonic(), _LEAST)
    arm.benchmarks[TIMED]["timeout"], kept.budget = left, kept.spent + left
    judge = functools.partial(choices.judge, processes={TIMED: 1})
    for _ in rounds.measure(kept, dict.fromkeys(kept.arms, arm), file, judge, [case]):
        pass
    size = int(plain(case.parameters[0]))
    times = {compared.strategy(kept, name): Value("failed") for name in case.arms}
    for measured in kept.of(case.label):
        name = compared.strategy(kept, measured.arm)
        if measured.reading.error:
            failures[name] = measured.reading.error
        else:
            times[name] = results.of_samples(measured.samples)
    row = Row(size, times, {}, {})
    found = list(compared.of_case(kept, case).values())
    return in_rounds(row, found[0]) if found else row


def _ends(rows: list[Row]) -> list[Row]:
    """Give the sizes at which memory is measured: two, to tell what grows from what does not."""
    return [rows[-1], rows[0]] if len(rows) > 1 else rows


def _expected(rows: list[Row], kept: Record, size: int) -> float:
    """Predict the seconds that a size takes under all strategies; the first two are always measured."""
    if len(rows) < 2:
        return -math.inf
    curves = size_law.fit(prediction.times(rows))
    growth = sum(c.seconds(size).value - c.seconds(rows[-1].n_samples).value for c in curves.values())
    last = kept.measured[-1]
    round_ = sum(m.wall for m in kept.of(last.label) if m.round == 1)
    # data, warm-up, and one or two turns of an untimed and a timed call: each grows
    return round_ + _CALLS * max(growth, 0.0)
