"""``breakeven gate``: from the words on the command line to measuring, verdicts and an exit status."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from breakeven import files
from breakeven.calibration import controls
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError, of_system
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import (
    arms,
    asv_log,
    cases,
    one_at_a_time,
    own_code,
    profiles,
    record,
    record_file,
    results,
    rounds,
)
from breakeven.harness.cases import Shard
from breakeven.harness.own_code import Chosen
from breakeven.harness.record import BASE, HEAD, Record, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.report import controls as controls_report
from breakeven.report import gate as tables
from breakeven.report import progress
from breakeven.train import entries

out = Console()


def gate(
    base: Annotated[
        str, typer.Argument(metavar="BASE", help="The release to compare with; overrides after ` + `.")
    ] = "",
    head: Annotated[str, typer.Argument(metavar="HEAD", help="The release to decide on; overrides after ` + `.")] = "",
    bench: options.Bench = options.ANY,
    profile: options.Profile = profiles.GATE,
    with_: options.With = None,
    tolerance: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Slowdown that is let pass.")
    ] = options.TOLERANCE,  # type: ignore[assignment]
    memory_tolerance: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Growth of peak memory that is let pass.")
    ] = options.MEMORY_TOLERANCE,  # type: ignore[assignment]
    budget: Annotated[float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time.")] = "20m",  # type: ignore[assignment]
    script: options.Script = None,
    setup: options.Setup = "",
    call: options.Call = "",
    suite: options.Suite = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the verdicts for a pull request.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the verdicts for a CI system.")] = None,
    record_: Annotated[
        Path | None, typer.Option("--record", help="Keep what is measured here.", show_default=False)
    ] = None,
    shard: Annotated[
        Shard | None,
        typer.Option(
            parser=options.shard,
            metavar="I/N",
            help="Only the I-th of N shares of the benchmarks; the others are for other machines.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        list[Path] | None,
        typer.Option("--from", help="Measure nothing: judge what this file holds. Several are shards of one gate."),
    ] = None,
) -> None:
    """Decide whether HEAD is slower than BASE: yes, no, or not known yet.

    Both releases are measured side by side, round by round, until each benchmark is decided or the budget
    is spent. Exit status: 0 pass (a slowdown beyond the tolerance is excluded at 99 % confidence), 1 slower
    (or a changed score, or more memory), 3 undecided, 4 not measured, 2 for wrong usage. The same command
    goes on with a gate that was interrupted, or that gets a larger budget. Example:

        breakeven gate dask-ml-2025.1.0 "dask-ml-2025.1.0 + ./dist/dask_ml-new.whl" --bench KMeans

    Code of your own is judged alike (--script, --setup and --call, or --suite):

        breakeven gate scipy-1.11.4 newest --script snippet.py

    Several machines share a gate by `--shard 1/3`, `2/3` and `3/3`: each measures both sides of its own benchmarks, and
    the false alarms of all are held together. `--from` puts their records together.
    """
    try:
        if not (from_ or (base and head)):
            raise BreakevenError("Give BASE and HEAD, or --from FILE", USAGE)
        if from_:
            shards = [record_file.load(path) for path in from_]
            for kept, its in zip(shards, from_, strict=True):
                _tell_torn(kept, its)
        else:
            asked = Settings(tolerance, memory_tolerance, budget, bench.pattern, profile)
            chosen = own_code.chosen(script, setup, call, suite)
            with one_at_a_time.held(typer.echo):
                shards = [_measured(base, head, with_ or [], asked, shard or Shard(1, 1), chosen, record_)]
        judged = [judgement for kept in shards for judgement in verdicts.judge(kept)]
        measured = record.joined(shards)
        out.print(tables.table(judged))
        for note in tables.notes(measured, judged):
            out.print(note, highlight=False, markup=False)
        out.print(Text(tables.headline(measured, judged), style="bold"))
        for path, text in ((markdown, tables.markdown), (junit, tables.junit)):
            if path is not None:
                files.write(path, text(measured, judged))
    except BreakevenError as error:
        error.status = error.status if error.status == USAGE else int(Verdict.NOT_MEASURED)
        raise
    except Exception as error:
        told = of_system(error) if isinstance(error, OSError) else None
        if told is not None:
            told.status = int(Verdict.NOT_MEASURED)
            raise told from None
        # a fault of ours must not look like the verdict "slower", which is what Python's own exit status would say
        out.print_exception()
        raise typer.Exit(int(Verdict.NOT_MEASURED)) from None
    raise typer.Exit(int(verdicts.worst(judged)))


def _measured(
    base: str, head: str, laid_over: list[str], asked: Settings, shard: Shard, chosen: Chosen, path: Path | None
) -> Record:
    known = entries.load()
    try:
        stacks: dict[str, Stack] = {
            arm: arms.stack(known, spec, laid_over) for arm, spec in ((BASE, base), (HEAD, head))
        }
    except BreakevenError as error:
        raise BreakevenError(str(error), USAGE) from None
    if stacks[BASE].pins == stacks[HEAD].pins and not stacks[BASE].failure:
        raise BreakevenError(
            f"{base} and {head} have the same pins: breakeven calibrate measures a release against itself", USAGE
        )
    recorded = controls.load(controls.folder(results.Store.of(chosen.config)))
    same_profile = [c for c in recorded if c.profile == asked.profile]
    experience = controls.experience(same_profile)
    asked = replace(asked, controls=controls_report.sentence(same_profile), family=shard.of)
    out.print("Building the environments and listing the benchmarks")
    with (
        asv_log.kept() as log,
        arms.opened(known, stacks, asked.selected, chosen.config, asked.profile) as opened,
    ):
        stacks = {name: replace(stack, failure=opened.failures.get(name, "")) for name, stack in stacks.items()}
        offered = {name: arm.benchmarks for name, arm in opened.arms.items()}
        listed = cases.listed(offered, asked.selected, asked.profile, experience)
        if listed and len(listed) < shard.of:
            raise BreakevenError(f"There are only {len(listed)} benchmarks for {shard.of} shards", USAGE)
        new = record.begin(stacks, shard.share(listed), asked)
        which = f"-{shard.number}-of-{shard.of}" if shard.of > 1 else ""
        path = path or chosen.records / "gates" / f"{stacks[BASE].release}..{stacks[HEAD].release}{which}.gate"
        current = _continued(path, new)
        for part in tables.forecast(current):
            out.print(part if isinstance(part, str) else part.drawn(), highlight=False)
        if not all(arm.freezes for arm in opened.arms.values()):
            out.print(tables.AWAKE, highlight=False)
        progress.of_rounds(
            out, current, rounds.measure(current, opened.arms, RecordFile(path), verdicts.judge), tables.table
        )
    out.print(f"Kept in {path}; what asv said is in {log}", highlight=False, markup=False)
    return current


def _continued(path: Path, new: Record) -> Record:
    """Give the record of the same gate if it was interrupted, or if it has more budget now."""
    old, file = record_file.resumed(path, new), RecordFile(path)
    if old is None:
        file.begin(new)
        return new
    _tell_torn(old, path)
    undecided = verdicts.worst(verdicts.judge(old)) is Verdict.UNDECIDED
    if not rounds.go_on(old, new.budget, undecided):
        file.begin(new)
        return new
    file.budget(new.budget)
    out.print(f"Going on with {path}: {len(old.measured)} processes, {old.spent:.0f} s", highlight=False, markup=False)
    return old


def _tell_torn(found: Record, path: Path) -> None:
    if found.torn:
        told = f"The last line of {path} was torn: it is dropped, and what came before it counts"
        out.print(told, highlight=False, markup=False)
