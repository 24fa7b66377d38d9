"""``breakeven advise``: which strategy to take for a size, what it costs, and what the answer rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from breakeven import advice, options, overrides, releases, report, results, scaling, train
from breakeven.advice import Option, Question, Trial
from breakeven.errors import USAGE, BreakevenError, suggestion
from breakeven.report import Row
from breakeven.results import CONFIG, Value
from breakeven.scaling import Estimate

out = Console()


def advise(
    workload: Annotated[str, typer.Argument(help="A workload, or part of its name.")] = "",
    n_samples: Annotated[float, typer.Option(help="Rows of the data.", show_default=False)] = 0,
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
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="Instead, advise on held out sizes and tell how good that was.")
    ] = False,
) -> None:
    """Name the strategy for a size, its time and memory, the runner-up, and why.

    The answer rests on what was measured here or on another machine in the results. Example:

        breakeven advise GridSearchSmall --n-samples 2e6 --memory 16GB --machine shared-2core
    """
    known = releases.load()
    found = overrides.resolve(known, release)
    store = results.Store.of(CONFIG, machine)
    measured = report.workloads(store.recorded(train.tags(train.build(known))[found.name]))
    if not measured:
        raise BreakevenError(f"Nothing is recorded for {found.name} on machine '{store.machine}': breakeven run first")
    if evaluate:
        trials = [t for name, rows in measured.items() for t in advice.evaluate(name, rows)]
        for part in evaluation(trials):
            out.print(part, highlight=False)
        return
    if n_samples < 1:
        raise BreakevenError("Give --n-samples, the rows of your data", USAGE)
    name = _one(measured, workload)
    asked = Question(n_samples, psutil.virtual_memory().total if memory is None else memory, n_jobs=n_jobs)
    told = advice.options(measured[name], asked, _cores(store))
    if not told:
        raise BreakevenError(f"{name} is measured at one size only on {found.name}: BREAKEVEN_PROFILE=full has more")
    out.print(table(told, name))
    for line in sentences(told, asked):
        out.print(line, highlight=False, markup=False)
    sizes = [row.n_samples for row in measured[name]]
    out.print(
        f"Rests on {name} as measured at {min(sizes):,} to {max(sizes):,} rows on {found.name}, machine "
        f"'{store.machine}': breakeven report --machine {store.machine} --release {found.name}",
        highlight=False,
        markup=False,
    )


def table(told: Sequence[Option], name: str) -> Table:
    """Draw the strategies, best first.

    Parameters
    ----------
    told : sequence of Option
        As advised.
    name : str
        Of the workload.

    Returns
    -------
    rich.table.Table
    """
    drawn = Table("strategy", "time of a fit", "interval", "peak memory", "fits", title=name, title_justify="left")
    for option in told:
        seconds, peak = option.seconds, option.memory
        drawn.add_row(
            option.strategy,
            _seconds(seconds.value),
            f"{_seconds(seconds.low)} to {_seconds(seconds.high)}",
            "not measured" if peak is None else decimal(round(peak.value)),
            {True: "yes", False: "no", None: "?"}[option.fits],
        )
    return drawn


def sentences(told: Sequence[Option], asked: Question) -> Iterator[str]:
    """Say the advice in words.

    Parameters
    ----------
    told : sequence of Option
        As advised.
    asked : Question
        What the user has.

    Yields
    ------
    str
        What to take and the runner-up, why, and what is extrapolated.
    """
    best, *others = told
    yield f"Take {best.strategy}: {_seconds(best.seconds.value)}, {_range(best.seconds)}."
    if best.fits is False:
        yield "But no strategy fits in the memory: take fewer rows, or a workload on Dask arrays with a larger cluster."
    if others:
        second = others[0]
        apart = "" if second.seconds.low > best.seconds.high else " The two cannot be told apart."
        yield f"Runner-up: {second.strategy}, {_seconds(second.seconds.value)}, {_range(second.seconds)}.{apart}"
    for option in others:
        if option.fits is False and option.seconds.value < best.seconds.value:
            yield f"{option.strategy} would be faster, but needs more memory than there is."
    curves = {o.strategy: o.curve for o in told}
    for other in (o.strategy for o in others):
        yield f"Why: {scaling.sentence(scaling.break_even(best.strategy, other, curves))}"
    if best.seconds.beyond > 1:
        far = f"{best.seconds.beyond:.3g} times outside the measured sizes"
        yield (
            f"{asked.n_samples:,.0f} rows are {far}: extrapolated. breakeven advise --evaluate tells how far such "
            "predictions are off."
        )
    if asked.n_jobs is not None:
        yield f"{asked.n_jobs} cores were not measured: by Amdahl's law from the measured ones."


def evaluation(trials: Sequence[Trial]) -> Iterator[Table | str]:
    """Tell how good the advice on held out sizes was.

    Parameters
    ----------
    trials : sequence of Trial
        Of all workloads.

    Yields
    ------
    rich.table.Table or str

    Raises
    ------
    BreakevenError
        There are none.
    """
    if not trials:
        raise BreakevenError("No workload has enough measured sizes to hold any out: BREAKEVEN_PROFILE=full has more")
    drawn = Table("workload", "n_samples", "times the largest seen", "advised", "best", "regret", "errors of the times")
    for t in trials:
        errors = ", ".join(f"{s} {100 * e:+.0f} %" for s, e in t.errors.items())
        drawn.add_row(
            t.workload, f"{t.n_samples:,}", f"{t.beyond:.2g}", t.advised, t.best, f"{100 * t.regret:.1f} %", errors
        )
    yield drawn
    told = advice.regrets(trials)
    yield "; ".join(f"{name} {100 * value:.3g} %" for name, value in told.items())


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


def _cores(store: results.Store) -> int:
    count = re.match(r"\d+", str(store.description().get("num_cpu", "")))
    return int(count.group()) if count else psutil.cpu_count() or 1


def _seconds(value: float) -> str:
    return report.seconds(Value("measured", value))


def _range(told: Estimate) -> str:
    return f"interval {_seconds(told.low)} to {_seconds(told.high)}"
