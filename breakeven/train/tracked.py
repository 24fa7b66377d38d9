"""The packages whose every release is an entry of the train, and what a stack of them asks for.

A new one is a line in `TRACKED`: everything else about it is derived from that line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.version import Version


@dataclass(frozen=True)
class Package:
    """A tracked package.

    Attributes
    ----------
    name : str
        As the package index has it.
    imports : tuple of str
        Modules that must import before a stack with this package is measured.
    released_with : str
        The tracked package of which each release has the same version as one of this, and which is there a little
        earlier; the two are one entry, named after that package. Empty for most.
    """

    name: str
    imports: tuple[str, ...]
    released_with: str = ""


TRACKED = (
    Package("numpy", imports=("numpy",)),
    Package("scipy", imports=("scipy",)),
    Package("scikit-learn", imports=("sklearn",)),
    Package("joblib", imports=("joblib",)),
    Package("dask", imports=("dask",)),
    Package("distributed", imports=("distributed",), released_with="dask"),
    Package("dask-ml", imports=("dask_ml.cluster", "dask_ml.model_selection")),
)

#: What else the processes of a measurement load. `python docs/loaded.py` finds it in the newest release.
LOADED = (
    "click", "cloudpickle", "fsspec", "importlib-metadata", "jinja2", "lazy-importer", "llvmlite", "locket",
    "markupsafe", "msgpack", "narwhals", "numba", "packaging", "pandas", "psutil", "pyarrow", "python-dateutil",
    "pyyaml", "sortedcontainers", "sparse", "tblib", "threadpoolctl", "toolz", "tornado", "zict", "zipp",
)  # fmt: skip

# The first versions that need no setuptools at run time.
_WITHOUT_PKG_RESOURCES = {"dask-ml": "2025", "dask-glm": "0.4"}


def names(pins: Iterable[str]) -> tuple[str, ...]:
    """Give the names of the tracked packages that a stack holds, in the order of `TRACKED`."""
    held = set(pins)
    return tuple(p.name for p in TRACKED if p.name in held)


def imports(pins: Iterable[str]) -> tuple[str, ...]:
    """Give the modules that a stack must be able to import."""
    held = set(pins)
    return tuple(module for p in TRACKED if p.name in held for module in p.imports)


def released_with(name: str) -> str:
    """Give the package that a package is released with; empty for most."""
    return next((p.released_with for p in TRACKED if p.name == name), "")


def dated() -> tuple[str, ...]:
    """Give the names of the packages whose dates are looked up: of each entry the one that is published last."""
    earlier = {p.released_with for p in TRACKED}
    return tuple(p.name for p in TRACKED if p.name not in earlier)


def requirements(pins: Mapping[str, str], fixed: Mapping[str, str]) -> list[str]:
    """Give the requirements that a stack is resolved from.

    Parameters
    ----------
    pins : mapping of str to str
        The stack before; its tracked packages are asked for again.
    fixed : mapping of str to str
        Tracked packages that must have a certain version, in the stack before or not.

    Returns
    -------
    list of str
        As PEP 508 has them.
    """
    asked = [f"{name}=={fixed[name]}" if name in fixed else name for name in names({*pins, *fixed})]
    # dask-ml up to 2024.4.4 and dask-glm up to 0.3.2 import pkg_resources, which newer setuptools lack.
    if any(name in pins and Version(pins[name]) < Version(new) for name, new in _WITHOUT_PKG_RESOURCES.items()):
        asked.append("setuptools<80")
    return asked
