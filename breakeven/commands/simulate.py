"""``breakeven simulate``: the error rates of the gate, and of other ways of deciding, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    suites: Annotated[int, typer.Option(min=1, help="Suites of 40 benchmarks for each line.")] = 500,
    recorded: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also draw from the rounds without a change that calibrate keeps there."),
    ] = None,
) -> None:
    """Print how often the gate, asv and textbook tests are wrong, by simulation where the truth is known.

    In each simulated suite one benchmark is slower by the factor under "change", and the others are
    unchanged. Needs no measuring; minutes to an hour of computing. Example:

        breakeven simulate --suites 500 > table.md
    """
    # scipy.stats takes half a second, and only this needs it
    from breakeven.calibration import controls, simulation  # noqa: PLC0415
    from breakeven.report.simulation import table  # noqa: PLC0415

    real = {"recorded": simulation.recorded(controls.load(recorded))} if recorded is not None else {}
    for line in table(simulation.every_rule(real | simulation.NOISES, (1.1, 2.0), suites)).markdown():
        typer.echo(line)
