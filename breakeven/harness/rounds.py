"""Rounds of one fresh process a side, until every benchmark is decided or the budget is spent."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import psutil

from breakeven.harness import turns
from breakeven.harness.arms import Arm, Process
from breakeven.harness.reading import Reading
from breakeven.harness.record import SIDES, Case, Measured, Record, Side

#: Fewest and most calls in a process. Beyond the most, only the noise between processes is left.
CALLS = (2, 300)

#: Timed calls fill this multiple of what the rest of a process took in the first round, so that they
#: are over half of the whole.
FILL = 1.5

#: Seconds of timed calls in a process at least. Short rounds decide sooner: twice as many of half the length say as
#: much about the calls, and more about how processes differ.
LEAST = 0.5

#: Share of the processors in use by others above which the machine counts as busy.
BUSY = 0.1

#: Seconds over which that share is read, before each pair of processes.
LOOK = 0.1


class Judged(Protocol):
    """What is said of a case so far."""

    @property
    def case(self) -> Case:
        """The benchmark and its parameters."""

    @property
    def open(self) -> bool:
        """Whether more rounds may still change what is said."""


J = TypeVar("J", bound=Judged)


def measure(
    record: Record, arms: Mapping[Side, Arm], path: Path, judge: Callable[[Record], list[J]]
) -> Iterator[list[J]]:
    """Measure round by round until nothing is open or the budget is spent.

    Verdicts are given at the end of a round, when all open benchmarks have the same number behind
    them: so they can be computed again from the record alone.

    Parameters
    ----------
    record : Record
        Settings, and what was measured already; added to, and saved after each pair of processes.
    arms : mapping of {"base", "head"} to Arm
        The two releases.
    path : Path
        Where the record is kept.
    judge : callable
        Says of each case whether it is open.

    Yields
    ------
    list of Judged
        After each pair: as of the last full round, and in the end the final ones.
    """
    record.drop_halves()
    record.finished = False
    judged = judge(record)
    clock = time.monotonic()
    while record.spent < record.budget:
        waiting = {j.case.label: j.case for j in judged if j.open}
        if not waiting:
            break
        done = {label: len(list(record.pairs(label))) for label in waiting}
        number = 1 + min(done.values())
        rng = random.Random(f"{record.seed} {number}")
        # All are shuffled, so that a resumed round keeps its order.
        for case in rng.sample(record.cases, len(record.cases)):
            sides = rng.sample(SIDES, 2)
            if done.get(case.label) != number - 1 or record.spent >= record.budget:
                continue
            busy = psutil.cpu_percent(interval=LOOK) / 100
            started = datetime.now(UTC).isoformat(timespec="seconds")
            readings = _read([arms[side] for side in sides], case, record)
            before, clock = clock, time.monotonic()
            wall = (clock - before) / len(sides)
            record.measured += [
                Measured(case.label, number, side, started, wall, busy, reading)
                for side, reading in zip(sides, readings, strict=True)
            ]
            record.save(path)
            yield judged
        judged = judge(record)
    record.finished = True
    record.save(path)
    yield judged


def go_on(old: Record, budget: float, undecided: bool) -> bool:
    """Let an earlier record go on if it can.

    Parameters
    ----------
    old : Record
        What was measured; gets the budget if it goes on.
    budget : float
        Seconds that it may take in all.
    undecided : bool
        Whether anything in it is open.

    Returns
    -------
    bool
        Whether it was interrupted, or stayed undecided and has budget left now.
    """
    if old.finished and not (undecided and old.spent < budget):
        return False
    old.finished, old.budget = False, budget
    return True


def _read(arms: Sequence[Arm], case: Case, record: Record) -> list[Reading]:
    """Run a benchmark on both sides: in turns if it is called more than once, else one after the other."""
    benchmark = arms[0].benchmarks[case.benchmark]
    repeat = benchmark.get("repeat")
    if case.judged != "as time" or repeat == 1:  # one call a process: a first call is meant
        return [arm.read(case.benchmark, case.parameters, Process({})) for arm in arms]
    seconds = len(arms) * _seconds(record, case)
    # not a number (asv lists none then): the benchmark says how long
    attributes = {} if repeat is None else {"repeat": [*CALLS, seconds]}
    # until the other side has made its data, is through with its calls, or has been found to hang in one
    waiting = 3 * benchmark["timeout"] + seconds

    def in_turns(arm: Arm, address: str) -> Reading:
        return arm.read(case.benchmark, case.parameters, Process(attributes, waiting, address))

    # the first round shows whether it takes turns: if not, a start would disturb the other side's calls
    together = any(m.reading.turns for m in record.measured if m.label == case.label)
    return turns.alternate([functools.partial(in_turns, arm) for arm in arms], benchmark["timeout"], together)


def _seconds(record: Record, case: Case) -> float:
    starts = [m.wall - sum(m.samples) for m in record.measured if m.label == case.label and m.round == 1]
    return max(LEAST, FILL * float(np.median(starts))) if starts else LEAST
