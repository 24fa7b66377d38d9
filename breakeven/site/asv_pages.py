"""Changes to the HTML that asv writes: each says what it looks for, and fails where that is not found."""

from __future__ import annotations

from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError

#: The last entry of asv's bar.
LAST = '<li id="nav-li-graphdisplay">'


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


def add_entry(html: Path, name: str, address: str, label: str) -> None:
    """Put an entry into the bar of asv's pages, behind asv's own pages.

    Parameters
    ----------
    html : Path
        The folder that asv publishes to.
    name : str
        Of the entry in the HTML.
    address, label : str
        Where it leads, and its text.

    Raises
    ------
    BreakevenError
        The bar is not as it was.
    """
    entry = f'<li id="nav-li-{name}"><a href="{address}">{label}</a></li>\n'
    replace_once(html / "index.html", LAST, entry + LAST)
