"""What each arm has to itself, so that one that sleeps holds up no other: folders for temporary files, and patience."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

#: Longer than an arm sleeps while others run. loky has no variable for it: ``outwait`` of ``measuring_process.py``.
LONGEST = "2 hours"

#: Dask's time-outs that go on while processes sleep: a worker that did not report for so long counts as lost; an event
#: loop that stood still is warned of.
PATIENT = ("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT")

# joblib's own rule for where memory is shared between processes: ``_get_temp_dir`` of its ``_memmapping_reducer.py``
_SHARED_MEMORY, _ENOUGH = Path("/dev/shm"), 2e9


def folders(own: Path, shared_memory: Path = _SHARED_MEMORY) -> dict[str, Path]:
    """Say where the processes of an arm keep temporary files, by the variable that tells them.

    Parameters
    ----------
    own : Path
        The arm's folder; its name must be of this arm alone.
    shared_memory : Path
        A file system in memory, which joblib prefers.

    Returns
    -------
    dict of str to Path
        The folders need not exist; they are to be removed when the arm has ended.
    """
    roomy = os.access(shared_memory, os.W_OK) and shutil.disk_usage(shared_memory).free > _ENOUGH
    joblib = shared_memory / own.name if roomy else own / "joblib"
    return {"TMPDIR": own, "DASK_TEMPORARY_DIRECTORY": own / "dask", "JOBLIB_TEMP_FOLDER": joblib}


def environment(own: Path) -> dict[str, str]:
    """Give the variables of an arm's processes.

    Parameters
    ----------
    own : Path
        The arm's folder, made if need be.

    Returns
    -------
    dict of str to str
        To add to the environment of the arm's first process.
    """
    places = folders(own)
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return {name: str(place) for name, place in places.items()} | dict.fromkeys(PATIENT, LONGEST)
