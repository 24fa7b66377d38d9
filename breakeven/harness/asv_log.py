"""What asv says while breakeven measures goes into a file, not onto the screen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from asv.console import log

from breakeven.errors import BreakevenError
from breakeven.state import STATE

#: Beside the records under way.
FILE = "asv.log"


@contextmanager
def kept(path: Path = STATE / FILE) -> Iterator[Path]:
    """Append all that asv logs to a file; asv logs to the root logger.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.

    Yields
    ------
    Path
        The file.

    Raises
    ------
    BreakevenError
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _Quiet(path)
    except OSError as err:
        raise BreakevenError(f"Cannot write {path}: {err.strerror}") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield path
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        with suppress(OSError):
            handler.close()


class _Quiet(logging.FileHandler):
    """Loses what it cannot write: a full disk ends a measurement where that is kept, and not for want of a log."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say nothing."""


class _Heard(logging.Handler):
    """Collects what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage().strip())


@contextmanager
def errors() -> Iterator[list[str]]:
    """Collect the errors that asv logs: its exceptions often leave the reason out.

    Yields
    ------
    list of str
        Grows while errors are logged.
    """
    handler, root = _Heard(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.said
    finally:
        root.removeHandler(handler)


def warn(text: str) -> None:
    """Say something as asv warns: while it publishes, on the screen."""
    log.warning(text)
