"""``breakeven run``: measure the suite on releases, and print the answer."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from breakeven.commands import options
from breakeven.errors import BreakevenError
from breakeven.harness import asv_log, one_at_a_time, own_code, profiles, release_results, suite_run
from breakeven.harness.record import Stack
from breakeven.harness.suite_run import Wanted
from breakeven.report import answer, progress, rounds_notes
from breakeven.report import own_code as own_code_table
from breakeven.train import entries, overrides, repository

out = Console()


def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="Releases; the newest by default.", metavar="[RELEASE]...")
    ] = None,
    bench: Annotated[
        list[str] | None, typer.Option(metavar="REGEX", help="Only benchmarks in whose name one of these is found.")
    ] = None,
    profile: options.Profile = profiles.DEFAULT,
    budget: Annotated[
        float | None,
        typer.Option(
            parser=options.duration, metavar="DURATION", help="Measuring time; without one, until all is decided."
        ),
    ] = None,
    with_: options.With = None,
    machine: Annotated[str | None, typer.Option(help="Name for the results; this machine's by default.")] = None,
    sync_workers: Annotated[
        bool,
        typer.Option("--sync-workers", help="Install each release on the workers of the cluster that Dask is told of."),
    ] = False,
    script: options.Script = None,
    setup: options.Setup = "",
    call: options.Call = "",
    suite: options.Suite = None,
) -> None:
    """Measure releases, round by round, going on wherever an earlier run stopped, and print the answer.

    It can be interrupted at any time: what is measured is kept, and the same command measures only the rest. With a
    budget it ends there, and tells within how much those strategies are equal that it could not tell apart by 10 %.
    What asv says meanwhile goes into a file. With `DASK_SCHEDULER_ADDRESS` set, Dask strategies run on that
    cluster, whose workers must run the release: give its results a name. Examples:

        breakeven run oldest newest --bench KMeansLloyd
        breakeven run newest --with ray --profile full --bench GridSearchSmall

    Code of your own (--script, --setup and --call, or --suite) is measured in place of the suite, and its numbers are
    printed, a release a column.
    """
    chosen = own_code.chosen(script, setup, call, suite)
    known = entries.load()
    found = [overrides.resolve(known, name, laid_over=with_ or []) for name in names or ["newest"]]
    tags = repository.tags(repository.build(known))
    patterns = [options.pattern(text) for text in bench or []]
    stacks = {tags[r.name]: Stack(r.name, r.pins) for r in found}
    wanted = Wanted(stacks, patterns, profile, machine, sync_workers, budget or suite_run.NO_LIMIT)
    with one_at_a_time.held(typer.echo), asv_log.kept() as log:
        out.print(f"What asv says goes into {log}", highlight=False, markup=False, soft_wrap=True)
        done = progress.of_run(out, suite_run.measure(wanted, chosen.config))
    recorded = [release_results.load(stack.release, machine, chosen.config) for stack in stacks.values()]
    if chosen.own:
        out.print(own_code_table.grid(recorded).drawn())
    for results in recorded:
        for line in answer.lines(results, patterns):
            out.print(line, highlight=False, markup=False, soft_wrap=True)
    for note in rounds_notes.notes(done.in_groups, done.freezes):
        out.print(note, highlight=False, markup=False, soft_wrap=True)
    if done.done < done.total:
        out.print(
            f"{done.done} of {done.total} were decided within the budget: the same command goes on", highlight=False
        )
    if done.failures:
        for label, why in done.failures.items():
            out.print(f"{label} failed: {why}", highlight=False, markup=False, soft_wrap=True)
        raise BreakevenError(f"{len(done.failures)} failed; all others are recorded. What asv said is in {log}")
