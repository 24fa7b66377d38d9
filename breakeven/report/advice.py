"""Advice in words and tables: what to take, why, where its time goes, and how good such advice was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from breakeven import units
from breakeven.advice import evaluation as held_out
from breakeven.advice import sentences as wording
from breakeven.advice.evaluation import Trial
from breakeven.advice.prediction import Choice, Option, Question
from breakeven.errors import BreakevenError
from breakeven.statistics.break_even import break_even
from breakeven.statistics.curve import Estimate
from breakeven.statistics.parts import Parts
from breakeven.statistics.ranking import EQUAL


def spent(option: Option, parts: Parts) -> str:
    """Say where the time of a strategy goes.

    Parameters
    ----------
    option : Option
        The strategy.
    parts : Parts
        Of its time.
    """
    each = {"fixed cost": parts.fixed, "moving data": parts.moving, "work": parts.work}
    told = ", ".join(f"{units.seconds(value)} {what}" for what, value in each.items() if value)
    more = f"; the first call of a session takes {units.seconds(parts.start_up)} more" if parts.start_up else ""
    return f"{option.strategy} spends {told}{more}."


def table(told: Sequence[Option], name: str) -> Table:
    """Draw the strategies, best first.

    Parameters
    ----------
    told : sequence of Option
        As advised.
    name : str
        Of the workload.
    """
    drawn = Table("strategy", "time of a fit", "interval", "peak memory", "fits", title=name, title_justify="left")
    for option in told:
        seconds = option.seconds
        drawn.add_row(
            option.strategy,
            units.seconds(seconds.value),
            f"{units.seconds(seconds.low)} to {units.seconds(seconds.high)}",
            _memory(option),
            {True: "yes", False: "no", None: "?"}[option.fits],
        )
    return drawn


def sentences(choice: Choice, asked: Question) -> Iterator[str]:
    """Say the advice in words.

    Parameters
    ----------
    choice : Choice
        What to take.
    asked : Question
        What the user has.

    Yields
    ------
    str
        What to take, what is as good, the runner-up, why, and what is extrapolated.
    """
    best, *others = choice.options
    behind = [option for option in others if option.strategy not in choice.equal]
    yield f"Take {best.strategy}: {units.seconds(best.seconds.value)}, {_range(best.seconds)}."
    if best.fits is False:
        yield "But no strategy fits in the memory: take fewer rows, or a workload on Dask arrays with a larger cluster."
    if len(choice.equal) > 1:
        yield _equal(choice)
    if behind:
        second = behind[0]
        apart = "" if second.seconds.low > best.seconds.high else " The two cannot be told apart."
        if choice.in_rounds:
            apart = f" Measured side by side, {second.strategy} is slower." if second.fits == best.fits else ""
        yield f"Runner-up: {second.strategy}, {units.seconds(second.seconds.value)}, {_range(second.seconds)}.{apart}"
    if any(option.memory_sizes == 1 for option in choice.options):
        yield "Peak memory is known at one size only, which does not tell what grows: the full profile has more sizes."
    for option in behind:
        if option.fits is False and option.seconds.value < best.seconds.value:
            yield f"{option.strategy} would be faster, but needs more memory than there is."
    curves = {o.strategy: o.curve for o in choice.options}
    for other in (o.strategy for o in behind):
        yield f"Why: {wording.break_even(break_even(best.strategy, other, curves))}"
    if best.seconds.beyond > 1:
        far = f"{best.seconds.beyond:.3g} times outside the measured sizes"
        yield (
            f"{asked.n_samples:,.0f} rows are {far}: extrapolated. breakeven advise --evaluate tells how far such "
            "predictions are off."
        )
    if asked.n_jobs is not None:
        yield f"{asked.n_jobs} cores were not measured: by Amdahl's law from the measured ones."


def _equal(choice: Choice) -> str:
    names = wording.listed(choice.equal, "and")
    how = "measured side by side" if choice.in_rounds else "as predicted"
    others = wording.listed(choice.equal[1:], "or")
    within = wording.within(choice.within) or f" within {units.percent(EQUAL - 1)}"
    return (
        f"{names} are equal{within}, {how}; {choice.equal[0]} needs least, "
        f"and {others} would save at most {units.percent(choice.gain, 2)} of its time."
    )


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
        errors = ", ".join(f"{s} {units.change(e)}" for s, e in t.errors.items())
        drawn.add_row(
            t.workload, f"{t.n_samples:,}", f"{t.beyond:.2g}", t.advised, t.best, units.percent(t.regret), errors
        )
    yield drawn
    for form, of_form in trials.items():
        told = "; ".join(f"{name} {units.percent(value)}" for name, value in held_out.regrets(of_form).items())
        yield f"{form[0].upper()}{form[1:]}: {told}"


def _memory(option: Option) -> str:
    if option.memory is not None:
        return units.memory(option.memory.value)
    return "one size measured" if option.memory_sizes else "not measured"


def _range(told: Estimate) -> str:
    return f"interval {units.seconds(told.low)} to {units.seconds(told.high)}"
