"""What the trial of the engine shows: by how much turns change a time, and whether a side or a core is favoured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from breakeven.calibration.self_test import BLOCKS, EVERY, FIRST, Round, Slice, Tried
from breakeven.statistics.arrays import Array

#: Blocks whose noise is compared: with the other arm asleep, and with it awake but quiet.
_NOISES = {"now": "turns", "awake": "awake"}

#: What has turns as a gate has them.
_IN_TURNS = ("turns", "further")

#: How many times the rounds are planned that the scatter so far asks for: a scatter of few rounds is uncertain.
MARGIN = 1.2


@dataclass(frozen=True)
class Mean:
    """A mean over rounds.

    Attributes
    ----------
    value, error : float
        The mean log-ratio and its standard error.
    freedom : int
        Degrees of freedom of the error.
    """

    value: float
    error: float
    freedom: int


@dataclass(frozen=True)
class Summary:
    """What the rounds of one benchmark show.

    Attributes
    ----------
    tried : Tried
        The benchmark.
    in_blocks, rounds : int
        How many have blocks, and how many there are.
    seconds : float
        Median time of a call alone.
    before, awake, now : Mean
        Log of the time in turns over the time alone: as turns were; with nobody asleep, but quiet; and as they are.
    noise : dict of str to float
        Standard deviation of a turn's log-ratio of the release against itself, within rounds: "now" and "awake".
    means : dict of str to Mean
        Mean log-ratio of the release against itself: of all rounds, of those in which one comes first, and of the turns
        on a core.
    """

    tried: Tried
    in_blocks: int
    rounds: int
    seconds: float
    before: Mean
    awake: Mean
    now: Mean
    noise: dict[str, float]
    means: dict[str, Mean]


def summaries(rounds: list[Round]) -> list[Summary]:
    """Sum the rounds up by benchmark."""
    found = []
    for tried in EVERY:
        own = [r for r in rounds if r.label == tried.label]
        if len(own) > 3:
            blocks = [r for r in own if any(s.mode == "alone" for s in r.slices)]
            alone = [float(np.median([s.seconds for s in r.slices if s.mode == "alone"])) for r in blocks]
            before, awake, now = (
                _mean([_over_alone(r, mode) for r in blocks]) for mode in ("before", "awake", "turns")
            )
            # of blocks that alternate
            noise = {
                name: _noise([b for r in blocks for b in np.split(_ratios(r, (mode,)), BLOCKS.count(mode))])
                for name, mode in _NOISES.items()
            }
            seconds, means = float(np.median(alone)), means_of(tried, own)
            found.append(Summary(tried, len(blocks), len(own), seconds, before, awake, now, noise, means))
    return found


def means_of(tried: Tried, own: Sequence[Round]) -> dict[str, Mean]:
    """Give the mean log-ratio of a benchmark against itself: of all rounds, of one order's, and of the turns on a core.

    Parameters
    ----------
    tried : Tried
        The benchmark.
    own : sequence of Round
        Its rounds, two of each order at least.
    """
    means = {"all": _mean([_ratios(r) for r in own])}
    means |= {("BASE first", "HEAD first")[at]: _mean([_ratios(r) for r in own if _first(r) == at]) for at in (0, 1)}
    cores = sorted({s.core for r in own for s in r.slices}) if _pinned(tried) else []
    return means | {f"core {core}": _mean([_ratios(r, core=core) for r in own]) for core in cores}


def planned(tried: Tried, own: Sequence[Round]) -> int:
    """Say how many rounds a benchmark is to have, so that no standard error is larger than it may be.

    In stages: the number of rounds after which one ends is fixed when it begins, by the scatter of the rounds before
    and not by their means, so that no mean looks better for it (C. Stein, Annals of Mathematical Statistics 16, 1945,
    243-258).

    Parameters
    ----------
    tried : Tried
        The benchmark.
    own : sequence of Round
        Its rounds so far.
    """
    n = FIRST
    while len(own) >= n and (worst := max(m.error for m in means_of(tried, own[:n]).values())) > tried.error:
        n = math.ceil(MARGIN * n * (worst / tried.error) ** 2)
    return n


def limit(mean: Mean, checks: int, level: float = 0.01) -> float:
    """Give how far from 0 a mean may lie, if all checks together are to fail with this chance where the truth is 0.

    Parameters
    ----------
    mean : Mean
        With its standard error.
    checks : int
        How many there are (Bonferroni).
    level : float
        Chance that any fails.

    Returns
    -------
    float
        As a log-ratio, by Student's t.
    """
    return float(mean.error * stats.t.isf(level / checks / 2, mean.freedom))


def _pinned(tried: Tried) -> bool:
    return "'serial'" in tried.parameters


def _mean(values: list[Array]) -> Mean:
    # of each round the median over its turns, as a gate sums it up
    each = np.array([np.median(v) for v in values])
    return Mean(float(each.mean()), float(stats.sem(each)), len(each) - 1)


def _over_alone(found: Round, mode: str) -> Array:
    """Compare each arm with itself: the medians of its slices of a mode and of those alone."""
    logs = [
        np.median([np.log(s.seconds) for s in found.slices if s.mode == mode and s.side == side])
        - np.median([np.log(s.seconds) for s in found.slices if s.mode == "alone" and s.side == side])
        for side in (0, 1)
    ]
    return np.array(logs)


def _noise(blocks: Sequence[Array]) -> float:
    """Estimate the standard deviation of a turn from differences within blocks, whatever happens now and then."""
    pairs = [np.triu_indices(len(block), 1) for block in blocks]
    apart = np.concatenate([block[one] - block[other] for block, (one, other) in zip(blocks, pairs, strict=True)])
    return float(np.median(np.abs(apart)) / (np.sqrt(2) * stats.norm.ppf(0.75)))


def _first(found: Round) -> int:
    """Say which arm comes first in each turn of a round."""
    return next(s.side for s in found.slices if s.mode in _IN_TURNS and s.first)


def _ratios(found: Round, modes: tuple[str, ...] = _IN_TURNS, core: int | None = None) -> Array:
    """Give HEAD over BASE turn by turn: of all, or of those on a core."""
    turns: dict[tuple[int, int], dict[int, Slice]] = {}
    for s in found.slices:
        if s.mode in modes:
            turns.setdefault((s.block, s.turn), {})[s.side] = s
    return np.array(
        [
            np.log(sides[1].seconds / sides[0].seconds)
            for sides in turns.values()
            if core is None or sides[0].core == core
        ]
    )
