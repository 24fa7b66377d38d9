"""A t-test of fixed rounds given the time that a gate took: each benchmark gets as many, and is judged at the end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import record_file, rounds
from breakeven.harness.arms import Arm
from breakeven.harness.record import Case, Record
from breakeven.harness.record_file import RecordFile
from breakeven.statistics import sequential

#: What the records of fixed rounds are called, beside those of gates.
SUFFIX = ".t-test"


def affordable_rounds(gate: Record) -> int:
    """Say how many rounds each timed benchmark gets in the time of a gate.

    Parameters
    ----------
    gate : Record
        Measured.

    Returns
    -------
    int
        At least two, without which there is no test.
    """
    walls = [[b.wall + h.wall for b, h in gate.pairs(case.label)] for case in _timed(gate)]
    known = [float(np.mean(own)) for own in walls if own]
    # what had no round in the gate has some here, too
    return max(2, round(gate.spent / (float(np.mean(known)) * len(walls)))) if known else 2


def measure(gate: Record, arms: Mapping[str, Arm], path: Path) -> Record:
    """Measure fixed rounds of the timed benchmarks of a gate, or go on with them.

    Parameters
    ----------
    gate : Record
        Measured control.
    arms : mapping of str to Arm
        Its sides.
    path : Path
        Where they are kept.

    Returns
    -------
    Record
        Of the same sides and settings.
    """
    new = replace(gate, cases=_timed(gate), measured=[], guesses={}, finished=False)
    old, file = record_file.resumed(path, new), RecordFile(path)
    if old is None:
        file.begin(new)
    found = old or new
    for number in range(1, affordable_rounds(gate) + 1):
        for case in found.cases:
            if found.last_round(case.label) < number:
                rounds.one(found, case, case.arms, arms, file)
    if not found.finished:
        found.finished = True
        file.finished()
    return found


def judge(record: Record) -> list[Judgement]:
    """Judge each timed benchmark by Student's t-tests of its rounds, at the levels of a gate.

    Parameters
    ----------
    record : Record
        Of fixed rounds.

    Returns
    -------
    list of Judgement
        "slower" if the mean is above 0, at the level of a gate's false alarms shared by all benchmarks, and beyond the
        tolerance itself; "pass" if it is below the tolerance at a gate's level.
    """
    cases, found = _timed(record), []
    for case in cases:
        ratios, tolerance = record.log_ratios(case.label), record.tolerance_of(case)
        beyond, n_rounds = math.log1p(tolerance), len(ratios)
        verdict = Verdict.NOT_MEASURED if record.failure(case) else Verdict.UNDECIDED
        ratio = float(np.exp(np.mean(ratios))) if n_rounds else math.nan
        if verdict is Verdict.UNDECIDED and n_rounds > 1:
            above = stats.ttest_1samp(ratios, 0.0, alternative="greater").pvalue
            if above <= sequential.LEVEL / len(cases) and np.mean(ratios) > beyond:
                verdict = Verdict.SLOWER
            elif stats.ttest_1samp(ratios, beyond, alternative="less").pvalue <= sequential.LEVEL:
                verdict = Verdict.PASS
        found.append(Judgement(case, verdict, "", tolerance, ratio, rounds=n_rounds))
    return found


def _timed(record: Record) -> list[Case]:
    return [case for case in record.cases if case.judged == "as time"]
