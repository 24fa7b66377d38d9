"""What the suite states of its benchmarks and strategies, read from what asv passes on.

asv puts the attributes of a benchmark's method into its description; the suite states everything in one of them,
``stated`` (benchmarks/stated.py). A suite that states nothing is read by asv's own words.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from breakeven.harness import kinds
from breakeven.harness.kinds import Kind

#: Names of the axes that tables and laws are arranged by.
SIZE, STRATEGY = "n_samples", "strategy"

#: Relative difference that is no change of a number which a suite tracks without stating anything of it.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Tolerance:
    """What is let pass of a benchmark.

    Attributes
    ----------
    share : float
        Relative growth of a time or of peak memory, or difference between scores.
    reason : str
        Why, if the suite states it.
    """

    share: float
    reason: str = ""


@dataclass(frozen=True)
class Strategy:
    """What is known of a strategy.

    Attributes
    ----------
    name : str
        As a parameter.
    words : str
        What the user writes, in Markdown.
    order : int
        Its place where strategies are listed.
    colour, sign : str
        In every figure; the sign is the name of a marker.
    one_core : bool
        Whether the call keeps to one core.
    dask : bool
        Whether it needs a Dask cluster.
    sends : bool
        Whether the call sends its data to the workers.
    shares_cluster : bool
        Whether it may use the usual cluster after other benchmarks did.
    imports : tuple of str
        Modules that its process needs beside the suite.
    tolerance : float or None
        Relative growth of a time under it that is let pass, if it states one.
    tolerance_reason : str
        Why.
    """

    name: str
    words: str = ""
    order: int = 1_000
    colour: str = "#7f7f7f"
    sign: str = "circle"
    one_core: bool = False
    dask: bool = False
    sends: bool = False
    shares_cluster: bool = False
    imports: tuple[str, ...] = ()
    tolerance: float | None = None
    tolerance_reason: str = ""


@dataclass(frozen=True)
class Benchmark:
    """What is known of a benchmark.

    Attributes
    ----------
    name : str
        asv's.
    workload : str
        What it is a benchmark of: the estimator and its data.
    call : str
        What is called there, or measured of that call.
    kind : Kind
        Of its number.
    params : tuple of tuple of str
        Values of each axis, as asv writes them.
    axes : tuple of str
        What its parameters are.
    n_features : int or None
        Columns of the data; None if they are not known.
    tolerance : Tolerance or None
        What is let pass, if the benchmark itself states it.
    strategies : dict of str to Strategy
        Those among its parameters.
    imports : tuple of str or None
        Modules that its process needs beside the suite; None for those of the strategy.
    shares_cluster : bool or None
        Whether its process may use the usual cluster after others did; None if its strategy says so.
    facts : dict
        What else is stated.
    """

    name: str
    workload: str
    call: str
    kind: Kind
    params: tuple[tuple[str, ...], ...] = ()
    axes: tuple[str, ...] = ()
    n_features: int | None = None
    tolerance: Tolerance | None = None
    strategies: dict[str, Strategy] = field(default_factory=dict)
    imports: tuple[str, ...] | None = None
    shares_cluster: bool | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def strategy(self, parameters: Sequence[str]) -> Strategy | None:
        """Give the strategy of a parameter set; None if the benchmark has no such axis."""
        if STRATEGY not in self.axes:
            return None
        name = parameters[self.axes.index(STRATEGY)].strip("'\"")
        return self.strategies.get(name, Strategy(name))

    def reference(self, parameters: Sequence[str]) -> tuple[str, ...] | None:
        """Give the same parameter set under the strategy that keeps to one core, else the first; None without any."""
        if STRATEGY not in self.axes:
            return None
        at = self.axes.index(STRATEGY)
        every = [(*parameters[:at], value, *parameters[at + 1 :]) for value in self.params[at]]
        return next((p for p in every if (found := self.strategy(p)) and found.one_core), every[0])

    def tolerance_of(self, parameters: Sequence[str]) -> Tolerance:
        """Give what is let pass of a parameter set: as the benchmark states, else its strategy, else for its kind."""
        strategy = self.strategy(parameters)
        if self.tolerance is not None:
            return self.tolerance
        if self.kind.judged == "as time" and strategy is not None and strategy.tolerance is not None:
            return Tolerance(strategy.tolerance, strategy.tolerance_reason)
        return Tolerance(self.kind.tolerance)

    def shares_cluster_of(self, parameters: Sequence[str]) -> bool:
        """Say whether the process of a parameter set may use the usual cluster after others did."""
        if self.shares_cluster is not None:
            return self.shares_cluster
        strategy = self.strategy(parameters)
        return strategy is not None and strategy.shares_cluster

    def imports_at(self, index: int) -> tuple[str, ...]:
        """Give the modules that the process of a parameter set needs beside the suite."""
        if self.imports is not None:
            return self.imports
        parameters = next(itertools.islice(itertools.product(*self.params), index, None), ())
        strategy = self.strategy(parameters) if parameters else None
        return strategy.imports if strategy else ()


def read(described: Mapping[str, Any]) -> Benchmark:
    """Read the description of a benchmark.

    Parameters
    ----------
    described : mapping
        As asv has it: an entry of ``benchmarks.json``.
    """
    kind = kinds.OF_ASV.get(described.get("type", ""), "count")
    stated = dict(described.get("stated", {"tolerance": TOLERANCE} if kind == "score" else {}))
    name = described["name"]
    owner, _, method = name.rpartition(".")
    imports, share = (stated.pop(key, None) for key in ("imports", "tolerance"))
    reason = stated.pop("tolerance_reason", "")
    stated.pop("profiles", None)
    return Benchmark(
        name,
        workload=stated.pop("workload", owner),
        call=stated.pop("call", method.partition("_")[2] or method),
        kind=kinds.named(stated.pop("kind", None) or kind),
        params=tuple(tuple(values) for values in described["params"]),
        axes=tuple(described.get("param_names", ())),
        n_features=stated.pop("n_features", None),
        tolerance=None if share is None else Tolerance(share, reason),
        strategies={s: _strategy(s, facts) for s, facts in stated.pop("strategies", {}).items()},
        imports=None if imports is None else tuple(imports),
        shares_cluster=stated.pop("shares_cluster", None),
        facts=stated,
    )


def _strategy(name: str, facts: Mapping[str, Any]) -> Strategy:
    known = {f.name for f in fields(Strategy)}
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items() if k in known}
    return Strategy(name, **told)
