"""``breakeven workers``: what more workers bring, measured and predicted."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from breakeven.advice import more_workers
from breakeven.commands import options, recorded
from breakeven.errors import BreakevenError
from breakeven.report import workers as tables

out = Console()


def workers(
    release: options.Release = None,
    machine: options.Machine = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown tables.")] = False,
) -> None:
    """Print speedup and efficiency against the number of workers, and what larger clusters would bring.

    Amdahl's law and the Universal Scalability Law are fitted, and checked on the largest cluster that was measured; the
    scheduler's own limit, in tasks a second, is part of what they predict. Example:

        breakeven run newest --profile full --bench many_workers && breakeven workers
    """
    found = recorded.load(release, machine)
    known = more_workers.read(found)
    if not known.times:
        raise BreakevenError(
            f"Nothing is recorded of more workers for {found.release} on machine '{found.store.machine}': "
            "breakeven run --profile full --bench many_workers measures it"
        )
    for grid in tables.grids(known, more_workers.search(found)):
        if markdown:
            typer.echo("\n".join(grid.markdown()))
        else:
            out.print(grid.drawn())
    caveat = tables.caveat(known, found.store.cores())
    if caveat:
        out.print(caveat, markup=False, soft_wrap=True)
