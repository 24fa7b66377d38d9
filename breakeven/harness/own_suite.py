"""A user's own estimator as a benchmark, in the environment that this runs in."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from asv.config import Config
from asv.environment import ExistingEnvironment

from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import patches, profiles
from breakeven.harness.arms import AsvArm

#: The class that the user's functions become, and the file that tells the suite of them (benchmarks/own_estimator.py).
OWN, NAMED = "own_estimator.Own", "own_estimator.json"


@contextmanager
def opened(script: str, sizes: Sequence[int], config: Path) -> Iterator[AsvArm]:
    """Make the user's functions a benchmark.

    Parameters
    ----------
    script : str
        ``PATH.py:FUNCTION``; the function gives a new estimator, and ``make_data(n_samples)`` beside it
        gives ``X`` or ``X, y``. With ``make_dask_estimator()`` there too, dask_ml's strategy is measured.
    sizes : sequence of int
        ``n_samples`` that may be measured.
    config : Path
        asv's configuration.

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
    conf = Config.load(str(config))
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder, "benchmarks")
        shutil.copytree(conf.benchmark_dir, suite, ignore=shutil.ignore_patterns("__pycache__"))
        place = Path(path).resolve()
        named = {"folder": str(place.parent), "module": place.stem, "function": function, "sizes": list(sizes)}
        (suite / NAMED).write_text(json.dumps(named))
        conf.benchmark_dir = str(suite)
        environment = ExistingEnvironment(conf, "same", {}, {})
        try:
            arm = AsvArm(conf, environment, None, "", OWN, profiles.FULL)
        except BreakevenError as err:
            raise BreakevenError(f"{script} cannot be measured. {err}") from None
        with arm:
            yield arm
