"""Show a gate while it measures."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live

from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness.record import Record
from breakeven.report import gate

#: Open benchmarks shown at a time, to fit a screen.
SHOWN = 20


def watch(out: Console, record: Record, rounds: Iterator[list[Judgement]]) -> None:
    """Measure to the end, showing what is open: on a terminal as it goes, else a line a round.

    Parameters
    ----------
    out : rich.console.Console
        Where to.
    record : Record
        What is being measured.
    rounds : iterator of list of Judgement
        From `gate.measure`.
    """
    if not out.is_terminal:
        told = -1
        for judged in rounds:
            done = max((j.rounds for j in judged), default=0)
            if done != told or record.finished:
                told = done
                out.print(gate.progress(record, judged), highlight=False)
        return
    with Live(console=out, transient=True) as live:
        for judged in rounds:
            still_open = [j for j in judged if j.verdict is Verdict.UNDECIDED]
            live.update(Group(gate.table(still_open[:SHOWN]), gate.progress(record, judged)))
