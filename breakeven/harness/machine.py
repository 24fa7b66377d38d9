"""The machine that is measured on, as asv describes it and remembers it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil
from asv import util
from asv.machine import Machine, MachineCollection


def described(name: str | None = None) -> dict[str, str]:
    """Describe the machine that this runs on.

    Parameters
    ----------
    name : str, optional
        Under which its results are kept; as the user told asv, or as asv finds it by default.

    Returns
    -------
    dict of str to str
        As the user told asv, or as asv finds it.
    """
    wanted = name or str(Machine.get_unique_machine_name())
    try:
        # asv takes the only machine in its file whatever it is called, say after a change of the host's name
        return {k: str(v) for k, v in MachineCollection.load(wanted).items() if k != "version"}
    except util.UserError:
        return {**Machine.get_defaults(), "machine": wanted}


def remember(found: dict[str, str], results: Path) -> None:
    """Keep a description where asv looks for it, without asv's questions.

    Parameters
    ----------
    found : dict of str to str
        From `described`.
    results : Path
        asv's results, which hold the description of each machine.
    """
    own = described()
    # asv takes the only machine that it knows for this one, whatever it is called
    for one in (own, found):
        with suppress(OSError):  # a home folder that may not be written: it is described anew each time
            MachineCollection.save(one["machine"], one)
    machine = Machine()
    machine.__dict__.update(found)
    machine.save(str(results))


class Steal:
    """Share of the processors' time that the hypervisor takes, over all spells that this is entered for.

    Attributes
    ----------
    share : float
        0 to 1; 0 where the kernel does not tell.
    """

    def __init__(self) -> None:
        self._taken = self._all = 0.0
        self._before = (0.0, 0.0)

    @property
    def share(self) -> float:
        """As told above."""
        return round(self._taken / self._all, 4) if self._all else 0.0

    def __enter__(self) -> Steal:
        self._before = self._read()
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        taken, every = self._read()
        self._taken += taken - self._before[0]
        self._all += every - self._before[1]

    @staticmethod
    def _read() -> tuple[float, float]:
        now = psutil.cpu_times()
        return getattr(now, "steal", 0.0), sum(now) - getattr(now, "guest", 0.0) - getattr(now, "guest_nice", 0.0)
