"""``breakeven report``: what is recorded for a release, as tables."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from breakeven.advice import sentences
from breakeven.commands import options, recorded
from breakeven.errors import BreakevenError
from breakeven.report import answer, other_axes, sizes

out = Console()


def report(
    release: options.Release = None,
    machine: options.Machine = None,
    bench: options.Bench = options.ANY,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown tables.")] = False,
) -> None:
    """Print the times of each strategy at each size, which one wins or which are equal, the scores, and the answer.

    "Equal": none of them takes over 10 % longer than the fastest; the one that needs least comes first. Times that
    plain `asv run` has taken are raw samples of different hours: where their 99 % intervals overlap, nobody wins.
    Example: `breakeven report --release scikit-learn-1.5.0`
    """
    found = recorded.load(release, machine)
    workloads = {name: w for name, w in found.workloads.items() if bench.search(name)}
    others = [other for other in found.others if bench.search(other.name)]
    if not (workloads or others):
        raise BreakevenError(
            f"Nothing that matches {bench.pattern} is recorded for {found.release} on machine '{found.store.machine}'"
        )
    grids = [*(sizes.grid(w) for w in workloads.values()), *(other_axes.grid(other) for other in others)]
    if markdown:
        for grid in grids:
            print("\n".join(grid.markdown()))
        return
    raw = f"; tables by other axes than size and strategy: {sentences.RAW}" if others else ""
    where = f"[bold]{escape(found.release)}[/bold] on {escape(found.store.machine)}"
    out.print(f"{where}; medians, ± half of asv's 99 % interval{raw}")
    for table in [*(sizes.table(w) for w in workloads.values()), *(other_axes.grid(o).drawn() for o in others)]:
        out.print(table)
    for line in answer.lines(found, [bench]):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
