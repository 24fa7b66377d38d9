"""Numbers with units, as people write and read them: shares, durations, sizes, rates."""

from __future__ import annotations

import math
import re

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
    ValueError
        It is neither.
    """
    value = _fraction(text)
    if not 0 < value < 1:
        raise ValueError(f"'{text}' is not a share between 0 and 100 %, such as 5% or 0.05")
    return value


def slowdown(text: str) -> float:
    """Read ``30%``, or ``100%`` for what takes twice as long.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    float
        Above 0.

    Raises
    ------
    ValueError
        It is none.
    """
    value = _fraction(text)
    if not value > 0:
        raise ValueError(f"'{text}' is not a slowdown, such as 30% or 100%")
    return value


def _fraction(text: str) -> float:
    """Read a number or a percentage; 0 if it is neither."""
    number = re.fullmatch(r"([0-9]*\.?[0-9]+|[0-9]+\.)\s*(%?)", text.strip())
    return float(number.group(1)) / (100 if number.group(2) else 1) if number else 0.0


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
    ValueError
        It is not a duration.
    """
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|[smh])", text.strip())
    if not number:
        raise ValueError(f"'{text}' is not a duration, such as 90s, 20m or 1.5h")
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
    ValueError
        It is not a size.
    """
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT])(i?)B", text.strip())
    if not number:
        raise ValueError(f"'{text}' is not a size, such as 16GB or 500MiB")
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
    ValueError
        It is not a rate.
    """
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMG])bit", text.strip())
    if not number or not float(number.group(1)):
        raise ValueError(f"'{text}' is not a rate, such as 100Mbit or 1Gbit")
    return float(float(number.group(1)) * 1000 ** ("kMG".index(number.group(2)) + 1))


def digits(number: float, significant: int) -> str:
    """Write a number with so many significant digits, and none of 1e+02.

    Parameters
    ----------
    number : float
        To write.
    significant : int
        Digits.

    Returns
    -------
    str
        ``"110"`` for 112 with two digits.
    """
    return f"{float(f'{number:.{significant}g}'):g}"


def seconds(value: float, half: float = math.nan) -> str:
    """Write a time, with half the width of its interval if that is known.

    Parameters
    ----------
    value : float
        In seconds.
    half : float
        In seconds; NaN or infinite if it is not known.

    Returns
    -------
    str
        ``"1.23 s ±0.04"``; milliseconds below a second, minutes and hours from two of them on.
    """
    for unit, name in ((3_600, "h"), (60, "min"), (1, "s"), (1e-3, "ms")):
        if value >= (2 * unit if unit > 1 else unit) or name == "ms":
            spread = f" ±{digits(half / unit, 2)}" if math.isfinite(half) else ""
            return f"{digits(value / unit, 3)} {name}{spread}"
    raise AssertionError


def budget(value: float) -> str:
    """Write how long measuring takes: whole seconds or minutes.

    Parameters
    ----------
    value : float
        In seconds.

    Returns
    -------
    str
        ``"90 s"``, ``"5 min"``.
    """
    return f"{value:.0f} s" if value < 100 else f"{value / 60:.0f} min"


def percent(value: float, significant: int = 3) -> str:
    """Write a share.

    Parameters
    ----------
    value : float
        0.05 for 5 %.
    significant : int
        Digits.

    Returns
    -------
    str
        ``"5 %"``.
    """
    return f"{100 * value:.{significant}g} %"


def change(value: float) -> str:
    """Write by how much something differs, as a share with its sign.

    Parameters
    ----------
    value : float
        0.05 for 5 % more.

    Returns
    -------
    str
        ``"+5 %"``.
    """
    return f"{100 * value:+.0f} %"


def memory(value: float) -> str:
    """Write an amount of memory in powers of 1,000, to one decimal.

    Parameters
    ----------
    value : float
        In bytes.

    Returns
    -------
    str
        ``"7.5 GB"``.
    """
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= unit:
            return f"{value / unit:.1f} {name}"
    return f"{value:.0f} bytes"
