"""Does taking turns change what is measured? The engine tried on a release against itself.

In each round two processes of the same release take turns as in a gate, in blocks: as a gate has it; with one of them
absent, at the same cadence; with nobody asleep, each turn waiting until the other is quiet, as where nothing can be put
to sleep; and without waiting, settling and batching, as turns were before. So what is compared was measured by the same
processes within seconds. Further turns as a gate has them follow. Once the first rounds are measured, further ones have
such turns only, as many as the planned standard error needs.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import lines
from breakeven.errors import BreakevenError
from breakeven.harness import balance, guard, turns
from breakeven.harness.arms import AsvArm, Process
from breakeven.harness.balance import Start
from breakeven.harness.lent_cluster import LentCluster
from breakeven.harness.measuring_process import CORES
from breakeven.harness.player import Plan, Player


@dataclass(frozen=True)
class Tried:
    """A benchmark that the engine is tried on.

    Attributes
    ----------
    label : str
        What stands in the table.
    benchmark : str
        asv's name.
    parameters : tuple of str
        As asv writes them.
    block : int
        Turns of a block, a multiple of four: two on each of two cores. More of what takes now one time and now another:
        calls on loky take 14, 19 or 24 ms, so that medians of four differ by a quarter.
    further, later : int
        Turns of a round after its blocks, and of one without blocks: by the variances of an earlier trial, few where
        most of the noise is from process to process.
    error : float
        The largest standard error of a mean log-ratio.
    lent : bool
        Whether it uses a cluster that is lent, as in a gate, and not its own, as where strategies are compared.
    """

    label: str
    benchmark: str
    parameters: tuple[str, ...]
    block: int
    further: int
    later: int
    error: float = 0.0025
    lent: bool = False


def _tried(
    label: str,
    benchmark: str,
    size: str,
    strategy: str,
    block: int,
    further: int,
    later: int,
    error: float = 0.0025,
    lent: bool = False,
) -> Tried:
    return Tried(label, benchmark, (size, repr(strategy)), block, further, later, error, lent)


_SEARCH = "large_models.GridSearchSmall.time_fit"
_KMEANS = "large_datasets.KMeansLloyd.time_fit"

#: From what one core computes to what runs on a cluster.
EVERY = (
    Tried("matrix products, all cores", "layers.MatrixProducts.time_products", (), 4, 40, 12),
    Tried("PCA, all cores", "layers.PrincipalComponents.time_fit", (), 4, 40, 12),
    _tried("k-means, one core", _KMEANS, "20000", "serial", 4, 32, 12),
    _tried("k-means, all cores", _KMEANS, "200000", "all-cores", 4, 32, 8),
    _tried("forest, threads", "large_models.Forest.time_fit", "500", "threads", 4, 48, 48),
    _tried("grid search, loky", _SEARCH, "200", "all-cores", 16, 112, 48),
    _tried("grid search, dask-joblib", _SEARCH, "200", "dask-joblib", 8, 24, 16, 0.01),
    _tried("grid search, dask_ml", _SEARCH, "200", "dask-ml", 8, 16, 16, 0.01),
    _tried("grid search, dask_ml, lent cluster", _SEARCH, "200", "dask-ml", 8, 24, 16, 0.01, lent=True),
)

#: Rounds that have blocks; how many follow is planned by their scatter.
FIRST = 16

#: Blocks of a round, of `Slice.mode` each; another one is the first in each round.
BLOCKS = ("turns", "alone", "awake", "turns", "alone", "before")

#: What turns may add to a time alone.
DISTURBANCE = 0.03


@dataclass(frozen=True)
class Slice:
    """The calls of one arm in one turn.

    Attributes
    ----------
    block : int
        From 0; each has turns of one kind.
    mode : {"turns", "alone", "awake", "before", "further"}
        As a gate has it; the other arm absent; nobody asleep, but quiet; as turns were before; or again as a gate has
        it, in the turns that follow the blocks.
    turn : int
        Within the block, from 0.
    side : {0, 1}
        Which arm.
    first : bool
        Whether its slice is the first of the turn.
    core : int
        Number of the core, for what keeps to one.
    seconds : float
        Median of its calls.
    """

    block: int
    mode: str
    turn: int
    side: int
    first: bool
    core: int
    seconds: float


@dataclass(frozen=True)
class Round:
    """Two fresh processes, and all their slices.

    Attributes
    ----------
    label : str
        Of the benchmark.
    number : int
        From 1.
    swapped : bool
        Whether the arms had changed environments.
    slices : list of Slice
        In order.
    """

    label: str
    number: int
    swapped: bool
    slices: list[Slice]


#: Says how many rounds a benchmark is to have, by those that it has.
Planned = Callable[[Tried, Sequence[Round]], int]


def measure(
    arms: tuple[AsvArm, AsvArm], path: Path, known: Sequence[Round], planned: Planned
) -> Iterator[tuple[Round, int]]:
    """Measure the rounds that a file does not have yet, and add each to it.

    Parameters
    ----------
    arms : tuple of two AsvArm
        Of the same release, in two environments.
    path : Path
        The file.
    known : sequence of Round
        What it has.
    planned : callable
        Says how many rounds there are to be.

    Yields
    ------
    Round, int
        A round, and how many are planned so far, of all benchmarks.

    Raises
    ------
    BreakevenError
        The suite lacks a benchmark, a process failed, or the file cannot be written.
    """
    missing = [t.benchmark for t in EVERY if t.benchmark not in arms[0].benchmarks]
    if missing:
        raise BreakevenError(f"The engine is tried on benchmarks that this suite lacks: {', '.join(missing)}")
    own = {tried: [r for r in known if r.label == tried.label] for tried in EVERY}
    plan = {tried: planned(tried, rounds) for tried, rounds in own.items()}
    while following := [t for t in EVERY if len(own[t]) < plan[t]]:
        tried = min(following, key=lambda t: len(own[t]))
        found = _round(tried, len(own[tried]) + 1, arms)
        _keep(found, path)
        own[tried].append(found)
        if len(own[tried]) == plan[tried]:
            plan[tried] = planned(tried, own[tried])
        yield found, sum(plan.values())


def load(path: Path) -> list[Round]:
    """Read rounds; a torn last line is cut off.

    Parameters
    ----------
    path : Path
        The file; none is no rounds.

    Raises
    ------
    BreakevenError
        It is damaged otherwise.
    """
    return [Round(**found | {"slices": [Slice(*s) for s in found["slices"]]}) for found in lines.mended(path)]


def _keep(found: Round, path: Path) -> None:
    lines.write(path, [asdict(found) | {"slices": [list(asdict(s).values()) for s in found.slices]}])


def _round(tried: Tried, number: int, arms: tuple[AsvArm, AsvArm]) -> Round:
    def flip(factor: str) -> int:
        return balance.flip(0, tried.label, factor, number)

    swapped = bool(flip("environment"))
    places = arms[::-1] if swapped else arms
    one_core = arms[0].one_core(tried.benchmark, tried.parameters)
    start = Start(flip("order"), flip("core"))

    def lend(place: int) -> LentCluster | None:
        return places[place].lend(tried.benchmark, tried.parameters, anew=True) if tried.lent else None

    plan = Plan(
        0.0, tried.block, arms[0].benchmarks[tried.benchmark]["timeout"], start, (one_core, one_core), 2, lend=lend
    )

    def reader(place: int) -> Any:
        server = flip(f"server {place}")
        return lambda seat: places[place].read(tried.benchmark, tried.parameters, Process(seat=seat, server=server))

    def laid_out(n_turns: int) -> Iterator[tuple[int, balance.Turn]]:
        return enumerate(itertools.islice(balance.turns(2, max(len(CORES), 1), start), n_turns))

    with turns.seated([reader(0), reader(1)], plan, guard.own()) as players:
        if not all(p.playing for p in players):
            why = next(p.reading().error for p in players if not p.playing)
            raise BreakevenError(f"The engine cannot be tried on {tried.label}: {why}")
        shift, first = number % len(BLOCKS), number <= FIRST
        slices: list[Slice] = []
        for block, mode in enumerate(BLOCKS[shift:] + BLOCKS[:shift] if first else ()):
            for at, turn in laid_out(tried.block):
                slices += list(_PLAYED[mode](players, turn, block, at))
        for at, turn in laid_out(tried.further if first else tried.later):
            slices += list(_in_turns(players, turn, len(BLOCKS), at, "further"))
        for player in players:
            player.dismiss()
        for player in players:
            player.reading()  # its server has ended all that is left then, and would end what the next round starts
    return Round(tried.label, number, swapped, slices)


def _in_turns(players: list[Player], turn: balance.Turn, block: int, at: int, mode: str = "turns") -> Iterator[Slice]:
    calls = [p.calls(turns.length(players)) for p in players]
    before = [len(p.seconds) for p in players]
    turns.turn(players, turn, at, calls)
    for place, side in enumerate(turn.order):
        player = players[side]
        taken = player.seconds[before[side] :]
        yield Slice(block, mode, at, side, place == 0, turn.core, float(np.median(taken)))


def _alone(players: list[Player], turn: balance.Turn, block: int, at: int) -> Iterator[Slice]:
    """Let one arm have its turn while the other one sleeps on: each has two in a row, on both cores over two blocks."""
    side = (at // 2 + (block >= len(BLOCKS) // 2)) % 2
    player, other = players[side], players[1 - side]
    slice_ = turns.length(players)
    other.sleep()
    player.wake()
    time.sleep((1 + other.calls(slice_)) * other.call)  # as long as its untimed call and its slice would take
    before = len(player.seconds)
    player.settle(turn.core)
    player.slice(at, -1, turn.core, player.calls(slice_))
    yield Slice(block, "alone", at, side, True, turn.core, float(np.median(player.seconds[before:])))


def _awake(players: list[Player], turn: balance.Turn, block: int, at: int) -> Iterator[Slice]:
    """Let each have its slice while the other one is awake, but quiet."""
    for player in players:
        player.wake()
        player.freezes = False
    yield from _in_turns(players, turn, block, at, "awake")
    for player in players:
        player.wake()
        player.freezes = True


def _as_before(players: list[Player], turn: balance.Turn, block: int, at: int) -> Iterator[Slice]:
    """Let each make a call with nobody asleep, and no untimed call."""
    for player in players:
        player.wake()
    for place, side in enumerate(turn.order):
        player = players[side]
        player.slice(at, -1, turn.core, 1)
        yield Slice(block, "before", at, side, place == 0, turn.core, player.seconds[-1])


_PLAYED = {"turns": _in_turns, "alone": _alone, "awake": _awake, "before": _as_before}
