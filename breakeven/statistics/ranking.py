"""Which of several strategies is the fastest, and which are as good, from log-ratios within rounds.

A choice is made by 10 %, not by 1 %, and a user waits for it. So one or two rounds must do, and the noise between
rounds is not learned from them alone: its scale is taken as that of recorded rounds, `USUAL`, with Student's t for
the noise. Each pair of strategies gets a posterior interval of the difference of its log-ratios within rounds, with any
difference as likely as another before, at a level divided by the number of pairs (Bonferroni): all of them hold
together with a chance of 95 %. Such an interval does not depend on when one stops; simulation in the tests shows how
often it is wrong. The logarithm of a strategy's time over that of the fastest is the largest of its differences to all
strategies, itself included, so the largest lower and the largest upper ends of its intervals are an interval of it
(comparison with the best: J. C. Hsu, The Annals of Statistics 12, 1984, 1136-1144).

What is said of a strategy follows from that interval alone:

============================================  =====================================================
interval of its time over the fastest one's   word
============================================  =====================================================
above 1.1                                     "slower"
up to 1.1                                     "equal": it cannot differ from the fastest by more
above 1 and up to 1.2                         "slightly slower": where the truth lies at 1.1 itself
anything else                                 "open"
============================================  =====================================================

The three ranges overlap and leave nothing out, so that enough rounds give every strategy a word, wherever the truth
lies: at worst an interval from -4 to +4 % is needed.

Until each has one, the intervals still answer: those that may be the fastest are a tie, and `Standing.within` tells how
many times as long as the fastest any of them can take. With few rounds that is more than 1.1, and is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from breakeven.statistics.arrays import Array
from breakeven.statistics.sequential import DEGREES, Guess

#: A strategy that takes up to so many times as long as the fastest is as good as it.
EQUAL = 1.1

#: Up to here one that is slower for certain is only slightly so.
SLIGHTLY = 1.2

Word = Literal["equal", "slightly slower", "slower", "open"]

#: Chance that anything said of a workload at a size is wrong.
LEVEL = 0.05

#: What is thought of the scale of the noise between rounds: those of strategies that share no two modes had 0.4 to 1 %.
USUAL = Guess(0.015, 0.8)

# Quadrature: differences in units of the usual scale around the middle of the rounds, and scales.
_DISTANCES: Array = np.sinh(np.linspace(-7, 7, 401))
_GRAIN: Array = np.gradient(_DISTANCES)
_LOGS: Array = USUAL.spread * np.linspace(-4, 6, 31)


@dataclass(frozen=True)
class Place:
    """How a strategy compares with the fastest.

    Attributes
    ----------
    ratio : float
        Its time over that of the one with the smallest median, at least 1.
    low, high : float
        95 % interval of its time over that of the fastest, whichever that is; for all strategies together.
    word : {"equal", "slightly slower", "slower", "open"}
        What is established.
    """

    ratio: float
    low: float
    high: float
    word: Word


@dataclass(frozen=True)
class Standing:
    """What the rounds say of all strategies.

    Attributes
    ----------
    places : dict of str to Place
        By strategy, in order of their ratios.
    """

    places: dict[str, Place]

    @property
    def settled(self) -> bool:
        """Whether every strategy has its word, so that further rounds are not needed."""
        words = [place.word for place in self.places.values()]
        return "equal" in words and "open" not in words

    @property
    def state(self) -> Literal["winner", "tie", "open"]:
        """Every other one is slower; several are equal within `within`; or no round has told anything yet."""
        if not math.isfinite(self.within):
            return "open"
        return "winner" if len(self.leaders) == 1 else "tie"

    @property
    def leaders(self) -> tuple[str, ...]:
        """The winner, or those that are equal: all that are not slower for certain, or by less than `EQUAL`."""
        return tuple(s for s, place in self.places.items() if place.word == "equal" or place.low <= 1)

    @property
    def within(self) -> float:
        """How many times as long as the fastest any of the leaders can take: up to `EQUAL` in what is settled."""
        return max((self.places[s].high for s in self.leaders), default=math.inf)

    @property
    def may_leave(self) -> tuple[str, ...]:
        """Those that are slower by more than `EQUAL`: further rounds of them change no other word."""
        return tuple(s for s, place in self.places.items() if place.word == "slower")


def rank(log_ratios: Mapping[str, Array]) -> Standing:
    """Rank strategies.

    Parameters
    ----------
    log_ratios : mapping of str to array of shape (n_rounds,)
        Strategy to the logarithms of its time over that of a reference, which may be one of them with zeros only. Same
        entry, same round; one that has left has fewer entries, and NaN stands for a round without a time.

    Returns
    -------
    Standing
        Of no strategy if there is none.
    """
    rounds = {s: np.asarray(ratios, float) for s, ratios in log_ratios.items()}
    level = LEVEL / max(len(rounds) * (len(rounds) - 1) // 2, 1)
    low, high, middle = _pairs(rounds, level)
    # the fastest is not among those that are slower than another one; without any left, the intervals contradict
    may_be_best = [s for s in rounds if all(low[s, t] <= 0 for t in rounds)] or list(rounds)
    first = min(may_be_best, key=lambda s: _median(rounds[s]), default="")
    found = {}
    for s in rounds:
        ratio = math.exp(max(middle[s, first], 0.0))
        least = math.exp(max(low[s, t] for t in rounds))
        most = math.exp(max(high[s, t] for t in {s, *may_be_best}))
        found[s] = Place(ratio, least, most, _word(least, most))
    return Standing(dict(sorted(found.items(), key=lambda of: (of[1].ratio, of[1].high))))


def _word(low: float, high: float) -> Word:
    if low > EQUAL:
        return "slower"
    if high <= EQUAL:
        return "equal"
    return "slightly slower" if low > 1 and high <= SLIGHTLY else "open"


def _pairs(
    rounds: Mapping[str, Array], level: float
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Give the ends of the interval of each pair's difference, and its median; zeros of a strategy and itself."""
    low, high, middle = ({(s, s): 0.0 for s in rounds} for _ in range(3))
    names = list(rounds)
    for at, s in enumerate(names):
        for t in names[at + 1 :]:
            shared = min(len(rounds[s]), len(rounds[t]))
            difference = rounds[s][:shared] - rounds[t][:shared]
            difference = difference[np.isfinite(difference)]
            low[s, t], high[s, t] = interval(difference, level)
            low[t, s], high[t, s] = -high[s, t], -low[s, t]
            middle[s, t] = _median(difference)
            middle[t, s] = -middle[s, t]
    return low, high, middle


def interval(ratios: Array, level: float) -> tuple[float, float]:
    """Give the posterior interval of a log-ratio.

    Parameters
    ----------
    ratios : array of shape (n_rounds,)
        As measured, all finite.
    level : float
        Chance that it is outside.

    Returns
    -------
    low, high : float
        Infinite without rounds.
    """
    if not len(ratios):
        return -math.inf, math.inf
    middle = float(np.median(ratios))
    shifts, scales = middle + USUAL.scale * _DISTANCES, USUAL.scale * np.exp(_LOGS)
    likelihood = np.zeros((len(shifts), len(scales)))
    for ratio in ratios:
        z = (ratio - shifts[:, None]) / scales
        likelihood -= (DEGREES + 1) / 2 * np.log1p(z * z / DEGREES) + np.log(scales)
    likelihood -= (_LOGS / USUAL.spread) ** 2 / 2
    posterior = np.exp(likelihood - likelihood.max()).sum(axis=1) * _GRAIN
    below = np.cumsum(posterior) - posterior / 2
    low, high = np.interp(np.array([level / 2, 1 - level / 2]) * posterior.sum(), below, shifts)
    return float(low), float(high)


def _median(ratios: Array) -> float:
    known = ratios[np.isfinite(ratios)]
    return float(np.median(known)) if len(known) else math.inf
