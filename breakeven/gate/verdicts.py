"""From what a gate has measured to its verdicts: the same whether measured now or read from a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from breakeven.harness import accepted, evidence
from breakeven.harness.evidence import Evidence
from breakeven.harness.record import Case, Record

#: Rounds after which larger peak memory counts; one in which it is not larger is enough.
MEMORY_ROUNDS = 3


class Verdict(IntEnum):
    """What is said of a benchmark; the value is the exit status."""

    PASS = 0
    SLOWER = 1
    UNDECIDED = 3
    NOT_MEASURED = 4

    @property
    def word(self) -> str:
        """As people read it."""
        return self.name.lower().replace("_", " ")


# A slowdown that is known outweighs what was not measured, and that outweighs what more time may settle.
_SEVERITY = [Verdict.PASS, Verdict.UNDECIDED, Verdict.NOT_MEASURED, Verdict.SLOWER]


_VERDICTS = {
    "pass": Verdict.PASS,
    "faster": Verdict.PASS,
    "slower": Verdict.SLOWER,
    "open": Verdict.UNDECIDED,
}


@dataclass(frozen=True)
class Judgement:
    """A verdict on one case and what it rests on.

    Attributes
    ----------
    case : Case
        The benchmark and its parameters.
    verdict : Verdict
        "slower" also stands for a changed score and for more memory.
    why : str
        In words, what the numbers do not tell.
    tolerance : float
        Relative growth, or difference of scores, that is let pass.
    ratio, low, high : float
        Head's time or memory over base's, with its 99 % confidence sequence; NaN where there is none.
    change : {-1, 0, 1}
        Whether head is established to be faster (-1) or slower (1), by however little.
    rounds : int
        Complete rounds.
    turns : int
        Median number of turns of a round; 0 if there were none.
    more : float
        Estimated rounds that it still needs; infinite if the truth may lie at the tolerance itself.
    suspected : bool
        Whether it looks slower, though that is not established.
    accepted : bool
        Whether it passes only because the slowdown is known and accepted; ``why`` says so.
    """

    case: Case
    verdict: Verdict
    why: str = ""
    tolerance: float = math.nan
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan
    change: int = 0
    rounds: int = 0
    turns: int = 0
    more: float = 0.0
    suspected: bool = False
    accepted: bool = False

    @property
    def word(self) -> str:
        """The verdict in words of its own."""
        if self.accepted:
            return "accepted"
        if self.verdict is Verdict.SLOWER:
            return {"as time": "slower", "as score": "score changed", "as memory": "more memory"}[self.case.judged]
        return self.verdict.word

    @property
    def open(self) -> bool:
        """Whether more rounds may decide it."""
        return self.verdict is Verdict.UNDECIDED

    @property
    def staying(self) -> tuple[str, ...]:
        """The arms that the next round is to have: both."""
        return self.case.arms


def judge(record: Record, cases: Sequence[Case] | None = None) -> list[Judgement]:
    """Give the verdict on each case.

    Parameters
    ----------
    record : Record
        What has been measured.
    cases : sequence of Case, optional
        Some of the record's; all if none are given.

    Returns
    -------
    list of Judgement
        In order of the cases.
    """
    cases = record.cases if cases is None else cases
    times = evidence.of_times(record, cases)
    judged = []
    for case in cases:
        failure = record.failure(case)
        if failure:
            judged.append(_unmeasured(record, case, failure))
        elif case.judged == "as time":
            judged.append(_time(record, case, times[case.label]))
        elif case.judged == "as score":
            judged.append(_score(record, case))
        else:
            judged.append(_memory(record, case))
    return [_accepted(record, j) for j in judged]


def worst(judgements: Sequence[Judgement]) -> Verdict:
    """Give the verdict on the whole run.

    Parameters
    ----------
    judgements : sequence of Judgement
        Of all cases.

    Returns
    -------
    Verdict
        The worst of them; an empty run is not measured.
    """
    return max((j.verdict for j in judgements), key=_SEVERITY.index, default=Verdict.NOT_MEASURED)


def _accepted(record: Record, judgement: Judgement) -> Judgement:
    """Let a known slowdown pass: where it is established, its estimate counts, else all that is not excluded."""
    known = accepted.find(record.accepted, judgement.case.label)
    seen = {Verdict.SLOWER: judgement.ratio, Verdict.UNDECIDED: judgement.high}.get(judgement.verdict, math.nan)
    if known is None or not seen <= known.factor:
        return judgement
    why = f"a slowdown until {known.factor:g} is accepted until {known.until}: {known.reason}"
    return replace(judgement, verdict=Verdict.PASS, why=why, accepted=True)


def _unmeasured(record: Record, case: Case, why: str) -> Judgement:
    rounds = len(list(record.pairs(case.label)))
    return Judgement(case, Verdict.NOT_MEASURED, why, record.tolerance_of(case), rounds=rounds)


def _time(record: Record, case: Case, known: Evidence) -> Judgement:
    found = known.decision
    ratio, low, high = math.exp(found.shift), math.exp(found.low), math.exp(found.high)
    return Judgement(
        case, _VERDICTS[found.state], "", record.tolerance_of(case), ratio, low, high, found.change,
        known.rounds, known.turns, known.more, known.suspected,
    )  # fmt: skip


def _score(record: Record, case: Case) -> Judgement:
    tolerance = record.tolerance_of(case)
    for base, head in record.pairs(case.label):
        before, after = base.samples[0], head.samples[0]
        if math.isclose(before, after, rel_tol=tolerance, abs_tol=0):
            return Judgement(case, Verdict.PASS, "", tolerance, rounds=1)
        return Judgement(case, Verdict.SLOWER, f"{before:.6g} became {after:.6g}", tolerance, rounds=1)
    return Judgement(case, Verdict.UNDECIDED, "", tolerance, more=1)


def _memory(record: Record, case: Case) -> Judgement:
    rounds, tolerance = record.log_ratios(case.label), record.tolerance_of(case)
    if len(rounds) == 0:
        return Judgement(case, Verdict.UNDECIDED, "", tolerance, more=1)
    ratio = math.exp(np.median(rounds))
    if min(rounds) <= math.log1p(tolerance):
        return Judgement(case, Verdict.PASS, "", tolerance, ratio, rounds=len(rounds))
    if len(rounds) < MEMORY_ROUNDS:
        return Judgement(case, Verdict.UNDECIDED, "", tolerance, ratio, rounds=len(rounds), more=1)
    return Judgement(case, Verdict.SLOWER, "", tolerance, ratio, rounds=len(rounds))
