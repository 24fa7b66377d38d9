"""Changes to the HTML that asv writes: each says what it looks for, and fails where that is not found."""

from __future__ import annotations

from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError


def replaced(text: str, old: str, new: str) -> str:
    """Replace a passage of one of asv's pages.

    Parameters
    ----------
    text : str
        The page.
    old, new : str
        The passage, which must stand there once, and what replaces it.

    Raises
    ------
    BreakevenError
        It does not: this asv writes its pages in another way.
    """
    if text.count(old) != 1:
        raise BreakevenError(f"asv's page has {text.count(old)} times instead of once: {old}")
    return text.replace(old, new)


def replace_once(page: Path, old: str, new: str) -> None:
    """Replace a passage of one of asv's pages, in the file.

    Parameters
    ----------
    page : Path
        An HTML file.
    old, new : str
        As for `replaced`.

    Raises
    ------
    BreakevenError
        The passage does not stand there once, or the file cannot be written.
    """
    files.write(page, replaced(page.read_text(), old, new))
