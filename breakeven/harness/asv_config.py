"""asv's configuration: the clone's own where there is one, else one that is made from it with other places."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asv import util

from breakeven import files, state
from breakeven.train import entries


def current() -> Path:
    """Give the configuration of breakeven's own suite.

    Returns
    -------
    Path
        The clone's, which asv's own commands find too. Outside of a clone, or where ``BREAKEVEN_RESULTS`` says where
        results go, one in the state folder: ``asv --config PATH`` takes it.
    """
    if state.CLONE and state.RESULTS is None:
        return Path(state.CONFIG_NAME)
    return written(state.STATE, {"html_dir": "html"} if state.CLONE else {})


def benchmarks(config: Path) -> Path:
    """Say where the benchmarks of a configuration are."""
    return Path(util.load_json(str(config), js_comments=True)["benchmark_dir"]).absolute()


def written(folder: Path, changes: Mapping[str, Any]) -> Path:
    """Write a configuration that works wherever asv is started.

    Parameters
    ----------
    folder : Path
        Where to; results and pages go there too, unless the user or `changes` say something else.
    changes : mapping of str to object
        Settings of asv's that replace those of breakeven's own suite; paths are relative to where this runs.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BreakevenError
        It cannot be written.
    """
    settings = util.load_json(str(state.SUITE / state.CONFIG_NAME), js_comments=True)
    settings |= {
        "repo": str(entries.place()),
        "benchmark_dir": str(state.SUITE / settings["benchmark_dir"]),
        "env_dir": str(state.STATE / "asv"),
        "results_dir": str(state.RESULTS or folder / "results"),
        "html_dir": str(folder / "html"),
        **changes,
    }
    for name in ("repo", "benchmark_dir", "env_dir", "results_dir", "html_dir"):
        settings[name] = str(Path(settings[name]).absolute())
    path, text = folder / state.CONFIG_NAME, json.dumps(settings, indent=4) + "\n"
    if not (path.exists() and path.read_text() == text):
        files.write(path, text)
    return path


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
