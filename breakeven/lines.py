"""Append-only files: a JSON value a line, each line compressed by itself, so that a kill costs one line at most."""

from __future__ import annotations

import gzip
import json
import os
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from breakeven import files
from breakeven.errors import BreakevenError, Notice

#: Digits of a float that are kept: a tenth of a microsecond in a second.
DIGITS = 7


def write(path: Path, values: Iterable[Any], append: bool = True) -> list[Any]:
    """Write lines.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.
    values : iterable
        What JSON can hold.
    append : bool
        Whether to keep what is there.

    Returns
    -------
    list
        The values with the digits that are kept of their numbers, as `read` will give them.

    Raises
    ------
    BreakevenError
        They cannot be written; what is there is untouched.
    """
    kept = [_rounded(value) for value in values]
    data = b"".join(map(_packed, kept))
    if not append:
        files.write(path, data)
        return kept
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, data)
    except OSError as err:
        raise BreakevenError(f"Cannot write {path}: {err.strerror}") from None
    return kept


def read(data: bytes) -> tuple[list[Any], int]:
    """Read lines.

    Parameters
    ----------
    data : bytes
        Of a file.

    Returns
    -------
    values : list
        Of all whole lines.
    end : int
        Where the last of them ends; what follows was torn by a kill or a full disk.

    Raises
    ------
    ValueError, zlib.error
        A line is damaged otherwise.
    """
    values, at = [], 0
    while at < len(data):
        member = zlib.decompressobj(wbits=31)  # gzip
        text = member.decompress(data[at:])
        if not member.eof:
            break
        values.append(json.loads(text))
        at = len(data) - len(member.unused_data)
    return values, at


def tell_torn(path: Path) -> None:
    """Give notice that the last line of a file was torn, by a kill or a full disk."""
    told = f"The last line of {path} was torn: it is dropped, and what came before it counts"
    warnings.warn(told, Notice, stacklevel=2)


def mended(path: Path) -> list[Any]:
    """Read the lines of a file, and cut off a torn last one, so that more can follow.

    Parameters
    ----------
    path : Path
        The file; none has no lines.

    Raises
    ------
    BreakevenError
        A line is damaged otherwise.
    """
    if not path.exists():
        return []
    data = path.read_bytes()
    try:
        values, end = read(data)
    except (ValueError, zlib.error) as err:
        raise BreakevenError(f"{path} is damaged: {err}") from None
    if end < len(data):
        tell_torn(path)
        os.truncate(path, end)
    return values


def _append(path: Path, data: bytes) -> None:
    with open(path, "ab", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        try:
            while data:
                data = data[file.write(data) :]
        except OSError:
            file.truncate(end)  # a torn line would hide those that follow once there is room again
            raise


def _packed(value: Any) -> bytes:
    text = json.dumps(value, separators=(",", ":"))
    return gzip.compress(f"{text}\n".encode(), mtime=0)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
