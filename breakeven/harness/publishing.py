"""A page of ours beside those that ``asv publish`` writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asv import util
from asv.config import Config
from asv.publishing import OutputPublisher

from breakeven.errors import BreakevenError


@dataclass(frozen=True)
class Published:
    """What a page is made of, and where it goes.

    Attributes
    ----------
    html : Path
        The folder that asv publishes to, with asv's own pages.
    project : str
        Name for titles.
    results : Path
        asv's results.
    train : Path
        ``releases.toml``.
    """

    html: Path
    project: str
    results: Path
    train: Path


def add_page(name: str, label: str, description: str, write: Callable[[Published], None]) -> None:
    """Let ``asv publish`` write a page too.

    Parameters
    ----------
    name, label, description : str
        As asv lists it.
    write : callable
        Writes the page; its BreakevenError ends asv in one sentence.
    """

    def publish(cls: type, conf: Config, *_: Any) -> None:
        try:
            write(Published(Path(conf.html_dir), str(conf.project), Path(conf.results_dir), Path(conf.repo)))
        except BreakevenError as err:
            raise util.UserError(str(err)) from None

    facts = {"name": name, "button_label": label, "description": description, "publish": classmethod(publish)}
    # asv finds pages among the subclasses of its publisher, of which it keeps only weak references
    _PAGES.append(type(name, (OutputPublisher,), facts))


_PAGES: list[type] = []
