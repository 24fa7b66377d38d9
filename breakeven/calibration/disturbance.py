"""What the trial of the engine shows: by how much turns change a time, and whether a side or a core is favoured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from breakeven.calibration.self_test import EVERY, TURNS, Round, Slice, Tried
from breakeven.statistics.arrays import Array

#: Blocks whose noise is compared: with the other arm asleep, and with it awake but quiet.
_BLOCKS = {"now": "turns", "awake": "awake"}


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
    rounds : int
        How many.
    seconds : float
        Median time of a call alone.
    before, awake, now : Mean
        Log of the time in turns over the time alone: as turns were; with nobody asleep, but quiet; and as they are.
    noise : dict of str to float
        Standard deviation of a turn's log-ratio of the release against itself, within rounds: "now" and "awake".
    means : dict of str to Mean
        Mean log-ratio of the release against itself: of all turns, and of those of one order or core.
    """

    tried: Tried
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
        if len(own) > 1:
            alone = [float(np.median([s.seconds for s in r.slices if s.mode == "alone"])) for r in own]
            means = {"all": _mean([_ratios(r) for r in own])}
            means |= {("BASE first", "HEAD first")[at]: _mean([_ratios(r, first=at) for r in own]) for at in (0, 1)}
            cores = sorted({s.core for r in own for s in r.slices}) if _pinned(tried) else []
            means |= {f"core {core}": _mean([_ratios(r, core=core) for r in own]) for core in cores}
            before, awake, now = (_mean([_over_alone(r, mode) for r in own]) for mode in ("before", "awake", "turns"))
            # of blocks that alternate
            noise = {
                name: _noise(np.concatenate([_ratios(r, (mode,)).reshape(-1, TURNS) for r in own]))
                for name, mode in _BLOCKS.items()
            }
            found.append(Summary(tried, len(own), float(np.median(alone)), before, awake, now, noise, means))
    return found


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


def _noise(blocks: Array) -> float:
    """Estimate the standard deviation of a turn from differences within blocks, whatever happens now and then."""
    one, other = np.triu_indices(blocks.shape[1], 1)
    return float(np.median(np.abs(blocks[:, one] - blocks[:, other])) / (np.sqrt(2) * stats.norm.ppf(0.75)))


def _ratios(
    found: Round,
    modes: tuple[str, ...] = ("turns", "further"),
    first: int | None = None,
    core: int | None = None,
) -> Array:
    """Give HEAD over BASE turn by turn: of all, or of those in which one was first, or on a core."""
    turns: dict[tuple[int, int], dict[int, Slice]] = {}
    for s in found.slices:
        if s.mode in modes:
            turns.setdefault((s.block, s.turn), {})[s.side] = s
    return np.array(
        [
            np.log(sides[1].seconds / sides[0].seconds)
            for sides in turns.values()
            if (first is None or sides[first].first) and (core is None or sides[0].core == core)
        ]
    )
