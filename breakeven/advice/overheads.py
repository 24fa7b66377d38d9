"""What strategies cost before any work: starting, and moving data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from breakeven.advice.prediction import Option, scaled
from breakeven.harness import workloads
from breakeven.harness.results import Value
from breakeven.harness.suite import Benchmark, Strategy
from breakeven.harness.workloads import Listed, Recorded
from breakeven.statistics import size_law
from breakeven.statistics.curve import Curve
from breakeven.statistics.parts import Parts, decompose
from breakeven.statistics.size_law import SizeLaw

#: Calls that the suite states of its overheads (benchmarks/overheads.py).
CLUSTER_START, FIRST_CALL, SCATTER = "cluster start", "first call", "scatter"


@dataclass(frozen=True)
class Overheads:
    """What strategies cost before any work.

    Attributes
    ----------
    start_up : dict of str to float
        By strategy, seconds that the first call of a session takes more.
    moving : Curve or None
        Time to send rows to every worker; None if it was not measured.
    n_features : int
        Columns of those rows.
    """

    start_up: dict[str, float]
    moving: Curve[SizeLaw] | None = None
    n_features: int = 1

    def parts(self, option: Option, sends: bool, n_samples: float, n_features: float) -> Parts:
        """Say where the time of a strategy goes.

        Parameters
        ----------
        option : Option
            The strategy.
        sends : bool
            Whether its call sends the data to the workers.
        n_samples : float
            The size.
        n_features : float
            Columns of the data.

        Returns
        -------
        Parts
            Data are moved only by a strategy that sends them within a call.
        """
        moving = None
        if sends and self.moving is not None:
            moving = scaled(self.moving, [n_features / self.n_features] * (1 + len(self.moving.draws)))
        return decompose(option.curve, n_samples, self.start_up.get(option.strategy, 0.0), moving)


def read(recorded: Recorded, listed: Listed, strategies: Mapping[str, Strategy]) -> Overheads:
    """Read what strategies cost before any work.

    Parameters
    ----------
    recorded, listed : mapping
        As for `breakeven.harness.workloads.by_size`.
    strategies : mapping of str to Strategy
        Those on Dask start a cluster, and import as any other does that is measured.

    Returns
    -------
    Overheads
        What was not measured counts as nothing.
    """
    by_call = {b.call: (b, values) for b, values in workloads.benchmarks(recorded, listed)}
    cold: dict[str, float] = {}
    cold_on_dask = 0.0
    for benchmark, parameters, value in _measured(by_call, FIRST_CALL):
        strategy = benchmark.strategy(parameters)
        if strategy is not None:
            cold[strategy.name] = value.number
            cold_on_dask = max(cold_on_dask, value.number) if strategy.dask else cold_on_dask
    cluster = sum(value.number for _, _, value in _measured(by_call, CLUSTER_START))
    start_up = {
        name: cluster + cold.get(name, cold_on_dask) if strategy.dask else cold.get(name, 0.0)
        for name, strategy in strategies.items()
    }
    sent = {int(parameters[0]): value.samples for _, parameters, value in _measured(by_call, SCATTER)}
    columns = by_call[SCATTER][0].n_features if SCATTER in by_call else None
    return Overheads(start_up, size_law.fit({SCATTER: sent}).get(SCATTER), columns or 1)


def _measured(
    by_call: Mapping[str, tuple[Benchmark, Mapping[tuple[str, ...], Value]]], call: str
) -> list[tuple[Benchmark, tuple[str, ...], Value]]:
    if call not in by_call:
        return []
    benchmark, values = by_call[call]
    return [(benchmark, p, v) for p, v in values.items() if v.state == "measured"]
