"""What was measured with more workers, arranged for laws: samples by their number, and the scheduler's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from breakeven.advice.prediction import times
from breakeven.harness import workloads
from breakeven.harness.release_results import ReleaseResults
from breakeven.harness.results import plain
from breakeven.statistics import size_law
from breakeven.statistics.curve import Curve
from breakeven.statistics.size_law import SizeLaw

#: Axes of a workload that is measured with more workers, and the call that is the scheduler's alone.
AXES = ("scaling", "n_workers")
EMPTY_TASKS = "empty tasks"


@dataclass(frozen=True)
class MoreWorkers:
    """What is known of calls with more workers.

    Attributes
    ----------
    times : dict of (str, str) to dict of int to sequence of float
        Workload, and "strong" or "weak", to number of workers to samples in seconds.
    per_task : float
        Seconds that the scheduler needs for a task; 0 if they were not measured.
    tasks : dict of str to float
        By workload, tasks of a call.
    """

    times: dict[tuple[str, str], dict[int, Sequence[float]]]
    per_task: float
    tasks: dict[str, float]

    @property
    def at_least(self) -> dict[str, float]:
        """By workload, seconds that the scheduler needs for the tasks of a call, whatever the workers."""
        return {workload: self.per_task * count for workload, count in self.tasks.items()}


@dataclass(frozen=True)
class Search:
    """A search that clusters of thousands are simulated with.

    Attributes
    ----------
    name : str
        Of the workload.
    fits : int
        How many it makes, beside the last one of the best.
    serial : Curve
        Of all of them, one after the other.
    """

    name: str
    fits: int
    serial: Curve[SizeLaw]


def read(found: ReleaseResults) -> MoreWorkers:
    """Arrange what is recorded.

    Parameters
    ----------
    found : ReleaseResults
        Of one release.

    Returns
    -------
    MoreWorkers
        Empty if nothing was measured.
    """
    samples: dict[tuple[str, str], dict[int, Sequence[float]]] = {}
    tasks: dict[str, float] = {}
    per_task = 0.0
    for benchmark, values in workloads.benchmarks(found.recorded, found.listed):
        workload = benchmark.workload.rpartition(".")[2]
        known = {p: v for p, v in values.items() if v.state == "measured"}
        if benchmark.axes == AXES and benchmark.kind.judged == "as time":
            for (scaling, n_workers), value in known.items():
                samples.setdefault((workload, str(plain(scaling))), {})[int(n_workers)] = value.samples
        elif benchmark.axes == AXES and benchmark.kind.name == "count":
            tasks[workload] = max((value.number for value in known.values()), default=0.0)
        elif benchmark.call == EMPTY_TASKS and not benchmark.axes:
            per_task = sum(value.number for value in known.values()) / benchmark.facts["tasks"]
    return MoreWorkers(samples, per_task, tasks)


def search(found: ReleaseResults) -> Search | None:
    """Choose the search of most fits that was measured on one core.

    Parameters
    ----------
    found : ReleaseResults
        Of one release.

    Returns
    -------
    Search or None
        None if there is none.
    """
    stated = [w for w in found.workloads.values() if "fits" in w.facts]
    for workload in sorted(stated, key=lambda w: -w.facts["fits"]):
        # with the other strategies, which share its exponent
        serial = size_law.fit(times(workload.rows)).get(workload.reference or "")
        if serial is not None:
            return Search(workload.name, workload.facts["fits"], serial)
    return None
