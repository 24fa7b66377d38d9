"""Which packages a measuring process has loaded, and whether they are those of its environment."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from breakeven.train.tracked import TRACKED

#: Top-level modules of the tracked packages.
MODULES = tuple(dict.fromkeys(module.partition(".")[0] for package in TRACKED for module in package.imports))


def judged(loaded: Mapping[str, tuple[str, str]], environment: Path | None) -> tuple[dict[str, str], str]:
    """Pick the packages from all that was loaded, and find what did not come from the environment.

    Parameters
    ----------
    loaded : mapping of str to (str, str)
        Top-level module to version and file, links resolved.
    environment : Path or None
        Of the release; None if packages may come from anywhere.

    Returns
    -------
    loaded : dict of str to str
        Package, as the package index names it, to version: all that are tracked, and others that are installed.
    reason : str
        Why the measurement does not count; empty if it does.
    """
    root = environment.resolve() if environment else None
    own = {name for name, (_, place) in loaded.items() if root is None or Path(place).is_relative_to(root)}
    found = {}
    for name, (version, place) in loaded.items():
        package, installed = _package(Path(place))
        if name in MODULES or (package and name in own):
            found[package or name] = version or installed
    foreign = ", ".join(f"{name} {loaded[name][0]}" for name in MODULES if name in loaded and name not in own)
    return found, f"Loaded from outside of the release's environment: {foreign}" if foreign else ""


def _package(place: Path) -> tuple[str, str]:
    """Give the name and the version of the package that installed a file; empty if none did."""
    for folder in place.parents:
        if folder.name in {"site-packages", "dist-packages"}:
            return _installed(folder).get(place.relative_to(folder).parts[0], ("", ""))
    return "", ""


@functools.cache
def _installed(folder: Path) -> Mapping[str, tuple[str, str]]:
    """Map what stands at the top of a folder of packages to the package that put it there."""
    found: dict[str, tuple[str, str]] = {}
    for package in metadata.distributions(path=[str(folder)]):
        known = canonicalize_name(package.name), package.version
        # its `files` would look for each of them, which takes seconds
        for line in (package.read_text("RECORD") or "").splitlines():
            found[line.split(",")[0].split("/")[0]] = known
    return found
