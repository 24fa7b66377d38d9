"""A table that a terminal draws and the documentation holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Grid:
    """A table before it is drawn.

    Attributes
    ----------
    title : str
        What it shows.
    head : tuple of str
        Columns.
    rows : sequence of tuple of str
        Cells.
    """

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def drawn(self) -> Table:
        """Draw it for a terminal.

        Returns
        -------
        rich.table.Table
        """
        table = Table(*self.head, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> Iterator[str]:
        """Write it for the documentation.

        Yields
        ------
        str
            A line.
        """
        yield f"**{self.title}**"
        yield ""
        yield "| " + " | ".join(self.head) + " |"
        yield "|---|" + "--:|" * (len(self.head) - 1)
        for row in self.rows:
            yield "| " + " | ".join(row) + " |"
        yield ""
