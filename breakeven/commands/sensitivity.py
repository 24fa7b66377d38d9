"""``breakeven sensitivity``: slow one function of a library at a time, and tell which benchmarks notice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from breakeven.calibration import sensitivity as trial
from breakeven.calibration.sensitivity import Asked
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import asv_config, asv_log, one_at_a_time, results
from breakeven.report import gate as gate_tables
from breakeven.report import progress
from breakeven.report import sensitivity as tables
from breakeven.train import entries, overrides

out = Console()


def sensitivity(
    release: Annotated[str, typer.Argument(help="The release.")] = "newest",
    mutant: Annotated[
        str,
        typer.Option(
            metavar="REGEX", help="Only functions in whose name or package this is found.", show_default=False
        ),
    ] = "",
    n_random: Annotated[
        int | None,
        typer.Option(
            "--random",
            metavar="N",
            min=1,
            help="N of these that should be noticed, drawn at random, each time the same: a gate of the whole default "
            "selection until the first benchmark is called slower.",
        ),
    ] = None,
    share: Annotated[
        float,
        typer.Option(parser=options.slowdown, metavar="SHARE", help="By how much of its own time a call is longer."),
    ] = "30%",  # type: ignore[assignment]
    budget: Annotated[
        float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time of each gate.")
    ] = "6m",  # type: ignore[assignment]
    beside: Annotated[
        bool,
        typer.Option(
            "--beside", help="After each gate of --random, give asv continuous and a t-test of fixed rounds its time."
        ),
    ] = False,
    from_: Annotated[
        Path | None, typer.Option("--from", help="Measure nothing: judge the gates that this folder holds.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the table for a page.")] = False,
) -> None:
    """Try what the suite notices: slow one function of a library at a time.

    Each function is made slower in a changed package, by a share of its own time, and a short gate of the benchmarks
    that load it says which of them noticed, those first that are expected to. Those that nothing noticed are named.
    The same command goes on where an interrupted one stopped. Example:

        breakeven sensitivity --mutant "tokenise|joblib"
    """
    if beside and n_random is None:
        raise BreakevenError("--beside goes with --random: a gate that does not know where to look", USAGE)
    chosen = trial.chosen(options.pattern(mutant), n_random)
    config = asv_config.current()
    blind = n_random is not None
    folder = from_ or trial.folder(results.Store.of(config), blind)
    if from_ is None:
        known = entries.load()
        asked = Asked(overrides.resolve(known, release), share, budget, folder, config, blind)
        with one_at_a_time.held(typer.echo), asv_log.kept():
            for number, one in enumerate(chosen, start=1):
                also = beside and not asked.done_beside(one)
                if asked.done(one) and not also:
                    continue
                out.print(f"{number} of {len(chosen)}: {one.name}, {one.package} {one.function}", highlight=False)
                with trial.gate(known, asked, one) as gate:
                    progress.of_rounds(out, gate.record, gate.measuring, gate_tables.table)
                    if also:
                        gate.measure_beside()
    findings = trial.load(folder, chosen)
    if not findings:
        raise BreakevenError(f"{folder} holds no gates of slower functions: breakeven sensitivity measures them")
    if markdown:
        typer.echo("\n".join(tables.markdown(findings)))
        return
    for sentence in tables.sentences(findings):
        out.print(sentence, highlight=False, markup=False)
    out.print(tables.table(findings).drawn())
