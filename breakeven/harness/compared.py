"""The strategies of a workload at a size, and the releases that they ran on, as measured in the same rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


#: One round: its groups, each the arms in it that gave a number, in their order; the reference is the first of each.
Groups = list[dict[str, Measured]]

#: Strategy to release to log-ratios, one a round, to the first of these releases.
Releases = dict[str, dict[str, Array]]


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
    for record, case in _by_size(store):
        if any(record.arms[name].release == release for name in case.arms):
            of_this = of_case(record, case).get(release)
            if of_this is not None:
                found[of_this.benchmark, of_this.n_samples] = of_this
    return found


def of_releases(store: Store, releases: Sequence[str]) -> dict[tuple[str, int], Releases]:
    """Read how releases compare that were measured in the same rounds.

    Parameters
    ----------
    store : Store
        Results of a machine.
    releases : sequence of str
        Their names, the first one to compare with before the others.

    Returns
    -------
    dict of (str, int) to Releases
        By benchmark and size; of several records that with the most releases.

    Raises
    ------
    BreakevenError
        A file is damaged.
    """
    found: dict[tuple[str, int], Releases] = {}
    for record, case in _by_size(store):
        key, new = (case.benchmark, _size(case)), linked(record, case, releases)
        if new and _most(new) >= _most(found.get(key, {})):
            found[key] = new
    return found


def linked(record: Record, case: Case, releases: Sequence[str]) -> Releases:
    """Compare releases under each strategy that at least two of them were measured with.

    Parameters
    ----------
    record, case
        As in `of_case`.
    releases : sequence of str
        As in `of_releases`.
    """
    rounds = list(_rounds(record, case))
    there = {name for groups in rounds for of_group in groups for name in of_group}
    found: Releases = {}
    for name in dict.fromkeys(strategy(record, a) for a in case.arms):
        own = [release for release in releases if arm(release, name) in there]
        ratios = {r: [_log_ratio(groups, arm(own[0], name), arm(r, name)) for groups in rounds] for r in own}
        known = {release: np.array(values)[np.isfinite(values)] for release, values in ratios.items()}
        known = {release: values for release, values in known.items() if len(values)}
        if len(known) > 1:
            found[name] = known
    return found


def _most(found: Releases) -> int:
    return max(map(len, found.values()), default=0)


def _by_size(store: Store) -> Iterator[tuple[Record, Case]]:
    """Give the timed cases of runs whose only axis, beside the strategy, is the size."""
    for path in sorted(folder(store).glob("*.rounds")):
        record = record_file.load(path)
        yield from ((record, c) for c in record.cases if c.judged == "as time" and len(c.parameters) == 1)


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
    rounds, found = list(_rounds(record, case)), {}
    for release in dict.fromkeys(record.arms[name].release for name in case.arms):
        samples: dict[str, list[float]] = {}
        for of_group in (of_group for groups in rounds for of_group in groups):
            for name, measured in of_group.items():
                if record.arms[name].release == release:
                    samples.setdefault(name, []).append(float(np.median(measured.samples)))
        if samples:
            # every other one is linked to the one that was in most rounds, the first of these
            number = {name: sum(any(name in g for g in groups) for groups in rounds) for name in samples}
            reference = max(number, key=number.__getitem__)
            seconds = {strategy(record, name): float(np.median(s)) for name, s in samples.items()}
            ratios = {strategy(record, n): np.array([_log_ratio(g, reference, n) for g in rounds]) for n in samples}
            own = strategy(record, reference)
            found[release] = Compared(case.benchmark, _size(case), own, ratios, seconds)
    return found


def _size(case: Case) -> int:
    """Give the size of a case; 0 of one whose parameter is none."""
    size = plain(case.parameters[0]) if case.parameters else 0
    return size if isinstance(size, int) else 0


def _rounds(record: Record, case: Case) -> Iterator[Groups]:
    rounds: dict[int, dict[int, dict[str, Measured]]] = {}
    for measured in record.of(case.label):
        if measured.samples:
            rounds.setdefault(measured.round, {}).setdefault(measured.group, {})[measured.arm] = measured
    for _, groups in sorted(rounds.items()):
        yield [of_group for _, of_group in sorted(groups.items())]


def _log_ratio(groups: Groups, one: str, other: str) -> float:
    """Compare two arms of a round, side by side or each with the reference; NaN if that cannot be."""
    for of_group in groups:
        if one in of_group and other in of_group:
            return records.log_ratio(of_group[one], of_group[other])
    reference = next(iter(groups[0]))
    to_reference = [
        records.log_ratio(of_group[reference], of_group[name])
        for name in (one, other)
        for of_group in groups
        if reference in of_group and name in of_group
    ]
    return to_reference[1] - to_reference[0] if len(to_reference) == 2 else np.nan
