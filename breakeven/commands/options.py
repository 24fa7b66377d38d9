"""Options that several commands have, and how their words are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from breakeven import units
from breakeven.harness import profiles, record
from breakeven.harness.cases import Shard

T = TypeVar("T")

#: The usual tolerances, as a user would type them.
TOLERANCE, MEMORY_TOLERANCE = (units.percent(share) for share in (record.TOLERANCE, record.MEMORY_TOLERANCE))


def _parser(read: Callable[[str], T]) -> Callable[[str], T]:
    """Tell what cannot be read as typer tells it."""

    def parse(text: str) -> T:
        try:
            return read(text)
        except ValueError as err:
            raise typer.BadParameter(str(err)) from None

    return parse


share, duration, size, bits = map(_parser, (units.share, units.duration, units.size, units.bits))

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
    str, typer.Option(envvar=profiles.VARIABLE, help="Which sizes, and how many processes: quick, full or large.")
]

#: A machine in the results.
Machine = Annotated[str | None, typer.Option(help="A machine in the results; this one by default.")]

#: A release of the train.
Release = Annotated[str, typer.Option(help="A release.")]
