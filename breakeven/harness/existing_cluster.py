"""An existing Dask cluster must run the release under test: refused, or brought to it, before anything is measured."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from breakeven.errors import BreakevenError

#: Environment variable that asks for the release to be installed on the workers.
SYNC = "BREAKEVEN_SYNC_WORKERS"


def require(environment: Path, requirements: str, suite: Path) -> None:
    """Compare the workers of the cluster that Dask's configuration names, if any, with a release.

    Parameters
    ----------
    environment : Path
        The release's virtual environment.
    requirements : str
        The release's pins, one a line; installed on the workers first if `SYNC` is set.
    suite : Path
        The folder of the benchmarks, which know how to reach the cluster.

    Raises
    ------
    BreakevenError
        The cluster does not answer, has no workers, or runs another release; the message names the packages.
    """
    python = environment / "bin" / "python"
    # cheap, and true of releases whose suite does not import
    asked = subprocess.run(
        [python, "-c", "import dask; print(dask.config.get('scheduler-address', None) or '')"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode or not asked.stdout.strip():
        return
    wanted = ["--sync"] if os.environ.get(SYNC) else []
    done = subprocess.run(
        [python, "-m", f"{suite.name}.cluster", *wanted],
        cwd=suite.parent, input=requirements, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["the check of the cluster ended without a word"])[-1]
        hint = "" if wanted or "does not run the release" not in said else ". --sync-workers installs it on the workers"
        raise BreakevenError(f"{said}{hint}")
