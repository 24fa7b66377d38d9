"""``breakeven blame``: which release of the train changed a benchmark, and which package in it."""

from __future__ import annotations

import math
from contextlib import ExitStack
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from breakeven import units
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError
from breakeven.gate.verdicts import Verdict
from breakeven.harness import asv_log, profiles
from breakeven.harness.record import Stack
from breakeven.harness.results import CONFIG
from breakeven.history.comparisons import Comparisons, Limits
from breakeven.report import blame as sentences
from breakeven.report import progress
from breakeven.statistics import change_search
from breakeven.train import entries

# What could not be told is no success.
_STATUS = {"unknown": int(Verdict.UNDECIDED), "failed": int(Verdict.NOT_MEASURED)}

out = Console()


def blame(
    base: Annotated[str, typer.Argument(help="The release to start from.")],
    head: Annotated[str, typer.Argument(help="The release to end with.")],
    bench: options.Bench,
    profile: options.Profile = profiles.DEFAULT,
    tolerance: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Change that does not count.")
    ] = options.TOLERANCE,  # type: ignore[assignment]
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
    limits = Limits(tolerance, budget, family=2 * math.ceil(math.log2(len(line))) + 4)
    stacks = [Stack(r.name, r.pins) for r in line]
    status = 0
    with asv_log.kept(), ExitStack() as closing:
        watch = partial(progress.of_rounds, out)
        compared = Comparisons(known, closing, bench.pattern, limits, CONFIG, profile, watch)
        for case in compared.cases(stacks[0], stacks[-1]):
            out.rule(case.label)
            steps = list(
                change_search.search(lambda i, j, c=case: compared.compare(c, stacks[i], stacks[j]), len(line))  # type: ignore[misc]
            )
            if steps and compared.compare(case, stacks[0], stacks[-1]).state == "same":
                out.print("The ends are alike, for these changes cancel:")
            if not steps:
                out.print(f"No change beyond {units.percent(tolerance)}")
            for step in steps:
                told = ""
                if step.kind == "step":
                    told = sentences.packages(*compared.packages(case, stacks[step.before], stacks[step.after]))
                out.print(sentences.sentence(step, [r.name for r in line], told), highlight=False)
                status = max(status, _STATUS.get(step.comparison.state, 0))
    raise typer.Exit(status)
