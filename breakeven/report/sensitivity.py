"""Which slower functions the suite noticed: a table, and a sentence that names the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from breakeven import units
from breakeven.calibration.sensitivity import Beside, Finding
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.report.grid import Grid


def markdown(findings: Sequence[Finding]) -> Iterator[str]:
    """Write what was noticed.

    Parameters
    ----------
    findings : sequence of Finding
        Of all gates.

    Yields
    ------
    str
        A line.
    """
    yield from sentences(findings)
    yield ""
    yield from table(findings).markdown()


def sentences(findings: Sequence[Finding]) -> Iterator[str]:
    """Say how many slower functions were noticed, name those that nothing noticed, and tell what other rules said.

    Parameters
    ----------
    findings : sequence of Finding
        Of all gates.

    Yields
    ------
    str
        A sentence.
    """
    for share in sorted({f.share for f in findings}):
        of_share = [f for f in findings if f.share == share]
        missed = [f for f in of_share if not f.noticed]
        noticed = len(of_share) - len(missed)
        yield f"Of {len(of_share)} functions made {units.percent(share)} slower, {noticed} were noticed."
        if noticed:
            after = [f.seconds for f in of_share if f.noticed]
            median, most = _minutes(float(np.median(after))), _minutes(max(after))
            yield f"The first benchmark was called slower after {median} min in the median, and {most} min at most."
        if missed:
            yield f"Nothing noticed: {', '.join(map(_unnoticed, missed))}."
        for f in of_share:
            if f.beside:
                first = f"called slower after {_minutes(f.seconds)} min" if f.noticed else "not called slower"
                yield f"Beside {f.mutant.name}, {first}: {'; '.join(map(_of_rule, f.beside))}."


def table(findings: Sequence[Finding]) -> Grid:
    """Arrange the functions, a row each.

    Parameters
    ----------
    findings : sequence of Finding
        Of all gates.
    """
    head = ("slower", "package", "function", "minutes", "noticed by", "expected, but not by", "others")
    rows = []
    for f in findings:
        others = [j for j in f.judged if j not in f.noticed]
        expected = [j for j in others if f.mutant.expects(j.case.label)]
        rest = Counter(j.word for j in others if j not in expected)
        rows.append(
            (
                f"{f.mutant.name}, {units.percent(f.share)}",
                f.mutant.package,
                f"`{f.mutant.function}`",
                _minutes(f.seconds) if f.noticed else "",
                "; ".join(map(_told, f.noticed)),
                "; ".join(map(_told, expected)),
                ", ".join(f"{n} {word}" for word, n in sorted(rest.items())),
            )
        )
    return Grid("", head, rows, "lllrlll")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"


def _unnoticed(f: Finding) -> str:
    return f"{f.mutant.name} ({f.mutant.why})" if f.mutant.why else f.mutant.name


def _of_rule(said: Beside) -> str:
    return f"{said.rule}, {said.rounds} rounds in {_minutes(said.seconds)} min, {said.slower} slower"


def _told(j: Judgement) -> str:
    """Name a benchmark, how much of the slowdown arrives in it, and what is said of it if it is not slower."""
    arrives = "" if math.isnan(j.ratio) else f" {units.change(j.ratio - 1)}"
    word = "" if j.verdict is Verdict.SLOWER else f" ({j.why or j.word})"
    return f"`{j.case.label}`{arrives}{word}"
