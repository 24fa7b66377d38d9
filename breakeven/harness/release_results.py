"""All that is recorded for one release on one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.harness import compared, workloads
from breakeven.harness.results import Store
from breakeven.harness.workloads import InRounds, Listed, Other, Recorded, Workload
from breakeven.train import entries, overrides, repository
from breakeven.train.entries import Train


@dataclass(frozen=True)
class ReleaseResults:
    """What is recorded for a release.

    Attributes
    ----------
    release : str
        Its name.
    store : Store
        Results of the machine.
    recorded : mapping
        Benchmark to parameter set to value.
    listed : mapping
        The suite's benchmarks, as asv describes them.
    compared : mapping
        What was measured in rounds.
    """

    release: str
    store: Store
    recorded: Recorded
    listed: Listed
    compared: InRounds = field(default_factory=dict)

    @property
    def workloads(self) -> dict[str, Workload]:
        """What is measured by size and strategy."""
        return workloads.by_size(self.recorded, self.listed, self.compared)

    @property
    def others(self) -> list[Other]:
        """What is measured by other axes."""
        return list(workloads.with_other_axes(self.recorded, self.listed))


def load(release: str | None, machine: str | None, config: Path) -> ReleaseResults:
    """Read all that is recorded for a release.

    Parameters
    ----------
    release : str or None
        Its name, with overrides; or the tag that stands for them. The newest that was measured there if not given.
    machine : str or None
        In the results; this one if not given.
    config : Path
        asv's configuration.

    Raises
    ------
    BreakevenError
        The release or the machine is unknown, nothing is recorded, or a file is damaged.
    """
    known = entries.load()
    path = repository.build(known)
    if release is not None and release not in repository.tags(path):
        release = overrides.resolve(known, release).name
    store = Store.of(config, machine)
    name = newest(known, repository.tags(path), store) if release is None else release
    recorded = store.recorded(repository.tags(path)[name])
    if not recorded:
        raise BreakevenError(f"Nothing is recorded for {name} on machine '{store.machine}': breakeven run first")
    return ReleaseResults(name, store, recorded, store.benchmarks(), compared.of_release(store, name))


def newest(known: Train, tags: Mapping[str, str], store: Store) -> str:
    """Name the newest release that was measured.

    Parameters
    ----------
    known : Train
        The releases, of which those of the main line are looked at.
    tags : mapping of str to str
        Name to commit.
    store : Store
        Results of a machine.

    Returns
    -------
    str
        The newest of all if nothing is recorded of any.
    """
    kept = store.commits()
    measured = (r.name for r in reversed(known.main) if tags[r.name][:8] in kept and store.recorded(tags[r.name]))
    return next(measured, known.newest.name)
