"""Which slower functions the suite noticed: a table, and a sentence that names the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from breakeven import units
from breakeven.calibration.sensitivity import Finding
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
    """Say how many slower functions were noticed, and name those that nothing noticed.

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
        missed = [f.mutant.name for f in of_share if not f.noticed]
        noticed = len(of_share) - len(missed)
        yield f"Of {len(of_share)} functions made {units.percent(share)} slower, {noticed} were noticed."
        if noticed:
            after = [f.seconds for f in of_share if f.noticed]
            median, most = _minutes(float(np.median(after))), _minutes(max(after))
            yield f"The first benchmark was called slower after {median} min in the median, and {most} min at most."
        if missed:
            yield f"Nothing noticed: {', '.join(missed)}."


def table(findings: Sequence[Finding]) -> Grid:
    """Arrange the functions, a row each.

    Parameters
    ----------
    findings : sequence of Finding
        Of all gates.
    """
    head = ("slower", "package", "function", "minutes", "noticed by", "not by")
    rows = [
        (
            f"{f.mutant.name}, {units.percent(f.share)}",
            f.mutant.package,
            f"`{f.mutant.function}`",
            _minutes(f.seconds) if f.noticed else "",
            "; ".join(map(_told, f.noticed)),
            "; ".join(_told(j) for j in f.judged if j not in f.noticed),
        )
        for f in findings
    ]
    return Grid("", head, rows, "lllrll")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"


def _told(j: Judgement) -> str:
    """Name a benchmark, how much of the slowdown arrives in it, and what is said of it if it is not slower."""
    arrives = "" if math.isnan(j.ratio) else f" {units.change(j.ratio - 1)}"
    word = "" if j.verdict is Verdict.SLOWER else f" ({j.why or j.word})"
    return f"`{j.case.label}`{arrives}{word}"
