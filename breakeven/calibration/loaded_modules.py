"""Which modules the process of a benchmark has loaded before its first call, by what it is told to import."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

# Imports what a benchmark's process is forked from: the suite, and modules beside it, some of which may be missing.
_IMPORT = """
import importlib, pkgutil, sys
from contextlib import suppress
folder, suite, *modules = sys.argv[1:]
sys.path.insert(0, folder)
for found in pkgutil.walk_packages(importlib.import_module(suite).__path__, f"{suite}."):
    importlib.import_module(found.name)
for module in modules:
    with suppress(Exception):
        importlib.import_module(module)
print(*sys.modules, sep="\\n")
"""


@functools.cache
def after(environment: Path, suite: Path, imports: tuple[str, ...]) -> frozenset[str]:
    """List the modules that are loaded once a suite and others are imported.

    Parameters
    ----------
    environment : Path
        A virtual environment.
    suite : Path
        Folder of the benchmarks.
    imports : tuple of str
        Modules that a benchmark needs beside the suite.

    Returns
    -------
    frozenset of str
        Dotted names. What a call imports by itself is not among them.
    """
    command = [str(environment / "bin" / "python"), "-I", "-c", _IMPORT, str(suite.parent), suite.name, *imports]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())
