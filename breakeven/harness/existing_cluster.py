"""An existing Dask cluster must run the release under test: refused, or brought to it, before anything is measured."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.harness import workers_here


@dataclass(frozen=True)
class Workers:
    """The workers that a cluster has when measuring begins.

    Attributes
    ----------
    n_workers : int
        How many, which every measurement must find.
    here : tuple of int
        Process numbers of those that run on this machine.
    """

    n_workers: int
    here: tuple[int, ...]


def require(environment: Path, requirements: str, suite: Path, sync: bool = False) -> Workers | None:
    """Compare the workers of the cluster that Dask's configuration names, if any, with a release.

    Parameters
    ----------
    environment : Path
        The release's virtual environment.
    requirements : str
        The release's pins, one a line.
    suite : Path
        The folder of the benchmarks, which know how to reach the cluster.
    sync : bool
        Whether to install the pins on the workers first.

    Returns
    -------
    Workers or None
        What it has; None if no cluster is named.

    Raises
    ------
    BreakevenError
        The cluster does not answer, has no workers, or runs another release; the message names the packages. Or a
        worker was lost before it could tell where it runs.
    """
    if not (suite / "cluster.py").exists():  # a suite that knows nothing of clusters
        return None
    python = environment / "bin" / "python"
    # cheap, and true of releases whose suite does not import
    asked = subprocess.run(
        [python, "-c", "import dask; print(dask.config.get('scheduler-address', None) or '')"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode or not asked.stdout.strip():
        return None
    wanted = ["--sync"] if sync else []
    done = subprocess.run(
        [python, "-m", f"{suite.name}.cluster", *wanted],
        cwd=suite.parent, input=requirements, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["the check of the cluster ended without a word"])[-1]
        hint = "" if wanted or "does not run the release" not in said else ". --sync-workers installs it on the workers"
        raise BreakevenError(f"{said}{hint}")
    return Workers(int(done.stdout.split()[-1]), _here(python))


def _here(python: Path) -> tuple[int, ...]:
    asked = subprocess.run([python, workers_here.__file__], capture_output=True, text=True, check=False)
    if asked.returncode:
        said = (asked.stderr.strip().splitlines() or ["no word"])[-1]
        raise BreakevenError(f"The workers of the cluster cannot be asked where they run: {said}")
    return tuple(map(int, asked.stdout.split()))
