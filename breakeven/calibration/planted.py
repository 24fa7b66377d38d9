"""How often `blame` is right: steps planted in a line of releases, with the noise of recorded rounds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from breakeven.calibration import controls
from breakeven.errors import BreakevenError
from breakeven.harness import kinds
from breakeven.harness.cases import Experience
from breakeven.harness.record import Record
from breakeven.history import packages, releases

#: Releases of a line, and packages that each has moved, of which one changed the benchmark where a step is planted.
N_RELEASES, N_PACKAGES = 30, 20

#: Seconds that a search may take.
BUDGET = 1200.0

#: Rounds without a change that a benchmark needs to be drawn from.
ENOUGH = 8

#: Steps that are planted, by name: the factors of their sizes.
SITUATIONS: dict[str, tuple[int, ...]] = {
    "none": (),
    "one step": (1,),
    "two steps": (1, 1),
    "one undone later": (1, -1),
}


class PlantedLine:
    """Stacks of known levels, measured with noise drawn from what was recorded.

    Each arm's noise relative to the anchor is a draw of its own. A round takes the recorded time of two arms, and half
    of it more for each further one.
    """

    def __init__(self, levels: Sequence[float], noise: Experience, rng: np.random.Generator) -> None:
        self._levels, self._noise, self._rng = levels, noise, rng
        self.rounds: list[Mapping[int, float | None]] = []
        self.spent = 0.0

    def round(self, places: Sequence[int]) -> Mapping[int, float | None]:
        """Draw a reading of each place but the anchor."""
        anchor, *others = places
        change = {p: self._levels[p] - self._levels[anchor] for p in others}
        self.rounds.append({p: c + float(self._rng.choice(self._noise.ratios)) for p, c in change.items()})
        self.spent += self._noise.seconds * len(places) / 2
        return self.rounds[-1]

    def why(self, place: int) -> str:
        """Nothing fails here."""
        raise AssertionError(place)


class PlantedBench:
    """Releases ``0`` to ``29``; each moves all packages, and at a planted one one of them changes the time.

    Parameters
    ----------
    steps : mapping of int to float
        Release to the log-ratio by which it changes the time.
    noise : Experience
        To draw from.
    rng : numpy.random.Generator
        Draws the guilty packages and the noise.

    Attributes
    ----------
    guilty : dict of int to str
        Release to the package that did it.
    """

    def __init__(self, steps: Mapping[int, float], noise: Experience, rng: np.random.Generator) -> None:
        self._steps, self._noise, self._rng = steps, noise, rng
        self._names = [f"package-{k:02}" for k in range(N_PACKAGES)]
        self.guilty = {release: str(rng.choice(self._names)) for release in steps}
        self._lines: list[PlantedLine] = []

    @property
    def spent(self) -> float:
        """Seconds that all of its lines took."""
        return sum(line.spent for line in self._lines)

    def line(self, specs: Sequence[str]) -> PlantedLine:
        """Give a line of stacks."""
        self._lines.append(PlantedLine([self._level(self.pins(s)) for s in specs], self._noise, self._rng))
        return self._lines[-1]

    def pins(self, spec: str) -> Mapping[str, str]:
        """Read what a stack holds: each package has the number of its release."""
        release, *overrides = spec.split(" + ")
        return dict.fromkeys(self._names, release) | dict(o.split("==") for o in overrides)

    def loaded(self, spec: str) -> Collection[str]:
        """Name them all."""
        return self._names

    def versions(self, package: str, before: str, after: str) -> list[str]:
        """None lie between two releases."""
        return []

    def _level(self, pins: Mapping[str, str]) -> float:
        return sum(size for r, size in self._steps.items() if int(pins[self.guilty[r]]) >= r)


@dataclass(frozen=True)
class Outcome:
    """What one search came to.

    Attributes
    ----------
    planted : int
        Steps.
    placed : int
        Those of them that are told as a step of their release.
    packages : int
        Those of them whose package is told, and no other.
    false : int
        Changes that are told as known and are none.
    sure : bool
        Whether the search over releases ended before its budget did.
    minutes : tuple of float
        Until the releases were known, and the packages.
    """

    planted: int
    placed: int
    packages: int
    false: int
    sure: bool
    minutes: tuple[float, float]


def search(situation: str, size: float, noise: Experience, rng: np.random.Generator) -> Outcome:
    """Plant steps and look for them as ``breakeven blame`` does.

    Parameters
    ----------
    situation : str
        A key of `SITUATIONS`.
    size : float
        Change of the time, as a share.
    noise : Experience
        To draw from.
    rng : numpy.random.Generator
        Draws everything.
    """
    factors = SITUATIONS[situation]
    places = np.sort(rng.choice(np.arange(1, N_RELEASES), len(factors), replace=False))
    steps = {int(place): factor * float(np.log1p(size)) for place, factor in zip(places, factors, strict=True)}
    bench = PlantedBench(steps, noise, rng)
    by = packages.Search(bench, float(np.log1p(kinds.TOLERANCE)), BUDGET)
    found = releases.changed(by, [str(k) for k in range(N_RELEASES)])
    told = [(s.before, s.after) for s in found.steps if s.placed]
    right = [(before, after) for before, after in told if after in steps and after == before + 1]
    spent = bench.spent
    named = 0
    for before, after in right:
        guilt = packages.guilty(by, str(before), str(after))
        named += [[set(moved) for moved, _ in c.suspects] for c in guilt.culprits] == [[{bench.guilty[after]}]]
    return Outcome(
        len(steps), len(right), named, len(told) - len(right), found.sure, (spent / 60, bench.spent / 60)
    )  # fmt: skip


@dataclass(frozen=True)
class Rates:
    """What many searches came to.

    Attributes
    ----------
    situation, size
        As for `search`.
    searches : int
        How many.
    placed, packages : float
        Shares of the planted steps that were placed on their release, and of their package; NaN if none are planted.
    false : float
        Share of the searches that told a change that is none.
    undecided : float
        Share of the searches that the budget ended.
    minutes : tuple of tuple of float
        Until the releases were known, and the packages: median and 95th percentile of each.
    """

    situation: str
    size: float
    searches: int
    placed: float
    packages: float
    false: float
    undecided: float
    minutes: tuple[tuple[float, float], tuple[float, float]]


def rates(situation: str, size: float, noises: Sequence[Experience], n_searches: int, seed: int = 0) -> Rates:
    """Search many times, each benchmark's noise in turn.

    Parameters
    ----------
    situation, size
        As for `search`.
    noises : sequence of Experience
        Of the benchmarks.
    n_searches : int
        How many.
    seed : int
        Of the draws.
    """
    done = [
        search(situation, size, noises[number % len(noises)], np.random.default_rng([seed, number]))
        for number in range(n_searches)
    ]
    planted = sum(o.planted for o in done)
    minutes = np.quantile([o.minutes for o in done], [0.5, 0.95], axis=0)
    return Rates(
        situation,
        size,
        n_searches,
        sum(o.placed for o in done) / planted if planted else float("nan"),
        sum(o.packages for o in done) / planted if planted else float("nan"),
        sum(o.false > 0 for o in done) / n_searches,
        sum(not o.sure for o in done) / n_searches,
        ((float(minutes[0, 0]), float(minutes[1, 0])), (float(minutes[0, 1]), float(minutes[1, 1]))),
    )


def noises(recorded: Sequence[Record]) -> list[Experience]:
    """Choose the benchmarks whose noise can be drawn from.

    Parameters
    ----------
    recorded : sequence of Record
        As from `controls.load`; those without a change count.

    Raises
    ------
    BreakevenError
        No benchmark has enough rounds.
    """
    found = [e for e in controls.experience(recorded).values() if len(e.ratios) >= ENOUGH]
    if not found:
        raise BreakevenError(f"No benchmark has {ENOUGH} rounds without a change: run breakeven calibrate first")
    return found


def every_situation(recorded: Sequence[Record], sizes: Sequence[float], n_searches: int) -> Iterator[Rates]:
    """Try all situations, on all cores.

    Parameters
    ----------
    recorded : sequence of Record
        As from `controls.load`; those without a change count.
    sizes : sequence of float
        Of the steps, as shares.
    n_searches : int
        For each situation and size.

    Yields
    ------
    Rates
        In order, as soon as they are computed.

    Raises
    ------
    BreakevenError
        No benchmark has enough rounds.
    """
    known = noises(recorded)
    jobs = [(s, size) for s, factors in SITUATIONS.items() for size in (sizes if factors else (0.0,))]
    with ProcessPoolExecutor() as pool:
        yield from pool.map(rates, *zip(*((s, size, known, n_searches) for s, size in jobs), strict=True))
