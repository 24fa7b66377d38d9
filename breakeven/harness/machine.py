"""The machine that is measured on, as asv describes it and remembers it."""

from __future__ import annotations

from pathlib import Path

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
        MachineCollection.save(one["machine"], one)
    machine = Machine()
    machine.__dict__.update(found)
    machine.save(str(results))
