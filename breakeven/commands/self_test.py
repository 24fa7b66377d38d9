"""``breakeven self-test``: try the engine itself, on a release against itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from breakeven import files
from breakeven.calibration import disturbance
from breakeven.calibration import self_test as trial
from breakeven.errors import BreakevenError
from breakeven.harness import arms, asv_config, asv_log, one_at_a_time
from breakeven.harness.record import Stack
from breakeven.report import self_test as tables
from breakeven.state import STATE
from breakeven.train import entries

out = Console()


def self_test(
    release: Annotated[str, typer.Argument(help="The release.")] = "newest",
    record: Annotated[Path | None, typer.Option(help="Keep what is measured here.", show_default=False)] = None,
    from_: Annotated[Path | None, typer.Option("--from", help="Measure nothing: tell what this file holds.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the tables.")] = None,
) -> None:
    """Try whether taking turns changes what is measured.

    Two processes of the same release take turns, in two environments: as in a gate, each alone at the same
    cadence, and with nobody asleep. Tells by how much turns change a time, and whether a side, an order or a core is
    favoured. Takes one to two hours on 2 cores, by their noise; the same command goes on where an interrupted one
    stopped. Example:

        breakeven self-test
    """
    path = from_ or record or STATE / "self-test.rounds"
    rounds = trial.load(path)
    if from_ is None:
        known = entries.load()
        stack: Stack = arms.stack(known, release)
        selected = "|".join(sorted({t.benchmark.replace(".", r"\.") for t in trial.EVERY}))
        stacks = {"base": stack, "head": stack}
        with (
            one_at_a_time.held(typer.echo),
            asv_log.kept(),
            arms.opened(known, stacks, selected, asv_config.current(), "full", {"head": "control"}) as opened,
        ):
            for failure in opened.failures.values():
                raise BreakevenError(f"{stack.release}: {failure}")
            both = opened.arms["base"], opened.arms["head"]
            for found, total in trial.measure(both, path, list(rounds), disturbance.planned):
                rounds.append(found)
                out.print(f"{len(rounds)} of {total} rounds: {found.label}", highlight=False)
    summaries = disturbance.summaries(rounds)
    if not summaries:
        raise BreakevenError(f"{path} holds no rounds: breakeven self-test measures them")
    text = "\n".join(tables.markdown(summaries))
    out.print(Markdown(text))
    if markdown is not None:
        files.write(markdown, text + "\n")
