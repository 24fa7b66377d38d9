"""``breakeven advise``: which strategy to take for a size, what it costs, and what the answer rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import psutil
import typer
from rich.console import Console

from breakeven.advice import evaluation, overheads, own_estimator, prediction, sentences
from breakeven.advice.overheads import Overheads
from breakeven.advice.prediction import Question
from breakeven.commands import options, recorded
from breakeven.errors import USAGE, BreakevenError, suggestion
from breakeven.harness import asv_log, one_at_a_time, own_suite, profiles
from breakeven.harness.workloads import Workload
from breakeven.report import advice, rounds_notes
from breakeven.report import sizes as written
from breakeven.statistics import size_law
from breakeven.train import entries, overrides, repository

out = Console()


@dataclass(frozen=True)
class Source:
    """What an answer rests on.

    Attributes
    ----------
    workload : Workload
        What was measured.
    cores : int
        Of the machine.
    overheads : Overheads
        What strategies cost before any work.
    told : str
        Where it comes from, for the user.
    """

    workload: Workload
    cores: int
    overheads: Overheads
    told: str


def advise(
    workload: Annotated[str, typer.Argument(help="A workload, or part of its name.")] = "",
    n_samples: Annotated[float, typer.Option(help="Rows of the data.", show_default=False)] = 0,
    n_features: Annotated[
        int | None, typer.Option(min=1, help="Columns; those of the workload by default.", show_default=False)
    ] = None,
    n_jobs: Annotated[
        int | None, typer.Option(min=1, help="Cores; those of the measured machine by default.", show_default=False)
    ] = None,
    memory: Annotated[
        float | None,
        typer.Option(
            parser=options.size, metavar="SIZE", help="Memory; this machine's by default.", show_default=False
        ),
    ] = None,
    machine: options.Machine = None,
    release: options.Release = None,
    measure: Annotated[
        str,
        typer.Option(
            metavar="SCRIPT.py:FUNCTION", help="Instead, measure your own estimator, here and now.", show_default=False
        ),
    ] = "",
    budget: Annotated[
        float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time of --measure.")
    ] = "5m",  # type: ignore[assignment]
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="Instead, advise on held out sizes and tell how good that was.")
    ] = False,
) -> None:
    """Name the strategy for a size, its time and memory, what is as good, the runner-up, and why.

    Of strategies that are equal within 10 % it names the one that needs least: one core before all of them, those
    before a Dask cluster, less memory before more.

    The answer rests on what was measured here or on another machine in the results. Example:

        breakeven advise GridSearchSmall --n-samples 2e6 --memory 16GB --machine shared-2core

    For an estimator and data of your own, write a script with a function that gives the estimator and
    `make_data(n_samples)` that gives X or X, y. Small sizes of it are measured under each strategy, in the environment
    that breakeven is installed in, or in that of --release, the newest by default, if there is no scikit-learn:

        breakeven advise --measure script.py:make_estimator --n-samples 2e6 --budget 5m
    """
    if evaluate:
        measured = recorded.load(release, machine).workloads
        trials = {
            name: [t for w in measured.values() for t in evaluation.evaluate(w, form)]
            for name, form in size_law.FORMS.items()
        }
        for part in advice.evaluation(trials):
            out.print(part, highlight=False)
        return
    if n_samples < 1:
        raise BreakevenError("Give --n-samples, the rows of your data", USAGE)
    unknown = BreakevenError("--n-features needs a workload of which it is known; make_data chooses your own", USAGE)
    if measure and n_features is not None:
        raise unknown
    source = _own(measure, n_samples, budget, release) if measure else _of_results(workload, release, machine)
    known = source.workload.n_features
    if n_features is not None and known is None:
        raise unknown
    features = n_features / known if n_features and known else 1.0
    asked = Question(n_samples, psutil.virtual_memory().total if memory is None else memory, features, n_jobs)
    told = prediction.options(source.workload, asked, source.cores)
    if not told:
        raise BreakevenError(f"{source.workload.name} is measured at one size only: {source.told}")
    choice = prediction.choose(source.workload, asked, told)
    out.print(advice.table(choice.options, source.workload.name))
    for line in advice.sentences(choice, asked):
        out.print(line, highlight=False, markup=False)
    for option in choice.options[:2]:
        sends = source.workload.strategies[option.strategy].sends
        parts = source.overheads.parts(option, sends, n_samples, n_features or known or source.overheads.n_features)
        out.print(advice.spent(option, parts), highlight=False, markup=False)
    out.print(source.told, highlight=False, markup=False)


def _of_results(wanted: str, release: str | None, machine: str | None) -> Source:
    found = recorded.load(release, machine)
    workload = _one(found.workloads, wanted)
    sizes = [row.n_samples for row in workload.rows]
    return Source(
        workload,
        found.store.cores(),
        overheads.read(found.recorded, found.listed, workload.strategies),
        f"Rests on {workload.name} as measured at {min(sizes):,} to {max(sizes):,} rows on {found.release}, machine "
        f"'{found.store.machine}' ({sentences.rests_on(workload.rows)}): "
        f"breakeven report --machine {found.store.machine} --release {found.release}"
        + ("" if len(sizes) > 1 else f" ({profiles.VARIABLE}=full has more sizes)"),
    )


def _own(script: str, n_samples: float, budget: float, release: str | None) -> Source:
    measured, commit, place = None, None, ""
    if not own_suite.possible_here():
        known = entries.load()
        found = overrides.resolve(known, release or "newest")
        commit, place = repository.tags(repository.build(known))[found.name], f" on {found.name}"
        note = f"No scikit-learn is installed beside breakeven: {script} is measured in the environment of {found.name}"
        out.print(note, highlight=False, markup=False, soft_wrap=True)
    sizes = own_estimator.sizes(n_samples)
    with one_at_a_time.held(typer.echo), asv_log.kept(), own_suite.opened(script, sizes, commit) as arm:
        told = 0
        for measured in own_estimator.measure(arm, script, budget):
            rows = measured.workload.rows
            if len(rows) > told:
                told = len(rows)
                times = ", ".join(f"{s} {written.seconds(v)}" for s, v in rows[-1].times.items())
                ranked = f"; {sentences.named(measured.workload, rows[-1])}" if rows[-1].standing is not None else ""
                out.print(f"{rows[-1].n_samples:,} rows: {times}{ranked}", highlight=False, markup=False)
    assert measured is not None  # two sizes are always measured
    rows, failures = measured.workload.rows, measured.failures
    if not any(v.state == "measured" for row in rows for v in row.times.values()):
        raise BreakevenError(f"{script} fails under every strategy: {next(iter(failures.values()))}")
    for strategy, why in failures.items():
        out.print(f"{strategy} failed: {why}", highlight=False, markup=False)
    for note in rounds_notes.notes(measured.in_groups):
        out.print(note, highlight=False, markup=False)
    return Source(
        measured.workload,
        psutil.cpu_count() or 1,
        Overheads({}),
        f"Rests on {script} as measured here and now{place} at {', '.join(f'{row.n_samples:,}' for row in rows)} rows",
    )


def _one(measured: Mapping[str, Workload], wanted: str) -> Workload:
    if wanted in measured:
        return measured[wanted]
    found = [name for name in measured if wanted.lower() in name.lower()]
    if len(found) == 1:
        return measured[found[0]]
    if found:
        raise BreakevenError(f"Which one? {', '.join(found)}", USAGE)
    near = suggestion(wanted, {name.split(".")[1] for name in measured})
    raise BreakevenError(f"No workload '{wanted}'.{near} There are: {', '.join(measured)}", USAGE)
