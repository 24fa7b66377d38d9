"""What is recorded for a release, arranged by workload: strategies by size, and whatever has other axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from breakeven.harness import results, suite
from breakeven.harness.compared import Compared
from breakeven.harness.results import Value, plain
from breakeven.harness.suite import SIZE, STRATEGY, Benchmark, Strategy
from breakeven.statistics import ranking
from breakeven.statistics.arrays import Array
from breakeven.statistics.ranking import Standing

#: What is recorded for a release: benchmark to parameter set to value.
Recorded = Mapping[str, Mapping[tuple[str, ...], Value]]

#: As `breakeven.harness.results.Store.benchmarks` gives it.
Listed = Mapping[str, Mapping[str, Any]]

#: What was measured in rounds: benchmark and size to the strategies there.
InRounds = Mapping[tuple[str, int], Compared]

#: What is not recorded.
NOTHING = Value("skipped")


@dataclass(frozen=True)
class Row:
    """One size of one workload.

    Attributes
    ----------
    n_samples : int
        The size.
    times, scores, memory : dict of str to Value
        By strategy: seconds, score, bytes.
    standing : Standing or None
        What rounds say of the strategies; None if the times are raw samples of different hours.
    """

    n_samples: int
    times: dict[str, Value]
    scores: dict[str, Value]
    memory: dict[str, Value]
    standing: Standing | None = None

    @property
    def fastest(self) -> str | None:
        """The strategy with the smallest median; ``None`` if there is nothing to compare."""
        measured = {s: v.number for s, v in self.times.items() if v.state == "measured"}
        return min(measured, key=measured.__getitem__) if len(measured) > 1 else None

    @property
    def state(self) -> Literal["", "winner", "tie", "open"]:
        """As in `Standing`, or empty if there is nothing to compare; raw samples cannot show a tie."""
        if self.fastest is None:
            return ""
        if self.standing is not None:
            return self.standing.state
        return "winner" if len(self.leaders) == 1 else "open"

    @property
    def leaders(self) -> tuple[str, ...]:
        """Those that may be the fastest, or as good: of raw samples, all whose intervals overlap the fastest one's."""
        if self.fastest is None:
            return ()
        if self.standing is not None:
            return self.standing.leaders
        high = self.times[self.fastest].interval[1]
        return tuple(
            s
            for s, v in self.times.items()
            if v.state == "measured" and (s == self.fastest or not v.interval[0] > high)
        )


@dataclass(frozen=True)
class Workload:
    """A call of a workload, by size and strategy.

    Attributes
    ----------
    name : str
        Of the workload and of what is called: ``large_models.Forest.fit``.
    rows : list of Row
        In order of size; without sizes at which nothing was measured.
    strategies : dict of str to Strategy
        What is known of each, in the order in which they are shown.
    n_features : int or None
        Columns of the data; None if they are not known.
    facts : dict
        What else the suite states of it.
    benchmark : str
        That times it.
    """

    name: str
    rows: list[Row]
    strategies: dict[str, Strategy] = field(default_factory=dict)
    n_features: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    benchmark: str = ""

    @property
    def reference(self) -> str | None:
        """The strategy that speedups are relative to: the one that keeps to one core; None if there is none."""
        return next((name for name, strategy in self.strategies.items() if strategy.one_core), None)

    @property
    def tried(self) -> list[str]:
        """The strategies that were measured, or failed, at one size at least, in the order in which they are shown."""
        found = {s for row in self.rows for s, value in row.times.items() if value.state != "skipped"}
        return [name for name in self.strategies if name in found]

    def simplest_first(self, names: Iterable[str], memory: Mapping[str, float]) -> list[str]:
        """Order strategies by what they need: one core, all of them, a Dask cluster; then by memory.

        Parameters
        ----------
        names : iterable of str
            Strategies.
        memory : mapping of str to float
            Bytes, of those of which they are known, which go before the others. Up to `ranking.EQUAL` times the least
            of those that need the same cores is no difference: they stay in the order in which they are shown.
        """
        known = {name: self.strategies.get(name, Strategy(name)) for name in names}
        cores = {name: (s.dask, not s.one_core) for name, s in known.items()}
        least = {key: min(memory.get(n, math.inf) for n in cores if cores[n] == key) for key in cores.values()}

        def needs(name: str) -> tuple[tuple[bool, bool], float, int]:
            needed = memory.get(name, math.inf)
            more = needed if needed > ranking.EQUAL * least[cores[name]] else 0.0
            return cores[name], more, known[name].order

        return sorted(known, key=needs)

    def leaders(self, row: Row) -> list[str]:
        """Give the winner of a size, or those that are equal there, the one that needs least first.

        Of raw samples, which show nothing to be equal, the one with the smallest median is first.
        """
        memory = {s: v.number for s, v in row.memory.items() if v.state == "measured"}
        ordered = self.simplest_first(row.leaders, memory)
        return ordered if row.standing is not None else sorted(ordered, key=lambda s: s != row.fastest)

    def gain(self, row: Row) -> float | None:
        """Say how many times faster than the reference the first of the leaders is.

        Parameters
        ----------
        row : Row
            One size.

        Returns
        -------
        float or None
            None if the reference is among the leaders, or was not measured.
        """
        leaders, alone = self.leaders(row), row.times.get(self.reference or "")
        if not leaders or self.reference in leaders or alone is None or alone.state != "measured":
            return None
        return alone.number / row.times[leaders[0]].number


@dataclass(frozen=True)
class Other:
    """A call of a workload with other axes than size and strategy.

    Attributes
    ----------
    name : str
        Of the workload and of what is called.
    axes : tuple of str
        What its parameters are.
    values : dict of tuple of str to dict of str to Value
        By parameter set, then by kind of number.
    """

    name: str
    axes: tuple[str, ...]
    values: dict[tuple[str, ...], dict[str, Value]]


def by_size(recorded: Recorded, listed: Listed, compared: InRounds | None = None) -> dict[str, Workload]:
    """Arrange what is measured by size and strategy.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.
    listed : mapping
        The suite's benchmarks; what is recorded of others is read by its name and parameters.
    compared : mapping, optional
        As `breakeven.harness.compared.of_release` gives it: what is shown of those sizes in place of raw samples.

    Returns
    -------
    dict of str to Workload
        By name.
    """
    found = {}
    for name, calls in _by_call(recorded, listed).items():
        timed = next((b for b in calls.values() if b.kind.judged == "as time"), None)
        if timed is None or timed.axes != (SIZE, STRATEGY):
            continue
        tables = {kind: recorded[b.name] for kind, b in calls.items()}
        times = recorded[timed.name]
        rows = []
        for size in sorted({int(plain(n)) for n, _ in times}):
            scores, memory = (_at(tables.get(kind, {}), size) for kind in ("score", "peak memory"))
            row = Row(size, _at(times, size), scores, memory)
            found_in_rounds = (compared or {}).get((timed.name, size))
            rows.append(row if found_in_rounds is None else in_rounds(row, found_in_rounds))
        named = dict.fromkeys(s for row in rows for s in row.times)
        strategies = sorted((timed.strategies.get(s, Strategy(s)) for s in named), key=lambda s: s.order)
        known = [row for row in rows if any(v.state != "skipped" for v in row.times.values())]
        if known:
            by_name = {s.name: s for s in strategies}
            found[name] = Workload(name, known, by_name, timed.n_features, timed.facts, timed.name)
    return found


def in_rounds(row: Row, compared: Compared) -> Row:
    """Replace the times of a size by those that were measured side by side.

    Parameters
    ----------
    row : Row
        With raw samples.
    compared : Compared
        The same size.

    Returns
    -------
    Row
        The reference's seconds, and for every other strategy those times its ratio in each round, with the 99 %
        posterior interval. What was timed at another hour only is left out; what failed stays.
    """
    seconds = compared.seconds[compared.reference]
    times = {s: NOTHING if v.state == "measured" else v for s, v in row.times.items()}
    for strategy, ratios in compared.log_ratios.items():
        known = np.asarray(ratios)[np.isfinite(ratios)]
        if len(known) and strategy != compared.reference:
            times[strategy] = _of_ratios(seconds, known)
    times[compared.reference] = results.of_samples([seconds])
    none = np.zeros(max((len(ratios) for ratios in compared.log_ratios.values()), default=0))
    standing = ranking.rank({**compared.log_ratios, compared.reference: none})
    return replace(row, times=times, standing=standing)


def _of_ratios(seconds: float, ratios: Array) -> Value:
    samples = tuple(float(s) for s in seconds * np.exp(ratios))
    low, high = (seconds * math.exp(end) for end in ranking.interval(ratios, 0.01))
    return Value("measured", float(np.median(samples)), (low, high), samples)


def with_other_axes(recorded: Recorded, listed: Listed) -> Iterator[Other]:
    """Arrange everything else that is recorded.

    Parameters
    ----------
    recorded, listed : mapping
        As for `by_size`.

    Yields
    ------
    Other
        One a call of a workload; without parameter sets of which nothing is known.
    """
    for name, calls in _by_call(recorded, listed).items():
        first = next(iter(calls.values()))
        if first.axes == (SIZE, STRATEGY) and any(b.kind.judged == "as time" for b in calls.values()):
            continue
        values: dict[tuple[str, ...], dict[str, Value]] = {}
        for kind, benchmark in calls.items():
            for parameters, value in recorded[benchmark.name].items():
                if value.state != "skipped":
                    values.setdefault(parameters, {})[kind] = value
        if values:
            longest = max(calls.values(), key=lambda b: len(b.axes))
            yield Other(name, longest.axes, values)


def benchmarks(recorded: Recorded, listed: Listed) -> Iterator[tuple[Benchmark, Mapping[tuple[str, ...], Value]]]:
    """Pair what is recorded with what the suite states of it.

    Parameters
    ----------
    recorded, listed : mapping
        As for `by_size`.

    Yields
    ------
    benchmark : Benchmark
    values : mapping of tuple of str to Value
        By parameter set.
    """
    for name, values in recorded.items():
        yield suite.read(listed.get(name) or _described(name, values)), values


def _by_call(recorded: Recorded, listed: Listed) -> dict[str, dict[str, Benchmark]]:
    found: dict[str, dict[str, Benchmark]] = {}
    for benchmark, _ in benchmarks(recorded, listed):
        found.setdefault(f"{benchmark.workload}.{benchmark.call}", {})[benchmark.kind.name] = benchmark
    return found


def _described(name: str, values: Mapping[tuple[str, ...], Value]) -> dict[str, Any]:
    """Describe a benchmark that the suite no longer lists, as asv would."""
    params = [list(dict.fromkeys(column)) for column in zip(*values, strict=True)]
    is_time = name.rpartition(".")[2].startswith("time_")
    return {"name": name, "params": params, "type": "time" if is_time else "", "param_names": []}


def _at(values: Mapping[tuple[str, ...], Value], size: int) -> dict[str, Value]:
    return {str(plain(s)): v for (n, s), v in values.items() if plain(n) == size}
