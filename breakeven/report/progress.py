"""Show measuring while it goes on: on a terminal one display, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from breakeven import units
from breakeven.harness.record import Record
from breakeven.harness.rounds import Judged
from breakeven.harness.suite_run import Step

#: Open benchmarks shown at a time, to fit a screen.
SHOWN = 20

#: Seconds between lines where there is no terminal.
QUIET = 30


J = TypeVar("J", bound=Judged)


def line(record: Record, judged: Sequence[Judged]) -> str:
    """Say how far a gate is.

    Parameters
    ----------
    record : Record
        What has been measured.
    judged : sequence of Judged
        As of the last round.

    Returns
    -------
    str
        One line.
    """
    undecided = sum(j.open for j in judged)
    rounds = sum(j.rounds for j in judged)
    left = max(0.0, record.budget - record.spent)
    return (
        f"{rounds} rounds: {len(judged) - undecided} decided, {undecided} open; {units.budget(record.spent)} spent, "
        f"{units.budget(left)} left"
    )


def of_rounds(
    out: Console,
    record: Record,
    rounds: Iterator[list[J]],
    table: Callable[[Sequence[J]], RenderableType] | None = None,
) -> None:
    """Measure rounds to the end, showing what is open.

    Parameters
    ----------
    out : rich.console.Console
        Where to.
    record : Record
        What is being measured.
    rounds : iterator of list of Judged
        From `breakeven.harness.rounds.measure`.
    table : callable, optional
        Draws what is open, on a terminal.
    """
    if not out.is_terminal:
        told = time.monotonic()
        for judged in rounds:
            if record.finished or time.monotonic() > told + QUIET:
                told = time.monotonic()
                out.print(line(record, judged), highlight=False, markup=False)
        return
    with Live(console=out, transient=True) as live:
        for judged in rounds:
            still_open = [j for j in judged if j.open][:SHOWN]
            live.update(Group(*([table(still_open)] if table else []), Text(line(record, judged))))


def of_run(out: Console, steps: Iterator[Step]) -> Step:
    """Measure the suite to the end, showing what runs, how far it is, and the time left.

    Parameters
    ----------
    out : rich.console.Console
        Where to.
    steps : iterator of Step
        From `breakeven.harness.suite_run.measure`.

    Returns
    -------
    Step
        The last one.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
    )
    started = told = time.monotonic()
    step = Step("", 0, 0, {})
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as shown:
        task = shown.add_task("Preparing", total=None, left="")
        for step in steps:
            now = time.monotonic()
            left = _left(step, now - started)
            shown.update(task, description=step.label[:90], completed=step.done, total=step.total, left=left)
            if not out.is_terminal and (not step.label or now > told + QUIET):
                told = now
                out.print(f"{step.done} of {step.total} decided{left and ', '}{left}", highlight=False)
    return step


def _left(step: Step, seconds: float) -> str:
    return f"about {units.budget(seconds / step.done * (step.total - step.done))} left" if step.done else ""
