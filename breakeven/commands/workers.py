"""``breakeven workers``: what more workers bring, measured and predicted."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from breakeven.advice import prediction
from breakeven.errors import BreakevenError
from breakeven.harness import results
from breakeven.harness.results import CONFIG
from breakeven.report import sizes
from breakeven.report import workers as tables
from breakeven.statistics import size_law
from breakeven.train import entries, overrides, repository

#: What searches on clusters of thousands are simulated from.
SEARCH = "large_models.GridSearchLarge.fit"

out = Console()


def workers(
    release: Annotated[str, typer.Option(help="A release.")] = "newest",
    machine: Annotated[str | None, typer.Option(help="A machine in the results; this one by default.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown tables.")] = False,
) -> None:
    """Print speedup and efficiency against the number of workers, and what larger clusters would bring.

    Amdahl's law and the Universal Scalability Law are fitted, and checked on the largest cluster that was measured; the
    scheduler's own limit, in tasks a second, is part of what they predict. Example:

        BREAKEVEN_PROFILE=full breakeven run newest --bench many_workers && breakeven workers
    """
    known = entries.load()
    found = overrides.resolve(known, release)
    store = results.Store.of(CONFIG, machine)
    recorded = store.recorded(repository.tags(repository.build(known))[found.name])
    if not tables.times(recorded):
        raise BreakevenError(
            f"Nothing is recorded of more workers for {found.name} on machine '{store.machine}': "
            "BREAKEVEN_PROFILE=full breakeven run --bench many_workers measures it"
        )
    serial = size_law.fit(prediction.times(sizes.workloads(recorded).get(SEARCH, []))).get("serial")
    for grid in tables.grids(recorded, serial):
        if markdown:
            typer.echo("\n".join(grid.markdown()))
        else:
            out.print(grid.drawn())
    caveat = tables.caveat(recorded, store.cores())
    if caveat:
        out.print(caveat, soft_wrap=True)
