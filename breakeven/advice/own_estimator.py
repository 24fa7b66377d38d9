"""Measure a user's own estimator and data: growing sizes, under each strategy, within a time budget."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import numpy as np
from asv.config import Config
from asv.environment import ExistingEnvironment
from asv_runner.statistics import compute_stats

from breakeven.advice import prediction
from breakeven.errors import USAGE, BreakevenError
from breakeven.harness.arms import Arm
from breakeven.harness.results import Value, plain
from breakeven.report.sizes import Row
from breakeven.statistics import size_law

#: The first size, and how much larger each next one is.
FIRST, FACTOR = 1_000, 10**0.5

#: Fewest and most calls in a process, and the seconds that they fill.
CALLS = (2, 20, 1.0)

#: The benchmark that the user's functions become.
OWN = "own.Own"


def sizes(n_samples: float) -> list[int]:
    """Choose the sizes to measure.

    Parameters
    ----------
    n_samples : float
        What the user has; the largest of them.

    Returns
    -------
    list of int
        In ascending order, at least two.
    """
    count = max(int(np.ceil(np.log(n_samples / FIRST) / np.log(FACTOR))), 1)
    return sorted({max(round(n_samples / FACTOR**k), 10) for k in range(count + 1)})


@contextmanager
def opened(script: str, n_samples: float, config: Path) -> Iterator[Arm]:
    """Make the user's functions a benchmark, in the environment that this runs in.

    Parameters
    ----------
    script : str
        ``PATH.py:FUNCTION``; the function gives a new estimator, and ``make_data(n_samples)`` beside it
        gives ``X`` or ``X, y``. With ``make_dask_estimator()`` there too, "dask-ml" is measured.
    n_samples : float
        The largest size that may be measured.
    config : Path
        asv's configuration.

    Yields
    ------
    Arm

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
    conf = Config.load(str(config))
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder, "benchmarks")
        suite.mkdir()
        for module in ("__init__", "cluster", "memory", "profiles", "strategies", "turns", "versions", "workload"):
            shutil.copy(Path(conf.benchmark_dir, f"{module}.py"), suite)
        (suite / "own.py").write_text(resources.files("breakeven").joinpath("own_workload.txt").read_text())
        conf.benchmark_dir = str(suite)
        folder_of_script = str(Path(path).resolve().parent)
        # workers import what the script defines, too; asv passes a path on under this name only
        os.environ["ASV_PYTHONPATH"] = folder_of_script
        os.environ["BREAKEVEN_OWN"] = f"{Path(path).stem}:{function}"
        os.environ["BREAKEVEN_OWN_SIZES"] = " ".join(map(str, sizes(n_samples)))
        try:
            opened_arm = Arm(conf, ExistingEnvironment(conf, "same", {}, {}), None, "", OWN)
        except BreakevenError:
            raise BreakevenError(f"{script} cannot be measured, for the reason above") from None
        with opened_arm as arm:
            yield arm


def measure(arm: Arm, budget: float, failures: dict[str, str]) -> Iterator[list[Row]]:
    """Measure size by size as long as the next one fits into the budget, then peak memory at the last one.

    Parameters
    ----------
    arm : Arm
        From `opened`.
    budget : float
        Seconds.
    failures : dict of str to str
        Gets the reason of each strategy that fails.

    Yields
    ------
    list of Row
        All sizes so far, after each; always the same list, whose last row has the memory in the end.
    """
    until = time.monotonic() + budget
    name = f"{OWN}.time_fit"
    listed, strategies = arm.benchmarks[name]["params"]
    rows: list[Row] = []
    walls: dict[str, float] = {}
    for size in listed:
        if _expected(rows, walls, int(size)) > until - time.monotonic():
            break
        times = {}
        for strategy in strategies:
            started = time.monotonic()
            arm.benchmarks[name]["timeout"] = max(until - started, 10)
            reading = arm.read(name, (size, strategy), {"repeat": list(CALLS)}, CALLS[-1])
            walls[strategy] = time.monotonic() - started
            times[str(plain(strategy))] = _value(reading.samples) if reading.samples else Value("failed")
            if reading.error:
                failures[str(plain(strategy))] = reading.error
        rows.append(Row(int(size), times, {}, {}))
        yield rows
    for strategy in strategies if rows else ():
        if walls[strategy] < until - time.monotonic():
            reading = arm.read(f"{OWN}.track_peak_memory", (repr(rows[-1].n_samples), strategy), {})
            if reading.samples:
                rows[-1].memory[str(plain(strategy))] = Value("measured", reading.samples[0])


def _expected(rows: list[Row], walls: dict[str, float], size: int) -> float:
    """Predict the seconds that a size takes under all strategies; the first two are always measured."""
    if len(rows) < 2:
        return 0.0
    curves = size_law.fit(prediction.times(rows))
    growth = sum(c.seconds(size).value - c.seconds(rows[-1].n_samples).value for c in curves.values())
    # warm-up, data and at least two calls: each grows
    return sum(walls.values()) + (1 + CALLS[0]) * max(growth, 0.0)


def _value(samples: tuple[float, ...]) -> Value:
    number, told = compute_stats(list(samples), 1)
    return Value("measured", float(number), (told["ci_99_a"], told["ci_99_b"]), samples)
