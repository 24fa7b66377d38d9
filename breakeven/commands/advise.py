"""``breakeven advise``: which strategy to take for a size, what it costs, and what the answer rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import psutil
import typer
from rich.console import Console

from breakeven.advice import own_estimator, prediction
from breakeven.advice.prediction import FEATURES, Overheads, Question
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError, suggestion
from breakeven.harness import results
from breakeven.harness.results import CONFIG
from breakeven.report import advice, sizes
from breakeven.report.sizes import Row
from breakeven.statistics import size_law
from breakeven.train import entries, overrides, repository

out = Console()


@dataclass(frozen=True)
class Source:
    """What an answer rests on.

    Attributes
    ----------
    name : str
        Of the workload.
    rows : list of Row
        What was measured.
    cores : int
        Of the machine.
    n_features : int or None
        Columns of the measured data, if known.
    overheads : Overheads
        What strategies cost before any work.
    told : str
        Where it comes from, for the user.
    """

    name: str
    rows: list[Row]
    cores: int
    n_features: int | None
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
    machine: Annotated[str | None, typer.Option(help="A machine in the results; this one by default.")] = None,
    release: Annotated[str, typer.Option(help="A release.")] = "newest",
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
    """Name the strategy for a size, its time and memory, the runner-up, and why.

    The answer rests on what was measured here or on another machine in the results. Example:

        breakeven advise GridSearchSmall --n-samples 2e6 --memory 16GB --machine shared-2core

    For an estimator and data of your own, write a script with a function that gives the estimator and
    `make_data(n_samples)` that gives X or X, y. Small sizes of it are measured under each strategy:

        breakeven advise --measure script.py:make_estimator --n-samples 2e6 --budget 5m
    """
    if evaluate:
        _, _, recorded = _recorded(release, machine)
        measured = sizes.workloads(recorded)
        trials = {
            name: [t for w, rows in measured.items() for t in prediction.evaluate(w, rows, form)]
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
    source = _own(measure, n_samples, budget) if measure else _of_results(workload, release, machine)
    if n_features is not None and source.n_features is None:
        raise unknown
    features = n_features / source.n_features if n_features and source.n_features else 1.0
    asked = Question(n_samples, psutil.virtual_memory().total if memory is None else memory, features, n_jobs)
    told = prediction.options(source.rows, asked, source.cores)
    if not told:
        raise BreakevenError(f"{source.name} is measured at one size only: {source.told}")
    out.print(advice.table(told, source.name))
    for line in advice.sentences(told, asked):
        out.print(line, highlight=False, markup=False)
    columns = n_features or source.n_features or FEATURES
    for option in told[:2]:
        out.print(
            advice.spent(option, source.overheads.parts(option, n_samples, columns)),
            highlight=False,
            markup=False,
        )
    out.print(source.told, highlight=False, markup=False)


def _of_results(workload: str, release: str, machine: str | None) -> Source:
    found, store, recorded = _recorded(release, machine)
    measured = sizes.workloads(recorded)
    name = _one(measured, workload)
    rows = measured[name]
    unit = str(store.benchmarks().get(f"{name.rpartition('.')[0]}.track_score", {}).get("unit", ""))
    stated = re.search(r"on (\d+) features", unit)
    at = [row.n_samples for row in rows]
    return Source(
        name,
        rows,
        store.cores(),
        int(stated.group(1)) if stated else None,
        prediction.overheads(recorded, {s for row in rows for s in row.times}),
        f"Rests on {name} as measured at {min(at):,} to {max(at):,} rows on {found}, machine "
        f"'{store.machine}': breakeven report --machine {store.machine} --release {found}"
        + ("" if len(at) > 1 else " (BREAKEVEN_PROFILE=full has more sizes)"),
    )


def _recorded(release: str, machine: str | None) -> tuple[str, results.Store, sizes.Recorded]:
    known = entries.load()
    found = overrides.resolve(known, release)
    store = results.Store.of(CONFIG, machine)
    recorded = store.recorded(repository.tags(repository.build(known))[found.name])
    if not recorded:
        raise BreakevenError(f"Nothing is recorded for {found.name} on machine '{store.machine}': breakeven run first")
    return found.name, store, recorded


def _own(script: str, n_samples: float, budget: float) -> Source:
    rows: list[Row] = []
    failures: dict[str, str] = {}
    with own_estimator.opened(script, n_samples, CONFIG) as arm:
        for rows in own_estimator.measure(arm, budget, failures):
            told = ", ".join(f"{s} {sizes.seconds(v)}" for s, v in rows[-1].times.items())
            out.print(f"{rows[-1].n_samples:,} rows: {told}", highlight=False, markup=False)
    if not any(v.state == "measured" for row in rows for v in row.times.values()):
        raise BreakevenError(f"{script} fails under every strategy: {next(iter(failures.values()))}")
    for strategy, why in failures.items():
        out.print(f"{strategy} failed: {why}", highlight=False, markup=False)
    return Source(
        script,
        rows,
        psutil.cpu_count() or 1,
        None,
        Overheads({}, None),
        f"Rests on {script} as measured here and now at {', '.join(f'{row.n_samples:,}' for row in rows)} rows",
    )


def _one(measured: Mapping[str, list[Row]], wanted: str) -> str:
    if wanted in measured:
        return wanted
    found = [name for name in measured if wanted.lower() in name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise BreakevenError(f"Which one? {', '.join(found)}", USAGE)
    near = suggestion(wanted, {name.split(".")[1] for name in measured})
    raise BreakevenError(f"No workload '{wanted}'.{near} There are: {', '.join(measured)}", USAGE)
