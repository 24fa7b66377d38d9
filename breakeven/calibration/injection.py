"""A scikit-learn that is slower by a known share: the control that a gate must find."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
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


def slower_wheel(environment: Path, share: float, folder: Path) -> Path:
    """Pack the scikit-learn of an environment as a wheel whose ``fit`` and ``predict`` take longer.

    Parameters
    ----------
    environment : Path
        A virtual environment with scikit-learn.
    share : float
        By how much; 0.1 is 10 %.
    folder : Path
        Where to put the wheel.

    Returns
    -------
    Path
        The wheel; its version carries the share.

    Raises
    ------
    BreakevenError
        There is no scikit-learn in the environment.
    """
    site = next(environment.glob("lib/python*/site-packages"))
    installed = next(iter(distributions(name="scikit-learn", path=[str(site)])), None)
    if installed is None:
        raise BreakevenError(f"No scikit-learn in {environment}")
    version = f"{installed.version}+slower{1000 * share:.0f}permille"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as draft:
        for file in installed.files or []:
            if not {"..", "__pycache__"} & set(file.parts) and file.name not in ("RECORD", "INSTALLER", "REQUESTED"):
                name = str(file).replace(
                    f"scikit_learn-{installed.version}.dist-info", f"scikit_learn-{version}.dist-info"
                )
                target = Path(draft, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
        metadata = Path(draft, f"scikit_learn-{version}.dist-info")
        text = (metadata / "METADATA").read_text()
        (metadata / "METADATA").write_text(
            text.replace(f"\nVersion: {installed.version}\n", f"\nVersion: {version}\n", 1)
        )
        with open(Path(draft, "sklearn", "base.py"), "a") as base:
            base.write(_SLOWER.replace("SHARE", repr(share)))
        # a fixed time makes the same wheel of the same environment, so that a calibration can go on
        subprocess.run(
            [sys.executable, "-m", "wheel", "pack", draft, "--dest-dir", str(folder)],
            env=os.environ | {"SOURCE_DATE_EPOCH": "315532800"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return next(folder.glob(f"scikit_learn-{version}-*.whl"))
