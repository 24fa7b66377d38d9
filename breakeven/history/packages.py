"""Which of the packages that moved together changed a benchmark: the same search, over the stacks in between."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from breakeven.history import search
from breakeven.history.search import Candidate, Found, Line, Step
from breakeven.train import entries, tracked

#: Package to its version before and after; None where it is absent.
Moved = dict[str, tuple[str | None, str | None]]

#: How much less likely a package is at fault that the benchmark's process has not loaded; its workers may have.
UNLOADED = 0.02


class Bench(Protocol):
    """What measures one benchmark on stacks, each named as ``RELEASE + PACKAGE==VERSION + ...``."""

    @property
    def spent(self) -> float:
        """Seconds that all of its lines took."""

    def line(self, specs: Sequence[str]) -> Line:
        """Give a line of stacks, with the rounds that are kept of it."""

    def pins(self, spec: str) -> Mapping[str, str]:
        """Read what a stack holds; nothing if it cannot be had."""

    def loaded(self, spec: str) -> Collection[str]:
        """Name the packages that the benchmark's process has loaded on a stack that was measured."""

    def versions(self, package: str, before: str, after: str) -> list[str]:
        """List the versions of a package that were published between two, in order."""


@dataclass(frozen=True)
class Culprit:
    """What changed a benchmark within a release.

    Attributes
    ----------
    suspects : tuple of (Moved, float)
        Packages, each with the probability that it was these, most probable first; only one if it is known.
    together : Moved
        Packages without which the first suspect does not change the benchmark; empty if none are known.
    """

    suspects: tuple[tuple[Moved, float], ...]
    together: Moved


@dataclass(frozen=True)
class Guilt:
    """Who changed a benchmark between two releases.

    Attributes
    ----------
    culprits : tuple of Culprit
        From the first swapped to the last; empty if no package is known to have changed it alone.
    moved : Moved
        All that differ between the releases.
    sure : bool
        Whether nothing is left to measure.
    """

    culprits: tuple[Culprit, ...]
    moved: Moved
    sure: bool


@dataclass(frozen=True)
class Search:
    """How every line of a blame is searched.

    Attributes
    ----------
    bench : Bench
        Measures.
    tolerance : float
        Log-ratio that does not count.
    budget : float
        Seconds that all lines of the bench may take together.
    watch : callable
        Is told what is known after each round.
    """

    bench: Bench
    tolerance: float
    budget: float
    watch: search.Watch = lambda found: None

    def line(self, specs: Sequence[str], weights: Sequence[float] = ()) -> Found:
        """Search a line of stacks with what is left of the budget.

        Parameters
        ----------
        specs : sequence of str
            Stacks.
        weights : sequence of float
            As for `search.search`; all the same if none are given.
        """
        return self.along(self.bench.line(specs), weights or [1.0] * (len(specs) - 1))

    def along(self, line: Line, weights: Sequence[float]) -> Found:
        """Search a line that may have been measured already, as `line` does."""
        left = self.budget - (self.bench.spent - line.spent)
        return search.search(line, weights, self.tolerance, left, self.watch)


def guilty(by: Search, before: str, after: str) -> Guilt:
    """Find which packages changed a benchmark between two releases.

    Swaps the packages one after the other, and searches the stacks in between as any other line: in as few rounds as
    halving takes. Those that the benchmark's process does not load come last and are hardly suspected, so that one
    stack excludes them all. A package that is not tracked is followed through its own versions.

    Parameters
    ----------
    by : Search
        How.
    before, after : str
        Releases between which the benchmark changed.
    """
    moved: Moved = entries.difference(by.bench.pins(before), by.bench.pins(after))
    loaded = {*by.bench.loaded(before), *by.bench.loaded(after)}
    units = sorted(_units(moved), key=loaded.isdisjoint)
    specs = [_spec(before, units[:k]) for k in range(len(units))] + [after]
    if len(units) < 2:
        culprits, sure = [_followed(by, specs, units, 0)], True
    else:
        found = by.line(specs, [UNLOADED if loaded.isdisjoint(unit) else 1.0 for unit in units])
        steps = [step for step in found.steps if step.kind == "step"]
        culprits, sure = [_culprit(by, specs, units, step) for step in steps], found.sure and not found.failure
    return Guilt(tuple(culprits), moved, sure and all(len(c.suspects) == 1 for c in culprits))


def _culprit(by: Search, specs: Sequence[str], units: Sequence[Moved], step: Step) -> Culprit:
    if step.placed and step.after == step.before + 1:
        return _followed(by, specs, units, step.before)
    return Culprit(_suspects(step, lambda c: _joined(units[c.before : c.after])), {})


def _suspects(step: Step, moved: Callable[[Candidate], Moved]) -> tuple[tuple[Moved, float], ...]:
    """Name those that may be at fault; only the first if that is known."""
    return tuple((moved(c), c.probability) for c in step.candidates[: 1 if step.placed else None])


def _followed(by: Search, specs: Sequence[str], units: Sequence[Moved], at: int) -> Culprit:
    """Tell all that can be told of one unit: what it needs beside it, and which of its own versions it was."""
    before, after = by.bench.pins(specs[at]), by.bench.pins(specs[at + 1])
    # what else the resolver had to move with it
    moved = entries.difference(before, after) if before and after else units[at]
    return Culprit(_versions(by, specs[at], specs[at + 1], moved), _needed(by, specs[0], units, at))


def _versions(by: Search, before: str, after: str, moved: Moved) -> tuple[tuple[Moved, float], ...]:
    """Follow a package that is not tracked through its versions between two stacks; the others are told as they are."""
    (name, (old, new)), *more = moved.items()
    if old and new and not more and not tracked.names([name]):
        versions = [old, *by.bench.versions(name, old, new), new]
        specs = [before, *(f"{before} + {name}=={v}" for v in versions[1:-1]), after]
        steps = by.line(specs).steps if len(specs) > 2 else ()
        if steps:
            largest = max(steps, key=lambda step: abs(math.log(step.ratio)))
            return _suspects(largest, lambda c: {name: (versions[c.before], versions[c.after])})
    return ((moved, 1.0),)


def _needed(by: Search, before: str, units: Sequence[Moved], at: int) -> Moved:
    """Find without which of the units swapped before it a unit changes nothing."""
    needed: list[int] = []
    while len(needed) < at:
        chosen = sorted([*needed, at])
        alone = by.line([before, _spec(before, [units[k] for k in chosen])])
        if alone.failure or alone.steps or not alone.sure:
            break
        others = [k for k in range(at) if k not in needed]
        growing = [sorted([*chosen, *others[:n]]) for n in range(len(others) + 1)]
        found = by.line([_spec(before, [units[k] for k in stack]) for stack in growing])
        known = [s for s in found.steps if s.kind == "step" and s.placed]
        if not known:
            break
        needed.append(others[known[0].before])
    return _joined([units[k] for k in sorted(needed)])


def _units(moved: Moved) -> list[Moved]:
    """Group what is released together, for one cannot be had without the other."""
    groups: dict[str, Moved] = {}
    for name, versions in moved.items():
        groups.setdefault(tracked.released_with(name) or name, {})[name] = versions
    return list(groups.values())


def _spec(release: str, units: Sequence[Moved]) -> str:
    # what a stack lacks cannot be asked for: it comes with the last place, which is the release itself
    return " + ".join([release, *(f"{name}=={new}" for unit in units for name, (_, new) in unit.items() if new)])


def _joined(units: Sequence[Moved]) -> Moved:
    return {name: versions for unit in units for name, versions in unit.items()}
