"""All that is recorded for one release on one machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.harness import compared, workloads
from breakeven.harness.results import Store
from breakeven.harness.workloads import InRounds, Listed, Other, Recorded, Workload
from breakeven.train import entries, overrides, repository


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


def load(release: str, machine: str | None, config: Path) -> ReleaseResults:
    """Read all that is recorded for a release.

    Parameters
    ----------
    release : str
        Its name, with overrides; or the tag that stands for them.
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
    name = release if release in repository.tags(path) else overrides.resolve(known, release).name
    store = Store.of(config, machine)
    recorded = store.recorded(repository.tags(path)[name])
    if not recorded:
        raise BreakevenError(f"Nothing is recorded for {name} on machine '{store.machine}': breakeven run first")
    return ReleaseResults(name, store, recorded, store.benchmarks(), compared.of_release(store, name))
