"""An existing Dask cluster must run the release under test: refused, or brought to it, before anything is measured."""

from __future__ import annotations

import subprocess
from pathlib import Path

from breakeven.errors import BreakevenError


def require(environment: Path, requirements: str, suite: Path, sync: bool = False) -> int | None:
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
    int or None
        How many workers it has, which every measurement must find; None if no cluster is named.

    Raises
    ------
    BreakevenError
        The cluster does not answer, has no workers, or runs another release; the message names the packages.
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
    return int(done.stdout.split()[-1])
