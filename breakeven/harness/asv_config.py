"""Copies of asv's configuration that differ in one setting."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asv import util


@contextmanager
def with_results_in(config: Path, folder: Path) -> Iterator[Path]:
    """Give a copy of asv's configuration whose results are kept in another folder.

    Parameters
    ----------
    config : Path
        asv's configuration.
    folder : Path
        Relative to it, or absolute.

    Yields
    ------
    Path
        The copy; removed in the end.
    """
    settings = {**util.load_json(str(config), js_comments=True), "results_dir": str(folder)}
    # beside the other, for asv takes every path as relative to its configuration
    with tempfile.NamedTemporaryFile("w", dir=config.parent, prefix=".asv-", suffix=".json") as own:
        json.dump(settings, own)
        own.flush()
        yield Path(own.name)
