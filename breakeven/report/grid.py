"""A table that a terminal draws and the documentation holds: the one writer of Markdown tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from breakeven.text import printable

# What begins a tag, an entity, an escape, code, the address of a link or a mention, and how it is written instead.
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)|\\(?=[!-/:-@\[-`{-~])|`|\]\(|@(?=\w)")
_SHOWN = {"\\": "&#92;", "<": "&lt;", "&": "&amp;", "`": "&#96;", "](": "]&#40;", "@": "@&#8203;"}

_RULES = {"l": "---", "r": "--:"}


@dataclass(frozen=True)
class Grid:
    """A table before it is drawn.

    Attributes
    ----------
    title : str
        What it shows; empty if the text around it says so.
    head : tuple of str
        Columns.
    rows : iterable of tuple of str
        Cells. Each row is written as soon as there is one.
    align : str
        "l" or "r" for each column, as in LaTeX's tabular; if empty, the first one stands left and the others right.
    """

    title: str
    head: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]
    align: str = ""

    def drawn(self) -> Table:
        """Draw it for a terminal."""
        table = Table(title=self.title, title_justify="left")
        for column in self.head:
            table.add_column(column, overflow="fold")  # rather than cut a long name
        for row in self.rows:
            table.add_row(*map(escape, row))
        return table

    def markdown(self) -> Iterator[str]:
        """Write it for the documentation.

        Yields
        ------
        str
            A line. Under a title the table ends with an empty one, so that the next can follow.
        """
        align = self.align or "l" + "r" * (len(self.head) - 1)
        if self.title:
            yield f"**{as_text(self.title)}**"
            yield ""
        yield _line(self.head)
        yield f"|{'|'.join(_RULES[column] for column in align)}|"
        yield from map(_line, self.rows)
        if self.title:
            yield ""


def as_text(told: str) -> str:
    """Keep what others have named from being read as HTML, a link, an image or a mention in Markdown.

    Parameters
    ----------
    told : str
        May hold Markdown of ours, such as code, but no links.

    Returns
    -------
    str
        One line, which is shown as it was.
    """
    line = printable(told)
    # code holds nothing else; where its ends are not sure, there is none
    parts = [line] if "``" in line or "\\`" in line else re.split(r"(`[^`]+`)", line)
    parts[::2] = [_MARKUP.sub(lambda found: _SHOWN[found[0]], part) for part in parts[::2]]
    return "".join(parts)


def _line(cells: tuple[str, ...]) -> str:
    escaped = (as_text(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
