"""``breakeven gate``: from the words on the command line to measuring, verdicts and an exit status."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from breakeven import files
from breakeven.calibration import controls
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError, of_system
from breakeven.gate import session, verdicts, where_slower
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import accepted as accepted_slowdowns
from breakeven.harness import asv_log, one_at_a_time, own_code, profiles, record, record_file, rounds
from breakeven.harness.accepted import Accepted
from breakeven.harness.cases import Shard
from breakeven.harness.own_code import Chosen
from breakeven.harness.record import Record, Settings
from breakeven.harness.record_file import RecordFile
from breakeven.report import controls as controls_report
from breakeven.report import gate as tables
from breakeven.report import progress, rounds_notes
from breakeven.report import where_slower as where_report
from breakeven.report.grid import Grid
from breakeven.site import flame_graph
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
        float | None,
        typer.Option(
            parser=options.share,
            metavar="SHARE",
            show_default="as the suite states; else 5 %",
            help="Slowdown that is let pass of every benchmark.",
        ),
    ] = None,
    memory_tolerance: Annotated[
        float | None,
        typer.Option(
            parser=options.share,
            metavar="SHARE",
            show_default="as the suite states; else 10 %",
            help="Growth of peak memory that is let pass of every benchmark.",
        ),
    ] = None,
    budget: Annotated[float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time.")] = "20m",  # type: ignore[assignment]
    script: options.Script = None,
    setup: options.Setup = "",
    call: options.Call = "",
    suite: options.Suite = None,
    where: Annotated[
        bool, typer.Option(help="After the verdict, profile both sides of what is slower, and tell where it is.")
    ] = True,
    accepted: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Known slowdowns that are let pass; docs/gate.md shows one.", show_default=False
        ),
    ] = None,
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
        known = _known(accepted) if accepted else ()
        if from_:
            shards = [(path, record_file.load(path)) for path in from_]
            for _, kept in shards:
                kept.accepted = known if accepted else kept.accepted
        else:
            asked = Settings(budget, bench.pattern, profile, tolerance, memory_tolerance, accepted=known)
            chosen = own_code.chosen(script, setup, call, suite)
            with one_at_a_time.held(typer.echo):
                shards = [_measured(base, head, with_ or [], asked, shard or Shard(1, 1), chosen, record_, where)]
        judged: list[Judgement] = []
        profiled: list[Grid] = []
        for path, kept in shards:
            of_shard = verdicts.judge(kept)
            judged += of_shard
            profiled += map(where_report.grid, where_slower.load(of_shard, where_slower.folder(path)))
        measured = record.joined([kept for _, kept in shards])
        out.print(tables.table(judged))
        for part in profiled:
            out.print(part.drawn())
        for note in tables.notes(measured, judged):
            out.print(note, highlight=False, markup=False)
        out.print(Text(tables.headline(measured, judged), style="bold"))
        if markdown is not None:
            files.write(markdown, tables.markdown(measured, judged, profiled))
        if junit is not None:
            files.write(junit, tables.junit(measured, judged))
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
    base: str,
    head: str,
    laid_over: list[str],
    asked: Settings,
    shard: Shard,
    chosen: Chosen,
    path: Path | None,
    where: bool,
) -> tuple[Path, Record]:
    known = entries.load()
    sides = session.sides(known, base, head, laid_over)
    recorded = controls.recorded(chosen.config, asked.profile)
    asked = replace(asked, controls=controls_report.sentence(recorded), family=shard.of)
    _tell("Building the environments and listing the benchmarks")
    with (
        asv_log.kept() as log,
        session.ready(known, sides, asked, chosen.config, controls.experience(recorded)) as ready,
    ):
        if ready.cases and len(ready.cases) < shard.of:
            raise BreakevenError(f"There are only {len(ready.cases)} benchmarks for {shard.of} shards", USAGE)
        new = record.begin(ready.sides, shard.share(ready.cases), asked)
        which = f"-{shard.number}-of-{shard.of}" if shard.of > 1 else ""
        path = path or chosen.records / "gates" / f"{new.base.release}..{new.head.release}{which}.gate"
        current = session.continued(path, new, _tell)
        for part in tables.forecast(current):
            out.print(part if isinstance(part, str) else part.drawn(), highlight=False)
        if not ready.freezes:
            _tell(rounds_notes.AWAKE)
        progress.of_rounds(
            out, current, rounds.measure(current, ready.arms, RecordFile(path), verdicts.judge), tables.table
        )
        if where:
            judged, kept = verdicts.judge(current), where_slower.folder(path)
            where_slower.measure(judged, ready.arms, kept, flame_graph.write, _tell)
    _tell(f"Kept in {path}; what asv said is in {log}")
    return path, current


def _known(file: Path) -> tuple[Accepted, ...]:
    known, expired = accepted_slowdowns.load(file, date.today())
    for sentence in expired:
        _tell(sentence)
    return known


def _tell(text: str) -> None:
    out.print(text, highlight=False, markup=False)
