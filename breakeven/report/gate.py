"""A gate's verdicts for people and for machines: terminal, Markdown for a pull request, JUnit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

import numpy as np
from rich.markup import escape
from rich.table import Table

from breakeven.gate import verdicts
from breakeven.gate.forecast import expected
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness.record import Record
from breakeven.harness.rounds import BUSY
from breakeven.report import rounds_notes
from breakeven.report.grid import Grid, as_text
from breakeven.statistics import sequential
from breakeven.text import printable
from breakeven.train.entries import difference
from breakeven.units import budget, percent

#: Said where the arms run on a cluster that exists already.
#: What is counted apart, by how it is judged: times decide slowly, the others at once.
_COUNTED = {"as time": "timed", "as score": "scores", "as memory": "peaks of memory"}

_COLORS = {Verdict.PASS: "green", Verdict.SLOWER: "red", Verdict.UNDECIDED: "yellow", Verdict.NOT_MEASURED: "magenta"}


def headline(record: Record, judged: Sequence[Judgement]) -> str:
    """Say the verdict on the whole run in one line.

    Parameters
    ----------
    record : Record
        What has been measured.
    judged : sequence of Judgement
        Of all cases.
    """
    if not judged:
        failures = [f"{s.release}: {s.failure}" for s in (record.base, record.head) if s.failure]
        return f"Not measured: {'; '.join(failures) or 'no benchmark was selected'}"
    passes = verdicts.worst(judged) is Verdict.PASS
    told = [
        _passed(how, own) if passes else _counted(how, own)
        for how in _COUNTED
        if (own := [j for j in judged if j.case.judged == how])
    ]
    return f"{verdicts.worst(judged).word.capitalize()}: {'; '.join(told)}"


def _counted(how: str, judged: Sequence[Judgement]) -> str:
    """Count the verdicts on what is judged in one way."""
    counts = Counter(j.word for j in judged)
    told = [f"{n} {word}" for word, n in counts.most_common() if word != "pass"]
    return f"{', '.join([*told, str(counts['pass'])])} pass, of {len(judged)} {_COUNTED[how]}"


def _passed(how: str, judged: Sequence[Judgement]) -> str:
    """Say what is excluded, where all pass."""
    n, known, shares = len(judged), sum(j.accepted for j in judged), sorted({j.tolerance for j in judged})
    if how == "as score":
        return f"{n} of {n} {_COUNTED[how]} as before"
    what = {"as time": "a slowdown", "as memory": "growth"}[how]
    beyond = percent(shares[0]) if len(shares) == 1 else f"tolerances of {percent(shares[0])} to {percent(shares[-1])}"
    accepted = f", a known one is accepted in {known}" if known else ""
    return f"{what} beyond {beyond} is excluded in {n - known} of {n} {_COUNTED[how]}{accepted}"


def _tolerances(judged: Sequence[Judgement]) -> str:
    """Say what is let pass of times and of peak memory."""
    told = []
    for how, what in (("as time", "time"), ("as memory", "peak memory")):
        counts = Counter(j.tolerance for j in judged if j.case.judged == how)
        if len(counts) > 1:
            told.append(", ".join(f"{percent(share)} of {what} in {n}" for share, n in sorted(counts.items())))
        else:
            told += [f"{percent(share)} of {what}" for share in counts]
    return "; ".join(told) or "none"


def seconds_needed(record: Record, judged: Sequence[Judgement]) -> float:
    """Estimate the measuring that what is undecided still needs.

    Parameters
    ----------
    record : Record
        What has been measured.
    judged : sequence of Judgement
        Of all cases.

    Returns
    -------
    float
        Seconds; infinite if something may lie at the tolerance itself, NaN before anything was measured.
    """
    pairs = {j.case.label: [b.wall + h.wall for b, h in record.pairs(j.case.label)] for j in judged}
    every = [wall for walls in pairs.values() for wall in walls]
    if not every:
        return math.nan
    undecided = [j for j in judged if j.verdict is Verdict.UNDECIDED]
    return float(sum(j.more * np.mean(pairs[j.case.label] or every) for j in undecided))


def forecast(record: Record) -> Iterator[Grid | str]:
    """Say how long a gate is expected to take, and which slowdown each benchmark can show within the budget.

    Parameters
    ----------
    record : Record
        That is about to be measured.

    Yields
    ------
    str or Grid
        A sentence, then what each timed benchmark can show; nothing if none is timed.
    """
    found = list(expected(record))
    if not found:
        return
    decided = sum(e.enough for e in found)
    rests = (
        "the noise recorded on this machine" if all(e.known for e in found) else "usual noise where none is recorded"
    )
    yield (
        f"Expected, if nothing has changed: {decided} of {len(found)} timed benchmarks decided within "
        f"{budget(record.budget)}, all within {budget(sum(e.seconds for e in found))}, by {rests}."
    )
    rows = [
        (e.case.label, str(e.rounds), percent(e.detectable) if math.isfinite(e.detectable) else "none",
         "" if e.known else "usual noise")
        for e in found
    ]  # fmt: skip
    yield Grid("", ("benchmark", "rounds", "slowdown that they show", ""), rows, "lrrl")


def table(judged: Sequence[Judgement]) -> Table:
    """Draw the verdicts for the terminal.

    Parameters
    ----------
    judged : sequence of Judgement
        Of the cases to show.
    """
    drawn = Table("verdict", box=None)
    drawn.add_column("benchmark", overflow="fold", min_width=20)
    for column in ("HEAD /\nBASE", "99 % interval", "tolerance", "rounds\nx turns"):  # in 80 characters
        drawn.add_column(column, justify="right")
    drawn.add_column("", overflow="fold")
    for j in judged:
        verdict, *cells = _cells(j)
        drawn.add_row(f"[{_COLORS[j.verdict]}]{verdict}[/]", *(escape(c) for c in cells))
    return drawn


def sentence(judgement: Judgement) -> str:
    """Say the verdict on one benchmark in a line, with what it rests on.

    Parameters
    ----------
    judgement : Judgement
        On a case.
    """
    word, _, ratio, interval, tolerance, repeated, why = _cells(judgement)
    found = [
        ratio and f"HEAD / BASE {ratio}",
        interval and f"99 % interval {interval}",
        ratio and f"tolerance {tolerance}",
        ratio and f"{repeated} rounds{' x turns' if judgement.turns else ''}",
        why,
    ]
    return f"{word}: {', '.join(part for part in found if part)}"


def markdown(record: Record, judged: Sequence[Judgement], where: Iterable[Grid] = ()) -> str:
    """Write what a maintainer wants to read in a pull request.

    Parameters
    ----------
    record : Record
        What has been measured.
    judged : sequence of Judgement
        Of all cases.
    where : iterable of Grid
        Where what is slower got so.

    Returns
    -------
    str
        The verdict first, then what matters, then the rest folded.
    """
    matters = [j for j in judged if _matters(j)]
    rest = [j for j in judged if not _matters(j)]
    base, head = (" ".join(stack.release.replace("`", "").split()) for stack in (record.base, record.head))
    lines = [f"**{as_text(headline(record, judged))}**", "", f"`{base}` → `{head}`", ""]
    if matters:
        lines += [*_grid(matters).markdown(), ""]
    for each in where:
        lines += each.markdown()
    for note in notes(record, judged):
        lines += [as_text(note), ""]
    changes = difference(record.base.pins, record.head.pins)
    lines += ["<details><summary>What differs between the two stacks</summary>", ""]
    told = (f"{name} {old or '(absent)'} → {new or '(absent)'}" for name, (old, new) in changes.items())
    lines += [f"- {as_text(change)}" for change in told]
    lines += ["" if changes else "Nothing.", "</details>"]
    if rest:
        lines += ["", f"<details><summary>{len(rest)} benchmarks that pass</summary>", "", *_grid(rest).markdown()]
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def notes(record: Record, judged: Sequence[Judgement]) -> Iterator[str]:
    """Tell how the verdicts came about, and what speaks against them.

    Parameters
    ----------
    record : Record
        What has been measured.
    judged : sequence of Judgement
        Of all cases.

    Yields
    ------
    str
        A sentence or two.
    """
    yield (
        f'Tolerance: {_tolerances(judged)}. "Pass": a slowdown beyond it is excluded at '
        f'{percent(1 - sequential.LEVEL)} confidence. "Slower": the '
        f"false alarms of all benchmarks together are held at {percent(sequential.LEVEL)}, however often one looks."
    )
    rounds = sum(j.rounds for j in judged)
    if record.measured:
        machine = record.machine.get("machine", "unknown")
        yield (
            f"{rounds} rounds of two processes in {budget(record.spent)} on machine {machine}, "
            f"{percent(record.timed / record.spent)} of it in timed calls."
        )
    needed = seconds_needed(record, judged)
    if any(j.verdict is Verdict.UNDECIDED for j in judged):
        if math.isinf(needed):
            yield "What is undecided may lie at the tolerance itself: no budget is sure to decide it."
        elif not math.isnan(needed):
            yield f"What is undecided needs about {budget(needed)} more."
    yield from rounds_notes.notes(record.in_groups)
    if record.controls:
        yield record.controls
    if record.busy > BUSY:
        yield f"The machine was busy: others used {percent(record.busy)} of its processors between measurements."


def junit(record: Record, judged: Sequence[Judgement]) -> str:
    """Write one test case a benchmark, as CI systems read it.

    Slower and undecided are failures of different types, not measured is an error.

    Parameters
    ----------
    record : Record
        What has been measured.
    judged : sequence of Judgement
        Of all cases.

    Returns
    -------
    str
        XML.
    """
    counts = Counter(j.verdict for j in judged)
    suite = ElementTree.Element(
        "testsuite",
        name=f"breakeven gate {record.base.release} {record.head.release}",
        tests=str(len(judged)),
        failures=str(counts[Verdict.SLOWER] + counts[Verdict.UNDECIDED]),
        errors=str(counts[Verdict.NOT_MEASURED] if judged else 1),
        time=f"{record.spent:.3f}",
    )
    for j in judged:
        spent = sum(m.wall for m in record.measured if m.label == j.case.label)
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=j.case.benchmark,
            name=", ".join(j.case.parameters) or j.case.benchmark,
            time=f"{spent:.3f}",
        )
        if j.verdict is not Verdict.PASS:
            tag = "error" if j.verdict is Verdict.NOT_MEASURED else "failure"
            ElementTree.SubElement(case, tag, type=j.word, message=sentence(j))
        elif j.accepted:
            ElementTree.SubElement(case, "system-out").text = printable(sentence(j))
    if not judged:
        case = ElementTree.SubElement(suite, "testcase", classname="gate", name="gate")
        ElementTree.SubElement(case, "error", type="not measured", message=headline(record, judged))
    for each in suite.iter():  # XML has no place for most control characters
        each.attrib = {key: printable(text) for key, text in each.attrib.items()}
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _matters(j: Judgement) -> bool:
    return j.verdict is not Verdict.PASS or j.change != 0 or j.accepted


def _grid(judged: Sequence[Judgement]) -> Grid:
    head = ("verdict", "benchmark", "HEAD / BASE", "99 % interval", "tolerance", "rounds x turns", "")
    return Grid("", head, [_cells(j) for j in judged], "llrrrrl")


def _cells(j: Judgement) -> tuple[str, ...]:
    ratio = "" if math.isnan(j.ratio) else f"{j.ratio:.3f}"
    interval = "" if math.isnan(j.low) else f"{j.low:.3f} to {j.high:.3f}"
    why = j.why
    if j.verdict is Verdict.PASS and j.change and not j.accepted:
        why = "faster" if j.change < 0 else "slower, within the tolerance"
    if j.verdict is Verdict.UNDECIDED and not math.isnan(j.ratio):
        why = f"about {j.more:.0f} more rounds" if math.isfinite(j.more) else "may lie at the tolerance itself"
    repeated = f"{j.rounds} x {j.turns}" if j.turns else str(j.rounds)
    tolerance = "" if j.case.judged == "as score" or math.isnan(j.tolerance) else percent(j.tolerance)
    return j.word, j.case.label, ratio, interval, tolerance, repeated, why
