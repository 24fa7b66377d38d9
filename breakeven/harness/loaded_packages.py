"""Which tracked packages a measuring process has loaded, and whether they are those of its environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from breakeven.train.tracked import TRACKED

#: Top-level modules of the tracked packages.
MODULES = tuple(dict.fromkeys(module.partition(".")[0] for package in TRACKED for module in package.imports))


def judged(loaded: Mapping[str, tuple[str, str]], environment: Path | None) -> tuple[dict[str, str], str]:
    """Pick the tracked packages from all that was loaded, and find what did not come from the environment.

    Parameters
    ----------
    loaded : mapping of str to (str, str)
        Top-level module to version and file, links resolved.
    environment : Path or None
        Of the release; None if packages may come from anywhere.

    Returns
    -------
    loaded : dict of str to str
        Tracked module to version.
    reason : str
        Why the measurement does not count; empty if it does.
    """
    tracked = {name: loaded[name] for name in MODULES if name in loaded}
    if environment is None:
        own = set(tracked)
    else:
        root = environment.resolve()
        own = {name for name, (_, place) in tracked.items() if Path(place).is_relative_to(root)}
    foreign = ", ".join(f"{name} {version}" for name, (version, _) in tracked.items() if name not in own)
    reason = f"Loaded from outside of the release's environment: {foreign}" if foreign else ""
    return {name: version for name, (version, _) in tracked.items()}, reason
