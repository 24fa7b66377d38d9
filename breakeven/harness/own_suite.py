"""A user's own estimator as a benchmark, in the environment that this runs in, or in that of a release."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from asv.config import Config

from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import arms, asv_config, patches, profiles
from breakeven.harness.arms import AsvArm

#: The class that the user's functions become, and the file that tells the suite of them (benchmarks/own_estimator.py).
OWN, NAMED = "own_estimator.Own", "own_estimator.json"


def possible_here() -> bool:
    """Say whether an estimator can be measured in the environment that this runs in: the suite needs scikit-learn."""
    return find_spec("sklearn") is not None


@contextmanager
def opened(script: str, sizes: Sequence[int], commit: str | None = None) -> Iterator[AsvArm]:
    """Make the user's functions a benchmark.

    Parameters
    ----------
    script : str
        ``PATH.py:FUNCTION``; the function gives a new estimator, and ``make_data(n_samples)`` beside it
        gives ``X`` or ``X, y``. With ``make_dask_estimator()`` there too, dask_ml's strategy is measured.
    sizes : sequence of int
        ``n_samples`` that may be measured.
    commit : str, optional
        Of the release in whose environment it is measured; in the one that this runs in if none is given.

    Yields
    ------
    AsvArm

    Raises
    ------
    BreakevenError
        No such file, or it does not give what is expected.
    """
    path, _, function = script.rpartition(":")
    if not (function.isidentifier() and path.endswith(".py") and Path(path).exists()):
        raise BreakevenError(
            f"'{script}' is not a script and a function in it, such as script.py:make_estimator", USAGE
        )
    patches.install()
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder, "benchmarks")
        given = Config.load(str(asv_config.current())).benchmark_dir
        shutil.copytree(given, suite, ignore=shutil.ignore_patterns("__pycache__"))
        place = Path(path).resolve()
        named = {"folder": str(place.parent), "module": place.stem, "function": function, "sizes": list(sizes)}
        (suite / NAMED).write_text(json.dumps(named))
        config = asv_config.written(Path(folder), {"benchmark_dir": str(suite)})
        try:
            arm = (
                arms.of_this_environment(config, OWN, profiles.FULL)
                if commit is None
                else arms.of_release(config, commit, OWN, profiles.FULL)
            )
        except BreakevenError as err:
            raise BreakevenError(f"{script} cannot be measured. {err}") from None
        with arm:
            yield arm
