"""Packages that are slower by a known share: the controls that a gate must find."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

from breakeven.errors import BreakevenError

# Appended to sklearn/base.py, from which scikit-learn's and dask_ml's estimators inherit. Only the
# outermost call of the main process is made longer: then the whole is longer by exactly that share,
# however the work inside is spread over threads, processes and workers.
_SLOWER = """

# Injected by "breakeven calibrate".
import functools as _functools
import multiprocessing as _multiprocessing
import time as _time

_under_way = []


def _slower(method):
    @_functools.wraps(method)
    def call(*args, **kwargs):
        if _under_way or _multiprocessing.current_process().name != "MainProcess":
            return method(*args, **kwargs)
        _under_way.append(method)
        start = _time.perf_counter()
        try:
            return method(*args, **kwargs)
        finally:
            end = _time.perf_counter() + SHARE * (_time.perf_counter() - start)
            while _time.perf_counter() < end:
                pass
            _under_way.clear()

    return call


def _init_subclass(cls, **kwargs):
    super(BaseEstimator, cls).__init_subclass__(**kwargs)
    for name in ("fit", "predict"):
        if name in vars(cls):
            setattr(cls, name, _slower(vars(cls)[name]))


BaseEstimator.__init_subclass__ = classmethod(_init_subclass)
"""

# Appended to any file of a package. A call is made longer by a share of its own time, whatever else runs meanwhile; of
# calls within each other only the outermost one, or a recursion would be longer by a power of it.
_SLOWER_FUNCTION = """

# Injected by "breakeven sensitivity".
def _slow_down(path):
    import functools
    import inspect
    import sys
    import threading
    import time

    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, sys.modules[__name__])
    found = vars(owner)[name]
    function = getattr(found, "__func__", found)
    under_way = threading.local()

    def wait(start):
        now = time.perf_counter()
        end = now + SHARE * (now - start)
        while time.perf_counter() < end:
            pass

    @functools.wraps(function)
    def slower(*args, **kwargs):
        if getattr(under_way, "outermost", False):
            return function(*args, **kwargs)
        under_way.outermost = True
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            wait(start)
            under_way.outermost = False

    @functools.wraps(function)
    async def slower_coroutine(*args, **kwargs):
        start = time.perf_counter()
        try:
            return await function(*args, **kwargs)
        finally:
            wait(start)

    made = slower_coroutine if inspect.iscoroutinefunction(function) else slower
    setattr(owner, name, type(found)(made) if isinstance(found, (classmethod, staticmethod)) else made)


_slow_down("PATH")
"""


#: By package, the file and the function that what is asked of it passes through; scikit-learn has one an estimator.
THROUGH = {
    "scikit-learn": ("sklearn/base.py", ""),
    "dask": ("dask/base.py", "compute"),
    "joblib": ("joblib/parallel.py", "Parallel.__call__"),
}


def slower_wheel(environment: Path, share: float, folder: Path, package: str = "scikit-learn") -> Path:
    """Pack a package of an environment as a wheel in which what is asked of it takes longer.

    Parameters
    ----------
    environment : Path
        A virtual environment with the package.
    share : float
        By how much; 0.1 is 10 %.
    folder : Path
        Where to put the wheel.
    package : {"scikit-learn", "dask", "joblib"}
        Which one: its ``fit`` and ``predict``, its ``compute``, or its ``Parallel``.

    Returns
    -------
    Path
        The wheel; its version carries the share.

    Raises
    ------
    BreakevenError
        There is no such package in the environment.
    """
    file, function = THROUGH[package]
    text = slower_function(function, share) if function else _SLOWER.replace("SHARE", repr(share))
    return _repacked(environment, package, f"slower{1000 * share:.0f}permille", {file: text}, folder)


def slower_function(function: str, share: float) -> str:
    """Write what makes a function of a module slower, to be appended to the module's file.

    Parameters
    ----------
    function : str
        Its name there, ``Class.method`` for a method.
    share : float
        By how much of its own time; 0.3 is 30 %.
    """
    return _SLOWER_FUNCTION.replace("SHARE", repr(share)).replace("PATH", function)


def slower_function_wheel(
    environment: Path, package: str, file: str, function: str, share: float, folder: Path
) -> Path:
    """Pack a package of an environment as a wheel in which one function takes longer.

    Parameters
    ----------
    environment : Path
        A virtual environment with the package.
    package : str
        As the package index names it.
    file : str
        Of the function, as it is installed.
    function : str
        Its name there, ``Class.method`` for a method.
    share : float
        By how much of its own time; 0.3 is 30 %.
    folder : Path
        Where to put the wheel.

    Returns
    -------
    Path
        The wheel; its version carries the share and the function.

    Raises
    ------
    BreakevenError
        There is no such package, or no such file in it.
    """
    which = ".".join(part for part in re.split(r"[^a-z0-9]+", function.lower()) if part)
    appended = {file: slower_function(function, share)}
    return _repacked(environment, package, f"slower{1000 * share:.0f}permille.{which}", appended, folder)


def _repacked(environment: Path, package: str, label: str, appended: Mapping[str, str], folder: Path) -> Path:
    """Pack an installed package again, its version with a label, with text appended to some of its files."""
    site = next(environment.glob("lib/python*/site-packages"))
    installed = next(iter(distributions(name=package, path=[str(site)])), None)
    if installed is None:
        raise BreakevenError(f"No {package} in {environment}")
    version = f"{installed.version}+{label}"
    files = [f for f in installed.files or [] if not {"..", "__pycache__"} & set(f.parts)]
    old = next(f.parts[0] for f in files if f.name == "METADATA")
    new = old.replace(f"-{installed.version}.dist-info", f"-{version}.dist-info")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as draft:
        for file in files:
            if file.name not in ("RECORD", "INSTALLER", "REQUESTED"):
                target = Path(draft, str(file).replace(old, new, 1))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
        metadata = Path(draft, new, "METADATA")
        text = metadata.read_text()
        metadata.write_text(text.replace(f"\nVersion: {installed.version}\n", f"\nVersion: {version}\n", 1))
        for name, text in appended.items():
            if not Path(draft, name).is_file():
                raise BreakevenError(f"{package} {installed.version} has no {name}")
            with open(Path(draft, name), "a") as changed:
                changed.write(text)
        # a fixed time makes the same wheel of the same environment, so that a calibration can go on
        subprocess.run(
            [sys.executable, "-m", "wheel", "pack", draft, "--dest-dir", str(folder)],
            env=os.environ | {"SOURCE_DATE_EPOCH": "315532800"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return next(folder.glob(f"{new.removesuffix('.dist-info')}-*.whl"))
