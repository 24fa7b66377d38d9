"""What is recorded for a release, arranged by workload: strategies by size, and whatever has other axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from breakeven.harness import suite
from breakeven.harness.results import Value, plain
from breakeven.harness.suite import SIZE, STRATEGY, Benchmark, Strategy

#: What is recorded for a release: benchmark to parameter set to value.
Recorded = Mapping[str, Mapping[tuple[str, ...], Value]]

#: As `breakeven.harness.results.Store.benchmarks` gives it.
Listed = Mapping[str, Mapping[str, Any]]

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
    """

    n_samples: int
    times: dict[str, Value]
    scores: dict[str, Value]
    memory: dict[str, Value]

    @property
    def fastest(self) -> str | None:
        """The strategy with the smallest median; ``None`` if there is nothing to compare."""
        measured = {s: v.number for s, v in self.times.items() if v.state == "measured"}
        return min(measured, key=measured.__getitem__) if len(measured) > 1 else None

    @property
    def clear(self) -> bool:
        """Whether the fastest one's interval lies below all the others'."""
        fastest = self.fastest
        if fastest is None:
            return False
        others = [v for s, v in self.times.items() if s != fastest and v.state == "measured"]
        return all(self.times[fastest].interval[1] < v.interval[0] for v in others)


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

    def gain(self, row: Row) -> float | None:
        """Say how many times faster than the reference the fastest strategy is.

        Parameters
        ----------
        row : Row
            One size.

        Returns
        -------
        float or None
            None if the fastest is the reference itself, or if that was not measured.
        """
        alone = row.times.get(self.reference or "")
        if row.fastest in (None, self.reference) or alone is None or alone.state != "measured":
            return None
        return alone.number / row.times[str(row.fastest)].number


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


def by_size(recorded: Recorded, listed: Listed) -> dict[str, Workload]:
    """Arrange what is measured by size and strategy.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.
    listed : mapping
        The suite's benchmarks; what is recorded of others is read by its name and parameters.

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
        rows = [
            Row(
                size,
                _at(times, size),
                _at(tables.get("score", {}), size),
                _at(tables.get("peak memory", {}), size),
            )
            for size in sorted({int(plain(n)) for n, _ in times})
        ]
        named = dict.fromkeys(s for row in rows for s in row.times)
        strategies = sorted((timed.strategies.get(s, Strategy(s)) for s in named), key=lambda s: s.order)
        known = [row for row in rows if any(v.state != "skipped" for v in row.times.values())]
        if known:
            by_name = {s.name: s for s in strategies}
            found[name] = Workload(name, known, by_name, timed.n_features, timed.facts, timed.name)
    return found


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
    return {"name": name, "params": params, "type": "time" if is_time else "track", "param_names": []}


def _at(values: Mapping[tuple[str, ...], Value], size: int) -> dict[str, Value]:
    return {str(plain(s)): v for (n, s), v in values.items() if plain(n) == size}
