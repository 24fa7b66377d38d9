"""``breakeven doctor``: what this machine permits, and what to do about it."""

from __future__ import annotations

import os

import typer

from breakeven.harness import conditions
from breakeven.report import doctor as report


def doctor() -> None:
    """Print what this machine permits and how quiet it is, with advice where that is felt in measurements.

    "good" needs nothing; "mind" may be felt; "bad" makes measurements longer or wrong. Example: `breakeven doctor`
    """
    for line in report.lines(conditions.looked_at(os.environ)):
        typer.echo(line)
