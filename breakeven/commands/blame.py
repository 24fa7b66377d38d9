"""``breakeven blame``: which release of the train changed a benchmark, and which package in it."""

from __future__ import annotations

import math
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import Console

from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import record, rounds
from breakeven.harness.arms import Arm, of_release, stack
from breakeven.harness.record import Case, Side, Stack
from breakeven.harness.results import CONFIG
from breakeven.report import progress
from breakeven.statistics import change_search
from breakeven.statistics.change_search import Comparison
from breakeven.train import entries, repository
from breakeven.train.entries import Train
from breakeven.train.environments import WORKSHOP

# What could not be told is no success.
_STATUS = {"unknown": int(Verdict.UNDECIDED), "failed": int(Verdict.NOT_MEASURED)}

out = Console()


def blame_(
    base: Annotated[str, typer.Argument(help="The release to start from.")],
    head: Annotated[str, typer.Argument(help="The release to end with.")],
    bench: options.Bench,
    tolerance: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Change that does not count.")
    ] = "5%",  # type: ignore[assignment]
    budget: Annotated[
        float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time of each comparison.")
    ] = "10m",  # type: ignore[assignment]
) -> None:
    r"""Find the releases between BASE and HEAD at which a benchmark changed.

    Halves the stretch of the train as long as its ends differ, each time by a gate of its own. Where one
    release moves several packages, they are swapped one at a time. What is measured is kept, so the
    same command goes on after an interruption. Exit status 3 if something stayed undecided, 4 if it was
    not measured. Example:

        breakeven blame scikit-learn-1.4.0 newest --bench "KMeansLloyd.time_fit\(200000, 'serial'\)"
    """
    known = entries.load()
    first, last = known.find(base), known.find(head)
    line = [r for r in known.releases if not r.side and not r.broken]
    if first not in line or last not in line or line.index(first) >= line.index(last):
        raise BreakevenError(
            f"{base} does not come before {head} on the train's main line, or one of them is broken", USAGE
        )
    line = line[line.index(first) : line.index(last) + 1]
    family = 2 * math.ceil(math.log2(len(line))) + 4
    stacks = [Stack(r.name, r.pins) for r in line]
    status = 0
    with ExitStack() as closing:
        measured = _Measuring(known, closing, bench.pattern, Limits(tolerance, budget, family))
        for case in measured.cases(stacks[0], stacks[-1]):
            out.rule(case.label)
            steps = list(
                change_search.search(lambda i, j, c=case: measured.compare(c, stacks[i], stacks[j]), len(line))  # type: ignore[misc]
            )
            if steps and measured.compare(case, stacks[0], stacks[-1]).state == "same":
                out.print("The ends are alike, for these changes cancel:")
            if not steps:
                out.print(f"No change beyond {100 * tolerance:g} %")
            for step in steps:
                told = _packages(measured, case, stacks[step.before], stacks[step.after]) if step.kind == "step" else ""
                out.print(change_search.sentence(step, [r.name for r in line], told), highlight=False)
                status = max(status, _STATUS.get(step.comparison.state, 0))
    raise typer.Exit(status)


@dataclass(frozen=True)
class Limits:
    """What every comparison of a search keeps to: see `Record`."""

    tolerance: float
    budget: float
    family: int


class _Measuring:
    """Gates between any two stacks, each stack's arm opened once."""

    def __init__(self, known: Train, closing: ExitStack, selected: str, limits: Limits) -> None:
        self._known, self._closing, self._selected, self._limits = known, closing, selected, limits
        self._arms: dict[str, Arm | BreakevenError] = {}
        # Of each benchmark, the rounds of its first comparison: what is known of its noise when the next begins.
        self._noise: dict[str, tuple[float, ...]] = {}

    def cases(self, base: Stack, head: Stack) -> list[Case]:
        """List the timed benchmarks that both offer."""
        arms: dict[Side, Arm] = {"base": self._arm(base), "head": self._arm(head)}
        listed = rounds.cases({side: arm.benchmarks for side, arm in arms.items()}, self._selected, {})
        found = [c for c in listed if c.kind == "time" and len(c.sides) == 2]
        if not found:
            raise BreakevenError("No timed benchmark that both releases offer was selected")
        return found

    def compare(self, case: Case, before: Stack, after: Stack) -> Comparison:
        """Run a gate that stays open until a change in either direction is established or excluded."""
        try:
            arms: dict[Side, Arm] = {"base": self._arm(before), "head": self._arm(after)}
        except BreakevenError as error:
            return Comparison("failed", math.nan, math.nan, math.nan, str(error))
        out.print(f"{before.release} .. {after.release}", highlight=False)
        name = f"{_file_name(case)}-{100 * self._limits.tolerance:g}.json"
        path = WORKSHOP / "blame" / f"{before.release}..{after.release}" / name
        current = rounds.begin(
            before,
            after,
            [replace(case, noise=self._noise.get(case.label, ()))],
            self._selected,
            tolerance=self._limits.tolerance,
            memory_tolerance=self._limits.tolerance,
            budget=self._limits.budget,
            two_sided=True,
            family=self._limits.family,
        )
        old = record.resumed(path, current)
        current = old or current
        if old is None or rounds.go_on(old, self._limits.budget):
            progress.watch(out, current, rounds.measure(current, arms, path))
        self._noise.setdefault(case.label, tuple(current.log_ratios(case.label).tolist()))
        (judged,) = verdicts.judge(current)
        if judged.verdict is Verdict.NOT_MEASURED:
            return Comparison("failed", math.nan, math.nan, math.nan, judged.why)
        if judged.verdict is Verdict.UNDECIDED:
            return Comparison("unknown", judged.ratio, judged.low, judged.high, "undecided within the budget")
        beyond = abs(math.log(judged.ratio)) > math.log1p(self._limits.tolerance) and judged.change != 0
        return Comparison("changed" if beyond else "same", judged.ratio, judged.low, judged.high)

    def swapped(self, before: Stack, package: str, pin: str) -> Stack:
        """Give a stack with one package as it is in another."""
        return stack(self._known, f"{before.release} + {package}=={pin}")

    def _arm(self, wanted: Stack) -> Arm:
        if wanted.failure:
            raise BreakevenError(wanted.failure)
        if wanted.release not in self._arms:
            tags = repository.tags(repository.build(self._known))
            try:
                arm = of_release(CONFIG, tags[wanted.release], self._selected)
                self._arms[wanted.release] = self._closing.enter_context(arm)
            except BreakevenError as error:
                self._arms[wanted.release] = error
        found = self._arms[wanted.release]
        if isinstance(found, BreakevenError):
            raise found
        return found


def _packages(measured: _Measuring, case: Case, before: Stack, after: Stack) -> str:
    """Tell which package did it, by swapping those that differ one at a time."""
    differing = {n: (a, b) for n, (a, b) in entries.difference(before.pins, after.pins).items() if a and b}
    if len(differing) > 1:
        guilty = {
            name: pins
            for name, pins in differing.items()
            if measured.compare(case, before, measured.swapped(before, name, str(pins[1]))).state == "changed"
        }
        if not guilty:
            return f"none of {', '.join(differing)} alone"
        differing = guilty
    return ", ".join(f"{name} {old} -> {new}" for name, (old, new) in differing.items())


def _file_name(case: Case) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", case.label)
