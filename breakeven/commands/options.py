"""What words on the command line mean: shares, durations, regular expressions."""

from __future__ import annotations

import re
from typing import Annotated

import typer

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def share(text: str) -> float:
    """Read ``5%`` or ``0.05``.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    float
        Between 0 and 1, both excluded.

    Raises
    ------
    typer.BadParameter
        It is neither.
    """
    number = re.fullmatch(r"([0-9.]+)\s*(%?)", text.strip())
    try:
        value = float(number.group(1)) / (100 if number.group(2) else 1) if number else 0.0
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise typer.BadParameter(f"'{text}' is not a share between 0 and 100 %, such as 5% or 0.05")
    return value


def duration(text: str) -> float:
    """Read ``20m``, ``90s``, ``1.5h`` or ``10ms``.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    typer.BadParameter
        It is not a duration.
    """
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|[smh])", text.strip())
    if not number:
        raise typer.BadParameter(f"'{text}' is not a duration, such as 90s, 20m or 1.5h")
    return float(number.group(1)) * _SECONDS[number.group(2)]


def size(text: str) -> float:
    """Read ``16GB`` or ``500 MiB``.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    float
        Bytes.

    Raises
    ------
    typer.BadParameter
        It is not a size.
    """
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT])(i?)B", text.strip())
    if not number:
        raise typer.BadParameter(f"'{text}' is not a size, such as 16GB or 500MiB")
    return float(float(number.group(1)) * (1024 if number.group(3) else 1000) ** ("kMGT".index(number.group(2)) + 1))


def bits(text: str) -> float:
    """Read ``100Mbit`` or ``1 Gbit``.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    float
        Bits a second.

    Raises
    ------
    typer.BadParameter
        It is not a rate.
    """
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMG])bit", text.strip())
    if not number or not float(number.group(1)):
        raise typer.BadParameter(f"'{text}' is not a rate, such as 100Mbit or 1Gbit")
    return float(float(number.group(1)) * 1000 ** ("kMG".index(number.group(2)) + 1))


def pattern(text: str) -> re.Pattern[str]:
    """Read a regular expression.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    re.Pattern

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
