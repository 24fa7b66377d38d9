"""The strategies of a workload at a size, as they were measured in the same rounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from breakeven.harness import record as records
from breakeven.harness import record_file
from breakeven.harness.record import Case, Measured, Record
from breakeven.harness.results import Store, plain
from breakeven.statistics.arrays import Array


@dataclass(frozen=True)
class Compared:
    """The strategies of one workload at one size, measured in the same rounds.

    Attributes
    ----------
    benchmark : str
        That times them.
    n_samples : int
        The size.
    reference : str
        The strategy that every other is linked to within rounds.
    log_ratios : dict of str to array of shape (n_rounds,)
        By strategy, the logarithm of its time over the reference's, one a round; NaN in a round that it was not part
        of.
    seconds : dict of str to float
        By strategy, median seconds of a call in those rounds.
    """

    benchmark: str
    n_samples: int
    reference: str
    log_ratios: dict[str, Array]
    seconds: dict[str, float]


def arm(release: str, strategy: str = "") -> str:
    """Name an arm of a run: what is measured on a release, under a strategy if there are several."""
    return f"{release}/{strategy}" if strategy else release


def strategy(record: Record, name: str) -> str:
    """Give the strategy of an arm; empty if it has none."""
    return name.removeprefix(record.arms[name].release).removeprefix("/")


def folder(store: Store) -> Path:
    """Say where the rounds of runs on a machine are kept."""
    return store.folder / store.machine / "rounds"


def of_release(store: Store, release: str) -> dict[tuple[str, int], Compared]:
    """Read the rounds of a release's strategies.

    Parameters
    ----------
    store : Store
        Results of a machine.
    release : str
        Its name, with overrides.

    Returns
    -------
    dict of (str, int) to Compared
        By benchmark and size; empty if none was measured in rounds.

    Raises
    ------
    BreakevenError
        A file is damaged.
    """
    found: dict[tuple[str, int], Compared] = {}
    for path in sorted(folder(store).glob("*.rounds")):
        record = record_file.load(path)
        if any(stack.release == release for stack in record.arms.values()):
            for case in record.cases:
                if case.judged == "as time" and len(case.parameters) == 1:
                    of_this = of_case(record, case).get(release)
                    if of_this is not None:
                        found[of_this.benchmark, of_this.n_samples] = of_this
    return found


def of_case(record: Record, case: Case) -> dict[str, Compared]:
    """Gather the rounds of a case.

    Parameters
    ----------
    record : Record
        What was measured.
    case : Case
        A workload at a size, whose arms are releases and strategies.

    Returns
    -------
    dict of str to Compared
        By release; without those on which no strategy gave a number.
    """
    found = {}
    for release in dict.fromkeys(record.arms[name].release for name in case.arms):
        rounds = list(_rounds(record, case, release))
        # every other one is linked to the one that was in most rounds, the first of these
        number = {name: sum(name in r for r in rounds) for name in dict.fromkeys(n for r in rounds for n in r)}
        if number:
            reference = max(number, key=number.__getitem__)
            seconds = {
                name: float(np.median([np.median(r[name].samples) for r in rounds if name in r])) for name in number
            }
            ratios = {name: np.array([_log_ratio(r, reference, name) for r in rounds]) for name in number}
            found[release] = Compared(case.benchmark, _size(case), reference, ratios, seconds)
    return found


def _size(case: Case) -> int:
    """Give the size of a case; 0 of one whose parameter is none."""
    size = plain(case.parameters[0]) if case.parameters else 0
    return size if isinstance(size, int) else 0


def _rounds(record: Record, case: Case, release: str) -> Iterator[dict[str, Measured]]:
    """Give the strategies of a release that gave a number, round by round."""
    groups: dict[tuple[int, int], dict[str, Measured]] = {}
    for measured in record.of(case.label):
        if record.arms[measured.arm].release == release and measured.samples:
            of_group = groups.setdefault((measured.round, measured.group), {})
            of_group[strategy(record, measured.arm)] = measured
    for _, of_group in sorted(groups.items()):
        yield of_group


def _log_ratio(measured: dict[str, Measured], reference: str, name: str) -> float:
    if reference not in measured or name not in measured:
        return np.nan
    return records.log_ratio(measured[reference], measured[name])
