"""``breakeven blame``: which release of the train changed a benchmark, and which package in it."""

from __future__ import annotations

import math
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from breakeven import units
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError
from breakeven.gate.verdicts import Verdict
from breakeven.harness import asv_log, one_at_a_time, own_code, profiles
from breakeven.history import packages, releases
from breakeven.history.comparisons import CaseBench, Stacks
from breakeven.history.search import Found
from breakeven.report import blame as report
from breakeven.report import rounds_notes
from breakeven.train import entries

out = Console()


def blame(
    base: Annotated[str, typer.Argument(help="The release to start from.")],
    head: Annotated[str, typer.Argument(help="The release to end with.")],
    bench: options.Bench = options.ANY,
    profile: options.Profile = profiles.GATE,
    tolerance: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Change that does not count.")
    ] = options.TOLERANCE,  # type: ignore[assignment]
    budget: Annotated[
        float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time of each benchmark.")
    ] = "20m",  # type: ignore[assignment]
    script: options.Script = None,
    setup: options.Setup = "",
    call: options.Call = "",
    suite: options.Suite = None,
) -> None:
    r"""Find the releases between BASE and HEAD at which a benchmark changed.

    Measures the releases that are expected to tell most, side by side with BASE, until it is known to 99 % which
    ones changed the benchmark. Where one moved several packages, stacks in between tell which did it. What is
    measured is kept, so the same command goes on after an interruption, or with a larger budget. Exit status 3 if
    something stayed undecided, 4 if it was not measured. Example:

        breakeven blame scikit-learn-1.4.0 newest --bench "KMeansLloyd.time_fit\(200000, 'serial'\)"

    The same of code of your own (or of --script, or --suite with --bench):

        breakeven blame scipy-1.11.4 newest --setup "import numpy as np" --call "np.sort(np.arange(10_000)[::-1])"
    """
    if not (bench.pattern or script or call):
        raise BreakevenError("Name a benchmark with --bench, or give code of your own with --script or --call", USAGE)
    chosen = own_code.chosen(script, setup, call, suite)
    known = entries.load()
    first, last = known.find(base), known.find(head)
    line = [r for r in known.releases if not r.side and not r.broken]
    if first not in line or last not in line or line.index(first) >= line.index(last):
        raise BreakevenError(
            f"{base} does not come before {head} on the train's main line, or one of them is broken", USAGE
        )
    names = [r.name for r in line[line.index(first) : line.index(last) + 1]]
    status = 0
    with one_at_a_time.held(typer.echo), asv_log.kept(), Stacks(known, bench.pattern, chosen, profile) as stacks:
        for case in stacks.cases(names[0], names[-1]):
            out.rule(Text(case.label))
            measuring = CaseBench(stacks, case)

            def tell(found: Found, measuring: CaseBench = measuring) -> None:
                out.print(
                    f"{units.budget(measuring.spent)} of {units.budget(budget)}: {report.so_far(found)}", markup=False
                )

            by = packages.Search(measuring, math.log1p(tolerance), budget, tell)
            found = releases.changed(by, names)
            guilty = {
                step: packages.guilty(by, names[step.before], names[step.after])
                for step in found.steps
                if step.kind == "step" and step.placed
            }
            notes = rounds_notes.notes(measuring.in_groups, measuring.freezes)
            for sentence in (*notes, *report.sentences(found, names, tolerance, guilty)):
                out.print(sentence, highlight=False, markup=False)
            if found.failure:
                status = max(status, int(Verdict.NOT_MEASURED))
            elif not (found.sure and all(guilt.sure for guilt in guilty.values())):
                status = max(status, int(Verdict.UNDECIDED))
    raise typer.Exit(status)
