"""``breakeven simulate``: the error rates of the gate, of other ways of deciding, and of blame, as a table."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import profiles

# Benchmarks of the second table for each suite of the first.
DRAWS = 50

#: Sizes of the steps that blame is to find.
SIZES = (0.1, 0.2)


def simulate(
    suites: Annotated[
        int, typer.Option(min=1, help="Suites of 40 benchmarks, or searches, for each line of the table.")
    ] = 500,
    recorded: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also draw from the rounds without a change that calibrate keeps there."),
    ] = None,
    profile: options.Profile = profiles.GATE,
    blame: Annotated[
        bool, typer.Option("--blame", help="Instead plant steps in 30 releases and look for them as blame does.")
    ] = False,
) -> None:
    """Print how often the gate, asv and textbook tests are wrong, by simulation where the truth is known.

    In each simulated suite one benchmark is slower by the factor under "change", and the others are
    unchanged. A second table is about one benchmark that is noisier than the 39 others, from 50 times as
    many draws: without a shift, and with one exactly at the tolerance. With --blame, releases of a line are
    slower, by one of 20 packages that each of them moved; the noise is that of recorded rounds. Needs no
    measuring; minutes to an hour of computing. Example:

        breakeven simulate --suites 500 > table.md
    """
    # scipy.stats takes half a second, and only this needs it
    from breakeven.calibration import controls, planted, simulation  # noqa: PLC0415
    from breakeven.report import planted as planted_steps  # noqa: PLC0415
    from breakeven.report.simulation import levels, table  # noqa: PLC0415

    found = controls.load(recorded, profile) if recorded is not None else []
    if blame:
        if recorded is None:
            raise BreakevenError("--blame draws from recorded rounds: give their folder with --recorded", USAGE)
        lines = planted_steps.table(planted.every_situation(found, SIZES, suites)).markdown()
    else:
        real = {"recorded": simulation.recorded(found)} if recorded is not None else {}
        rules = table(simulation.every_rule(real | simulation.NOISES, (1.1, 2.0), suites))
        lines = chain(rules.markdown(), [""], levels(simulation.every_level(DRAWS * suites)).markdown())
    for line in lines:
        typer.echo(line)
