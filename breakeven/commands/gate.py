"""``breakeven gate``: from the words on the command line to measuring, verdicts and an exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from breakeven import files
from breakeven.calibration import controls
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import record, results, rounds
from breakeven.harness.arms import opened, stack
from breakeven.harness.record import Record, Side, Stack
from breakeven.harness.results import CONFIG
from breakeven.report import gate, progress
from breakeven.train import entries
from breakeven.train.environments import WORKSHOP

out = Console()


def gate_(
    base: Annotated[
        str, typer.Argument(metavar="BASE", help="The release to compare with; overrides after ` + `.")
    ] = "",
    head: Annotated[str, typer.Argument(metavar="HEAD", help="The release to decide on; overrides after ` + `.")] = "",
    bench: options.Bench = options.ANY,
    tolerance: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Slowdown that is let pass.")
    ] = "5%",  # type: ignore[assignment]
    memory_tolerance: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Growth of peak memory that is let pass.")
    ] = "10%",  # type: ignore[assignment]
    budget: Annotated[float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time.")] = "20m",  # type: ignore[assignment]
    markdown: Annotated[Path | None, typer.Option(help="Write the verdicts for a pull request.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the verdicts for a CI system.")] = None,
    json: Annotated[Path | None, typer.Option(help="Keep what is measured here.", show_default=False)] = None,
    from_: Annotated[Path | None, typer.Option("--from", help="Measure nothing: judge what this file holds.")] = None,
) -> None:
    """Decide whether HEAD is slower than BASE: yes, no, or not known yet.

    Both releases are measured side by side, round by round, until each benchmark is decided or the budget
    is spent. Exit status: 0 pass (a slowdown beyond the tolerance is excluded at 99 % confidence), 1 slower
    (or a changed score, or more memory), 3 undecided, 4 not measured, 2 for wrong usage. The same command
    goes on with a gate that was interrupted, or that gets a larger budget. Example:

        breakeven gate dask-ml-2025.1.0 "dask-ml-2025.1.0 + ./dist/dask_ml-new.whl" --bench KMeans
    """
    try:
        if from_ is not None:
            measured = record.load(from_)
        else:
            measured = _measured(base, head, bench.pattern, (tolerance, memory_tolerance, budget), json)
        judged = verdicts.judge(measured)
        out.print(gate.table(judged))
        for note in gate.notes(measured, judged):
            out.print(note, highlight=False, markup=False)
        out.print(Text(gate.headline(measured, judged), style="bold"))
        for path, text in ((markdown, gate.markdown), (junit, gate.junit)):
            if path is not None:
                files.write(path, text(measured, judged))
    except BreakevenError as error:
        error.status = error.status if error.status == USAGE else int(Verdict.NOT_MEASURED)
        raise
    except Exception:
        # a fault of ours must not look like the verdict "slower", which is what Python's own exit status would say
        out.print_exception()
        raise typer.Exit(int(Verdict.NOT_MEASURED)) from None
    raise typer.Exit(int(verdicts.worst(judged)))


def _measured(base: str, head: str, selected: str, limits: tuple[float, float, float], path: Path | None) -> Record:
    if not (base and head):
        raise BreakevenError("Give BASE and HEAD, or --from FILE", USAGE)
    known = entries.load()
    try:
        stacks: dict[Side, Stack] = {"base": stack(known, base), "head": stack(known, head)}
    except BreakevenError as error:
        raise BreakevenError(str(error), USAGE) from None
    if stacks["base"].pins == stacks["head"].pins and not stacks["base"].failure:
        raise BreakevenError(
            f"{base} and {head} have the same pins: breakeven calibrate measures a release against itself", USAGE
        )
    recorded = controls.load(controls.folder(results.Store.of(CONFIG)))
    same_profile = [c for c in recorded if c.profile == rounds.profile()]
    out.print("Building the environments and listing the benchmarks")
    with opened(known, stacks, selected, CONFIG) as arms:
        suites = {side: arm.benchmarks for side, arm in arms.items()}
        new = rounds.begin(
            stacks["base"],
            stacks["head"],
            rounds.cases(suites, selected, controls.experience(same_profile)),
            selected,
            tolerance=limits[0],
            memory_tolerance=limits[1],
            budget=limits[2],
            controls=controls.sentence(same_profile),
        )
        path = path or WORKSHOP / "gates" / f"{stacks['base'].release}..{stacks['head'].release}.json"
        current = _continued(path, new)
        for label in gate.hopeless(current):
            out.print(f"At its recorded noise this cannot be decided within the budget: {label}", highlight=False)
        progress.watch(out, current, rounds.measure(current, arms, path))
    out.print(f"Kept in {path}", highlight=False)
    return current


def _continued(path: Path, new: Record) -> Record:
    """Give the record of the same gate if it was interrupted, or if it has more budget now."""
    old = record.resumed(path, new)
    if old is None or not rounds.go_on(old, new.budget):
        return new
    out.print(f"Going on with {path}: {len(old.measured)} processes, {old.spent:.0f} s", highlight=False)
    return old
