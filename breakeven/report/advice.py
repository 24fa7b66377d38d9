"""Advice in words and tables: what to take, why, where its time goes, and how good such advice was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.filesize import decimal
from rich.table import Table

from breakeven.advice import prediction
from breakeven.advice.prediction import Option, Question, Trial
from breakeven.errors import BreakevenError
from breakeven.harness.results import Value
from breakeven.report import sizes
from breakeven.statistics import size_law
from breakeven.statistics.size_law import Estimate, Parts


def spent(option: Option, parts: Parts) -> str:
    """Say where the time of a strategy goes.

    Parameters
    ----------
    option : Option
        The strategy.
    parts : Parts
        Of its time.

    Returns
    -------
    str
    """
    each = {"fixed cost": parts.fixed, "moving data": parts.moving, "work": parts.work}
    told = ", ".join(f"{_seconds(value)} {what}" for what, value in each.items() if value)
    more = f"; the first call of a session takes {_seconds(parts.start_up)} more" if parts.start_up else ""
    return f"{option.strategy} spends {told}{more}."


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
        yield f"Why: {size_law.sentence(size_law.break_even(best.strategy, other, curves))}"
    if best.seconds.beyond > 1:
        far = f"{best.seconds.beyond:.3g} times outside the measured sizes"
        yield (
            f"{asked.n_samples:,.0f} rows are {far}: extrapolated. breakeven advise --evaluate tells how far such "
            "predictions are off."
        )
    if asked.n_jobs is not None:
        yield f"{asked.n_jobs} cores were not measured: by Amdahl's law from the measured ones."


def evaluation(trials: Mapping[str, Sequence[Trial]]) -> Iterator[Table | str]:
    """Tell how good the advice on held out sizes was.

    Parameters
    ----------
    trials : mapping of str to sequence of Trial
        By the form of the fitted laws, of all workloads; the form that is used comes first.

    Yields
    ------
    rich.table.Table or str

    Raises
    ------
    BreakevenError
        There are none.
    """
    used = next(iter(trials.values()))
    if not used:
        raise BreakevenError("No workload has enough measured sizes to hold any out: BREAKEVEN_PROFILE=full has more")
    drawn = Table("workload", "n_samples", "times the largest seen", "advised", "best", "regret", "errors of the times")
    for t in used:
        errors = ", ".join(f"{s} {100 * e:+.0f} %" for s, e in t.errors.items())
        drawn.add_row(
            t.workload, f"{t.n_samples:,}", f"{t.beyond:.2g}", t.advised, t.best, f"{100 * t.regret:.1f} %", errors
        )
    yield drawn
    for form, of_form in trials.items():
        told = "; ".join(f"{name} {100 * value:.3g} %" for name, value in prediction.regrets(of_form).items())
        yield f"{form[0].upper()}{form[1:]}: {told}"


def _seconds(value: float) -> str:
    return sizes.seconds(Value("measured", value))


def _range(told: Estimate) -> str:
    return f"interval {_seconds(told.low)} to {_seconds(told.high)}"
