"""Name a file for any text, and write it so that it is never found half-written."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

from breakeven.errors import BreakevenError

#: Characters of a text in the name of a file; two texts and more are in one.
LONGEST = 90


def name(text: str) -> str:
    """Write a name for a file: no longer than file systems allow, and another one for another text."""
    written = re.sub(r"[^A-Za-z0-9._=+-]+", "-", text)
    return (
        written if len(written) <= LONGEST else f"{written[:LONGEST]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    )


def write(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and move it there in one step.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.
    content : str or bytes
        All of it.

    Raises
    ------
    BreakevenError
        It cannot be written; an older one is untouched.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(draft, path)
    except OSError as err:
        raise BreakevenError(f"Cannot write {path}: {err.strerror}") from None
    finally:
        with suppress(OSError):  # there may be no such folder, or none that can be written
            draft.unlink(missing_ok=True)
