"""Where things are: the suite with its train and asv's configuration, the results, and what breakeven makes for itself.

In a clone of the repository, or a folder laid out like one, everything is there. Elsewhere the suite is the copy that
the installed package brings, and the rest is in a folder of the user's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

#: asv's configuration and the train, as a clone has them at its root.
CONFIG_NAME, TRAIN_NAME = "asv.conf.json", "releases.toml"

#: The user's environment variables that say where breakeven keeps what it makes for itself, and results.
STATE_VARIABLE, RESULTS_VARIABLE = "BREAKEVEN_STATE", "BREAKEVEN_RESULTS"

_PACKAGE = Path(__file__).parent


def is_clone(folder: Path) -> bool:
    """Say whether a folder is laid out like a clone: it has a configuration of asv and a train of its own."""
    return all((folder / name).is_file() for name in (CONFIG_NAME, TRAIN_NAME))


def suite(clone: bool, package: Path = _PACKAGE) -> Path:
    """Say where the suite, the train and asv's configuration are.

    Parameters
    ----------
    clone : bool
        Whether this runs in a clone.
    package : Path
        Folder of the installed package.

    Returns
    -------
    Path
        The clone; the copy that a wheel brings; or the clone that an editable installation is of.
    """
    if clone:
        return Path()
    brought = package / "suite"
    return brought if is_clone(brought) else package.parent


def folder(environment: Mapping[str, str], clone: bool) -> Path:
    """Say where breakeven keeps what it makes for itself: train, environments, records under way, wheels, npm packages.

    Parameters
    ----------
    environment : mapping of str to str
        The user's variables.
    clone : bool
        Whether this runs in a clone.

    Returns
    -------
    Path
        As ``BREAKEVEN_STATE`` says, else ``.breakeven`` in a clone, else by the XDG base directory specification.
    """
    told = environment.get(STATE_VARIABLE)
    if clone:
        return Path(told or ".breakeven")
    if told:
        return Path(told).absolute()
    xdg = environment.get("XDG_STATE_HOME", "")
    return (Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "state") / "breakeven"


#: Whether this runs in a clone.
CLONE = is_clone(Path())

SUITE = suite(CLONE)

STATE = folder(os.environ, CLONE)

#: Where the user wants results; None for a clone's own folder, elsewhere for one in `STATE`.
RESULTS = Path(os.environ[RESULTS_VARIABLE]).absolute() if os.environ.get(RESULTS_VARIABLE) else None
