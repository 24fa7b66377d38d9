"""Options that several commands have, and how their words are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from breakeven import units
from breakeven.harness import kinds, profiles
from breakeven.harness.cases import Shard

T = TypeVar("T")

#: The usual tolerance, as a user would type it.
TOLERANCE = units.percent(kinds.TOLERANCE)


def _parser(read: Callable[[str], T]) -> Callable[[str], T]:
    """Tell what cannot be read as typer tells it."""

    def parse(text: str) -> T:
        try:
            return read(text)
        except ValueError as err:
            raise typer.BadParameter(str(err)) from None

    return parse


share, slowdown = map(_parser, (units.share, units.slowdown))
duration, size, bits = map(_parser, (units.duration, units.size, units.bits))

shard = _parser(Shard.read)


def pattern(text: str) -> re.Pattern[str]:
    """Read a regular expression.

    Parameters
    ----------
    text : str
        As typed.

    Raises
    ------
    typer.BadParameter
        It is not one.
    """
    try:
        return re.compile(text)
    except re.error as error:
        raise typer.BadParameter(f"'{text}' is not a regular expression: {error.msg}") from None


#: Which benchmarks a command is about.
Bench = Annotated[
    re.Pattern[str],
    typer.Option(
        parser=pattern, metavar="REGEX", help="Only benchmarks in whose name this is found.", show_default=False
    ),
]
ANY = re.compile("")

#: Which sizes, and how many processes.
Profile = Annotated[
    str,
    typer.Option(
        envvar=profiles.VARIABLE, help="Which benchmarks, sizes and numbers of processes: quick, gate, full or large."
    ),
]

#: Packages that no release holds, and that some strategies need.
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="PACKAGE",
        help="Lay a package over each release, as of its day: ray, scikit-learn-intelex, xgboost or lightgbm, say. "
        "The full profile has the strategies that need one.",
    ),
]

#: Code of the user's own that is measured in place of breakeven's suite.
Script = Annotated[
    Path | None,
    typer.Option(
        metavar="SCRIPT.py", help="Measure its functions `time_...` instead, as asv would.", show_default=False
    ),
]
Setup = Annotated[str, typer.Option(metavar="CODE", help="Run this before --call.", show_default=False)]
Call = Annotated[str, typer.Option(metavar="CODE", help="Measure this call instead.", show_default=False)]
Suite = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Measure these asv benchmarks instead.", show_default=False)
]

#: A machine in the results.
Machine = Annotated[str | None, typer.Option(help="A machine in the results; this one by default.")]

#: A release of the train of which results are read.
Release = Annotated[
    str | None,
    typer.Option(help="A release; by default the newest that was measured on the machine.", show_default=False),
]
