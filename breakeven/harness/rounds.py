"""Is HEAD slower than BASE? Rounds of one fresh process a side, until every benchmark is decided."""

from __future__ import annotations

import functools
import os
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil

from breakeven.calibration.controls import Experience
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import results, turns
from breakeven.harness.arms import Arm, Reading
from breakeven.harness.record import SIDES, Case, Measured, Record, Side, Stack

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


def cases(
    suites: Mapping[Side, Mapping[str, Mapping[str, Any]]], selected: str, known: Mapping[str, Experience]
) -> list[Case]:
    """List what is to be judged.

    Parameters
    ----------
    suites : mapping of {"base", "head"} to mapping
        What the suite offers on each side, as asv describes it; a side that failed is left out.
    selected : str
        Regular expression; as asv does, it is looked for in ``name(parameters)``.
    known : mapping of str to Experience
        By label, what gates of a release against itself showed.

    Returns
    -------
    list of Case
        In asv's order.
    """
    found: dict[tuple[str, tuple[str, ...]], Case] = {}
    for side, suite in suites.items():
        for name, benchmark in suite.items():
            for parameters in results.parameter_sets(benchmark):
                before = found.get((name, parameters))
                sides = (*before.sides, side) if before else (side,)
                case = Case(name, parameters, _kind(benchmark), sides, score_tolerance(benchmark))
                earlier = known.get(case.label)
                if earlier is not None:
                    case = replace(case, noise=earlier.ratios, seconds=earlier.seconds)
                if re.search(selected, case.label):
                    found[name, parameters] = case
    return list(found.values())


def begin(base: Stack, head: Stack, cases: list[Case], selected: str, **settings: Any) -> Record:
    """Begin a record on this machine, in the profile of ``BREAKEVEN_PROFILE``.

    Parameters
    ----------
    base, head : Stack
        The two sides.
    cases : list of Case
        What is to be judged.
    selected : str
        Regular expression that chose them.
    **settings
        The other fields of `Record`.

    Returns
    -------
    Record
        Empty.
    """
    return Record(
        base=base,
        head=head,
        cases=cases,
        selected=selected,
        machine=results.this_machine(),
        profile=profile(),
        **settings,
    )


def profile() -> str:
    """Give the profile that the suite is measured in.

    Returns
    -------
    str
        The suite itself refuses a wrong one.
    """
    return os.environ.get("BREAKEVEN_PROFILE", "quick")


def score_tolerance(benchmark: Mapping[str, Any]) -> float:
    """Read how far a score may differ between stacks from the benchmark's unit, ``accuracy ± 0.01``.

    The unit is the one field of a tracked number that asv passes on.

    Parameters
    ----------
    benchmark : mapping
        As asv describes it.

    Returns
    -------
    float
        Relative difference; 0 if none is stated.
    """
    stated = re.search(r"± ?([0-9.e-]+)$", str(benchmark.get("unit", "")))
    return float(stated.group(1)) if stated else 0.0


def go_on(old: Record, budget: float) -> bool:
    """Let an earlier gate go on if it can.

    Parameters
    ----------
    old : Record
        What it measured; gets the budget if it goes on.
    budget : float
        Seconds that it may take in all.

    Returns
    -------
    bool
        Whether it was interrupted, or stayed undecided and has budget left now.
    """
    undecided = verdicts.worst(verdicts.judge(old)) is Verdict.UNDECIDED
    if old.finished and not (undecided and old.spent < budget):
        return False
    old.finished, old.budget = False, budget
    return True


def measure(record: Record, arms: Mapping[Side, Arm], path: Path) -> Iterator[list[Judgement]]:
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

    Yields
    ------
    list of Judgement
        After each pair: as of the last full round, and in the end the final ones.
    """
    record.drop_halves()
    record.finished = False
    judged = verdicts.judge(record)
    clock = time.monotonic()
    while record.spent < record.budget:
        waiting = {j.case.label: j.case for j in judged if j.verdict is Verdict.UNDECIDED}
        if not waiting:
            break
        done = {label: len(list(record.pairs(label))) for label in waiting}
        number = 1 + min(done.values())
        luck = random.Random(f"{record.seed} {number}")
        # All are shuffled, so that a resumed round keeps its order.
        for case in luck.sample(record.cases, len(record.cases)):
            sides = luck.sample(SIDES, 2)
            if done.get(case.label) != number - 1 or record.spent >= record.budget:
                continue
            busy = psutil.cpu_percent(interval=0.1) / 100
            started = datetime.now(UTC).isoformat(timespec="seconds")
            readings = _read([arms[side] for side in sides], case, record)
            before, clock = clock, time.monotonic()
            wall = (clock - before) / len(sides)
            record.measured += [
                Measured(case.label, number, side, started, wall, busy, r.samples, r.error, r.turns)
                for side, r in zip(sides, readings, strict=True)
            ]
            record.save(path)
            yield judged
        judged = verdicts.judge(record)
    record.finished = True
    record.save(path)
    yield judged


def _kind(benchmark: Mapping[str, Any]) -> Literal["time", "score", "memory"]:
    if benchmark["type"] == "time":
        return "time"
    return "memory" if benchmark.get("unit") == "bytes" else "score"


def _read(arms: Sequence[Arm], case: Case, record: Record) -> list[Reading]:
    """Run a benchmark on both sides: in turns if it is called more than once, else one after the other."""
    benchmark = arms[0].benchmarks[case.benchmark]
    repeat = benchmark.get("repeat")
    if case.kind != "time" or repeat == 1:  # one call a process: a first call is meant
        return [arm.read(case.benchmark, case.parameters, {}) for arm in arms]
    seconds = len(arms) * _seconds(record, case)
    # not a number (asv lists none then): the benchmark says how long
    attributes = {} if repeat is None else {"repeat": [*CALLS, seconds]}
    # until the other side has made its data, is through with its calls, or has been found to hang in one
    waiting = 3 * benchmark["timeout"] + seconds
    reads = {a.turns: functools.partial(a.read, case.benchmark, case.parameters, attributes, waiting) for a in arms}
    # the first round shows whether it takes turns: if not, a start would disturb the other side's calls
    together = any(m.turns for m in record.measured if m.label == case.label)
    return turns.alternate(reads, benchmark["timeout"], together)


def _seconds(record: Record, case: Case) -> float:
    starts = [m.wall - sum(m.samples) for m in record.measured if m.label == case.label and m.round == 1]
    return max(LEAST, FILL * float(np.median(starts))) if starts else LEAST
