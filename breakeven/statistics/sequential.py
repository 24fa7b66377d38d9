"""Is HEAD slower than BASE? The statistics of that decision, as pure functions of log-ratios.

A round gives one number a benchmark: the logarithm of HEAD's time over BASE's, measured side by side. Its noise is
taken as Student's t with three degrees of freedom and a scale of which nothing is assumed.

For each possible shift, the evidence against it is a likelihood ratio of what does not depend on the scale: the
likelihood of the rounds is integrated over all scales (``d scale / scale``, the right Haar measure), below at that
shift, above at all others, weighed by their distance in units of the scale. That is the "safe t-test" [1]_: whatever
the scale, the ratio is a martingale that begins at 1 if the shift is the true one. By Ville's inequality the chance
that it *ever* exceeds ``1 / level`` is at most ``level``, however often one looks and whenever one stops.

What is borrowed from earlier gates and from other benchmarks, a `Guess` of the scale, chooses the weights of the
distances. It can also take evidence away, and never adds any: the same ratio is computed with the guess in place of
the Haar measure, and the smaller of the two counts. That keeps a benchmark with two modes, whose first rounds happen
to lie in one of them, from being taken for a quiet one. A wrong guess costs rounds, and no validity.

A change also has to show in most rounds. Two modes that are far apart are nothing like Student's t: where each process
takes one of two with equal chances, one side is in the slower and the other in the faster one in a quarter of the
rounds, and many of these together look like a change with hardly any noise. So a further e-process, a bet on how many
rounds lie beyond half of the tolerance, has to exceed ``1 / level`` as well.

References
----------
.. [1] M. F. Perez-Ortiz, T. Lardy, R. de Heide and P. D. Gruenwald, "E-statistics, group invariance and
   anytime-valid testing", Annals of Statistics 52 (2024), theorem 2 and section 4.1 (the t-test).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from breakeven.statistics.arrays import Array

#: Chance of a wrong "pass" of one benchmark, and of any wrong "slower" in the whole suite.
LEVEL = 0.01


#: Rounds of a benchmark before anything is decided. The test holds its level from the second one on if the noise is
#: Student's t; that the first n all find both sides in different modes has a chance of ``4 ** -n``.
PILOT = 5

# Share of the rounds beyond half of the tolerance, on one side: at most by two modes, and the one bet on for a change.
_BY_MODES, _BY_CHANGE = 0.25, 0.9


def fewest(level: float) -> int:
    """Give the rounds before which no change is told at a level: so many show it if every one lies beyond.

    Parameters
    ----------
    level : float
        Chance of being wrong that is allowed.
    """
    return max(PILOT, math.ceil(math.log(1 / level) / math.log(_BY_CHANGE / _BY_MODES)))


#: Earlier rounds count for at most so many: machines change.
MEMORY = 8.0

#: Chance with which a detectable slowdown is found.
POWER = 0.8

DEGREES = 3.0

# Of the shifts that speak against a given one, the share of "no change at all"; the rest is spread widely around
# changes of this size (a log-ratio), by as many units of the logarithm. Any choice keeps the error rates; this one
# decides soon what a gate is asked (seen in simulation).
_UNCHANGED, _CHANGE, _WIDE = 0.9, 0.2, 1.0

# What is thought of the scale of a benchmark of which nothing is known: the centre, and the standard deviation of its
# logarithm. The benchmarks of a suite differ by at least so much, and no guess is taken as surer than the last.
_CENTRE, _UNKNOWN, _ALIKE, _SURE = 0.03, 1.0, 0.4, 0.2

# The scatter of rounds is taken as no smaller, should they be equal: no clock and no machine is steadier.
_SMALLEST = 1e-4

# In place of a likelihood that is too small for a number.
_TINY = 1e-300

# Benchmarks whose grids fit a core's cache together.
_TOGETHER = 16


@dataclass(frozen=True)
class Guess:
    """What is thought of a benchmark's noise before its first round, as a log-normal law of its scale.

    Attributes
    ----------
    scale : float
        Its centre; of Student's t with `DEGREES` degrees of freedom, for log-ratios.
    spread : float
        Standard deviation of the scale's logarithm.
    """

    scale: float
    spread: float


@dataclass(frozen=True)
class Decision:
    """What the rounds of one benchmark say so far.

    Attributes
    ----------
    state : {"open", "pass", "slower", "faster"}
        A slowdown beyond the tolerance is excluded; a change beyond it is established; or neither yet.
    shift : float
        Most likely log-ratio; NaN without rounds.
    low, high : float
        99 % confidence sequence of the log-ratio.
    change : {-1, 0, 1}
        Whether it is established, over the whole suite, that HEAD is faster (-1) or slower (1), by
        however little.
    expected : float
        Most likely log-ratio given that most benchmarks do not change.
    """

    state: str
    shift: float
    low: float
    high: float
    change: int
    expected: float


def guess(own: Array, others: Sequence[Array]) -> Guess:
    """Guess the scale of a benchmark's noise before its first round.

    The scales of a suite's benchmarks are taken as log-normal around an unknown centre with an unknown spread (an
    empirical Bayes of variances, as in limma: G. K. Smyth, Statistical Applications in Genetics and Molecular
    Biology 3 (2004), article 3); the benchmark's own earlier rounds count more, but as at most `MEMORY`.

    Parameters
    ----------
    own : array of shape (n_rounds,)
        Log-ratios of earlier gates; may be empty.
    others : sequence of arrays
        Those of other benchmarks. What has fewer than three rounds says nothing.

    Returns
    -------
    Guess
    """
    known = [_log_scale(tuple(o)) for o in others if len(o) > 2]
    logs, errors = np.array([k[0] for k in known]), np.array([k[1] for k in known])
    # one benchmark more, of which all is unknown, keeps few from being trusted too much
    logs, errors = np.append(logs, math.log(_CENTRE)), np.append(errors, 0.0)
    spread = math.sqrt(max(_between(logs, errors), _ALIKE**2))
    weights = 1 / (errors**2 + spread**2)
    weights[-1] = 1 / _UNKNOWN**2
    centre = float(weights @ logs / weights.sum())
    from_others = Guess(math.exp(centre), math.sqrt(spread**2 + 1 / weights.sum()))
    return _learned(np.asarray(own, float), from_others, MEMORY)


def likely_scale(rounds: Array, guess: Guess) -> float:
    """Give the most likely scale of a benchmark's noise.

    Parameters
    ----------
    rounds : array of shape (n_rounds,)
        Log-ratios.
    guess : Guess
        From before these rounds.
    """
    return _learned(np.asarray(rounds, float), guess, math.inf).scale


def _learned(rounds: Array, before: Guess, at_most: float) -> Guess:
    """Combine two log-normal laws of the scale: that from before, and that from rounds, which count as some at most."""
    if len(rounds) < 3:
        return before
    log, error = _log_scale(tuple(rounds))
    precisions = np.array([1 / before.spread**2, min(1 / error**2, at_most - 1)])
    centre = float(precisions @ (math.log(before.scale), log) / precisions.sum())
    return Guess(math.exp(centre), float(1 / np.sqrt(precisions.sum())))


@functools.lru_cache(maxsize=4096)
def _log_scale(rounds: tuple[float, ...]) -> tuple[float, float]:
    """Estimate the logarithm of the scale, and its standard error: the Fisher information of a round is 1."""
    _, unit, likelihood = _likelihood(np.array([rounds]), np.ones(len(rounds)))
    grids = _grids(len(rounds))
    by_scale = _log_sum_exp(likelihood[0] + np.log(grids.grain)[:, None], 0) + grids.log_scales
    weights = np.exp(by_scale - by_scale.max())
    return float(np.log(unit[0]) + weights @ grids.log_scales / weights.sum()), 1 / math.sqrt(len(rounds) - 1)


def _between(logs: Array, errors: Array) -> float:
    """Estimate the variance between benchmarks by moments."""
    return max(float(np.var(logs[:-1], ddof=1) - np.mean(errors[:-1] ** 2)), 0.0) if len(logs) > 2 else _UNKNOWN**2


def log_evidence(
    rounds: Array, shifts: Sequence[float] | Array, guesses: Sequence[Guess], spreads: Array | None = None
) -> Array:
    """Compute the evidence against shifts, of any number of benchmarks at once.

    Parameters
    ----------
    rounds : array of shape (n_benchmarks, n_rounds)
        Log-ratios.
    shifts : sequence of n_shifts floats
        Log-ratios.
    guesses : sequence of n_benchmarks Guess
        Each fixed before its first round.
    spreads : array of shape (n_rounds,), optional
        Scale of each round in units of the unknown one, each known from the rounds before it; 1 if it is not given.

    Returns
    -------
    ndarray of shape (n_benchmarks, n_shifts)
        Logarithms.
    """
    known = np.ones(rounds.shape[1]) if spreads is None else spreads
    grids = _grids(rounds.shape[1])
    middle, unit, likelihood = _likelihood(rounds, known)
    measure = likelihood + np.log(grids.grain)[:, None] - grids.log_scales
    largest = measure.max(axis=(1, 2), keepdims=True)
    measure = np.exp(measure - largest)
    scales = unit[:, None, None] * np.exp(grids.log_scales)
    candidates = middle[:, None, None] + unit[:, None, None] * grids.distances[:, None]
    centres, sds = np.array([(g.scale, g.spread) for g in guesses]).T[:, :, None, None]
    evidence = np.empty((len(rounds), len(shifts)))
    for k, shift in enumerate(shifts):
        weights = _weights((candidates - shift) / scales, float(shift), centres, sds)
        above = np.log(np.maximum((measure * weights).sum(axis=1), _TINY)) + largest[:, 0]
        below, scales_below = _log_likelihoods_at(rounds, known, float(shift))
        whatever_scale = _log_sum_exp(above, 1) - _log_sum_exp(below, 1)
        above += _log_plausible(scales[:, 0], centres[:, 0], sds[:, 0])
        below += _log_plausible(scales_below, centres[:, 0], sds[:, 0])
        # less than what is valid is valid
        evidence[:, k] = np.minimum(whatever_scale, _log_sum_exp(above, 1) - _log_sum_exp(below, 1))
    return evidence


def _log_plausible(scales: Array, centres: Array, sds: Array) -> Array:
    return np.asarray(-(((np.log(scales) - np.log(centres)) / sds) ** 2) / 2)


def _weights(distances: Array, shift: float, centres: Array, sds: Array) -> Array:
    """Weigh the distances of the true shift from the tested one, in units of the scale, by a density over them."""
    # nearly linear up to one unit and logarithmic beyond, with a sign
    place = np.arcsinh(distances)
    wide, change = np.hypot(_WIDE, sds), np.arcsinh(_CHANGE / centres)
    weights: Array = (_density((place - change) / wide) + _density((place + change) / wide)) / (2 * wide)
    if shift:
        narrow, unchanged = np.maximum(sds, _SURE), np.arcsinh(-shift / centres)
        weights *= 1 - _UNCHANGED
        weights += _UNCHANGED * _density((place - unchanged) / narrow) / narrow
    return weights / np.sqrt(1 + distances**2)


@dataclass(frozen=True)
class _Grids:
    """Where integrands are computed: units are the scatter of the rounds, or their distance from a shift.

    Attributes
    ----------
    distances, grain : array of shape (n_distances,)
        From the middle of the rounds, and what each stands for.
    log_scales : array of shape (n_scales,)
        Around the middle.
    log_scales_at : array of shape (n_scales_at,)
        At a shift, as far apart.
    """

    distances: Array
    grain: Array
    log_scales: Array
    log_scales_at: Array


@functools.lru_cache
def _grids(n_rounds: int) -> _Grids:
    # peaks narrow with the root of the rounds; errors of the evidence stay below 1 % (seen on finer grids)
    finer = max(1.0, math.sqrt(n_rounds / 12))
    steps = np.linspace(-4.5, 4.5, 2 * math.ceil(20 * finer) + 1)
    log_step = 1 / math.ceil(3 * finer)
    scales, scales_at = (np.arange(-4, top, log_step) for top in (6, 9))
    return _Grids(np.sinh(steps), np.cosh(steps) * (steps[1] - steps[0]), scales, scales_at)


def _likelihood(rounds: Array, spreads: Array) -> tuple[Array, Array, Array]:
    """Compute the likelihood around the middle of the rounds, and what the grids there are in units of.

    Returns middles and units, each of shape (n_repeats,), and logarithms of shape (n_repeats, n_distances, n_scales).
    """
    middle = np.median(rounds, axis=1)
    unit = _upper(np.abs(rounds - middle[:, None]) / spreads)
    ratios = (rounds - middle[:, None]) / unit[:, None]
    grids = _grids(len(spreads))
    inverse = np.exp(-grids.log_scales)
    pairs = zip(ratios.T, spreads, strict=True)
    terms = (((ratio[:, None] - grids.distances) / spread)[:, :, None] * inverse for ratio, spread in pairs)
    return middle, unit, _log_densities(terms) - len(spreads) * (grids.log_scales + np.log(unit)[:, None, None])


def _log_likelihoods_at(rounds: Array, spreads: Array, shift: float) -> tuple[Array, Array]:
    """Compute the likelihood at a shift for many scales, and give these, both of shape (n_benchmarks, n_scales)."""
    unit = _upper(np.abs(rounds - shift) / spreads)
    ratios = (rounds - shift) / unit[:, None] / spreads
    scales = unit[:, None] * np.exp(_grids(len(spreads)).log_scales_at)
    inverse = np.exp(-_grids(len(spreads)).log_scales_at)
    return _log_densities(r[:, None] * inverse for r in ratios.T) - len(spreads) * np.log(scales), scales


def _upper(distances: Array) -> Array:
    # three quarters of the rounds lie nearer: with three degrees of freedom, the likelihood is largest near that scale
    which = 3 * (distances.shape[-1] - 1) // 4
    return np.maximum(np.partition(distances, which, axis=-1)[..., which], _SMALLEST)


def _log_densities(terms: Iterable[Array]) -> Array:
    # the constant is left out, as it is in every ratio; products of a few terms spare most logarithms
    total, product = np.zeros(()), np.ones(())
    for n, z in enumerate(terms, start=1):
        product = product * (1 + z * z / DEGREES)
        if n % 8 == 0:
            total, product = total + np.log(product), np.ones(())
    return np.asarray(-(DEGREES + 1) / 2 * (total + np.log(product)))


def _density(z: Array) -> Array:
    # Student's t with three degrees of freedom
    return np.asarray(2 / (math.pi * math.sqrt(DEGREES)) / (1 + z * z / DEGREES) ** 2)


def _log_sum_exp(values: Array, axis: int) -> Array:
    # scipy's, which is meant for any type and for weights, takes several times as long for so few numbers
    largest = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - largest).sum(axis=axis)) + largest.squeeze(axis))


def decide(
    rounds: Array,
    guess: Guess,
    tolerance: float,
    n_benchmarks: int,
    two_sided: bool = False,
    spreads: Array | None = None,
) -> Decision:
    """Say whether the rounds so far decide a benchmark.

    Parameters
    ----------
    rounds : array of shape (n_rounds,)
        Log-ratios.
    guess : Guess
        Fixed before the first round.
    tolerance : float
        As a log-ratio.
    n_benchmarks : int
        Of the whole suite, whose false alarms are held at `LEVEL` together (Bonferroni).
    two_sided : bool
        Whether "pass" also excludes that it is faster by more than the tolerance.
    spreads : array of shape (n_rounds,), optional
        As in `log_evidence`.
    """
    found = np.asarray(rounds, float)
    if len(found) == 0:
        return Decision("open", np.nan, -np.inf, np.inf, 0, 0.0)
    known = np.ones(len(found)) if spreads is None else np.asarray(spreads, float)
    shift = _most_likely(found, known, likely_scale(found, guess))
    points = _points(found, known, shift, tolerance)
    evidence = log_evidence(found[None], points, [guess], known)[0]
    low, high = _interval(points, evidence, shift, LEVEL)
    lowest, highest = _interval(points, evidence, shift, LEVEL / n_benchmarks)
    change = int(lowest >= 0 and shift > 0) - int(highest <= 0 and shift < 0)
    state = "open"
    if len(found) >= PILOT:
        beyond = change * shift > tolerance
        beyond = beyond and _log_often(change * found, tolerance / 2) >= math.log(n_benchmarks / LEVEL)
        if beyond and (change > 0 or two_sided):
            state = "slower" if change > 0 else "faster"
        elif high <= tolerance and (low >= -tolerance or not two_sided):
            state = "pass"
    expected = shift if evidence[points == 0][0] > 0 else 0.0
    return Decision(state, shift, low, high, change, expected)


def _log_often(rounds: Array, beyond: float) -> float:
    """Compute the evidence that more rounds lie beyond a log-ratio than two modes explain."""
    n_beyond = int((rounds > beyond).sum())
    won, lost = math.log(_BY_CHANGE / _BY_MODES), math.log((1 - _BY_CHANGE) / (1 - _BY_MODES))
    return n_beyond * won + (len(rounds) - n_beyond) * lost


def looks(rounds: Iterable[float], guess: Guess, tolerance: float, n_benchmarks: int) -> Iterator[Decision]:
    """Decide a benchmark after each round, from the last one of the pilot on.

    Parameters
    ----------
    rounds : iterable of float
        Log-ratios; each is asked for only when the decision before it has been taken.
    guess, tolerance, n_benchmarks
        As in `decide`.

    Yields
    ------
    Decision
        As `decide` gives it for all rounds so far.
    """
    so_far: list[float] = []
    for ratio in rounds:
        so_far.append(ratio)
        if len(so_far) >= PILOT:
            yield decide(np.array(so_far), guess, tolerance, n_benchmarks)


def states(rounds: Array, guesses: Sequence[Guess], tolerance: float, n_benchmarks: int) -> list[tuple[str, float]]:
    """Decide many benchmarks of equally many rounds in one go, as `decide` does.

    Parameters
    ----------
    rounds : array of shape (n_repeats, n_rounds)
        Log-ratios.
    guesses : sequence of n_repeats Guess
        Each fixed before the first of its rounds.
    tolerance, n_benchmarks
        As in `decide`.

    Returns
    -------
    list of (str, float)
        For each the state, and the most likely log-ratio given that most benchmarks do not change.
    """
    enough = -np.log([LEVEL / n_benchmarks, LEVEL])
    found = []
    for first in range(0, len(rounds), _TOGETHER):
        part = slice(first, first + _TOGETHER)
        evidence = log_evidence(rounds[part], (0.0, tolerance), guesses[part])
        for own, guess, one in zip(rounds[part], guesses[part], evidence, strict=True):
            # a state other than "open" needs one of these two; few have it without being decided
            if rounds.shape[1] >= PILOT and (one >= enough).any():
                decision = decide(own, guess, tolerance, n_benchmarks)
                found.append((decision.state, decision.expected))
            else:
                known = np.ones(len(own))
                expected = _most_likely(own, known, likely_scale(own, guess)) if one[0] > 0 else 0.0
                found.append(("open", expected))
    return found


def until_decided(
    rounds: Array, guesses: Sequence[Guess], tolerance: float, n_benchmarks: int
) -> list[tuple[str, int]]:
    """Decide many benchmarks of equally many rounds as `looks` does, but in one go.

    Parameters
    ----------
    rounds, guesses, tolerance, n_benchmarks
        As in `states`.

    Returns
    -------
    list of (str, int)
        For each the first state that is not open, or "open", and the rounds after which it was reached.
    """
    found = [("open", rounds.shape[1])] * len(rounds)
    undecided = list(range(len(rounds)))
    for n in range(PILOT, rounds.shape[1] + 1):
        decided = states(rounds[undecided, :n], [guesses[k] for k in undecided], tolerance, n_benchmarks)
        for k, (state, _) in zip(undecided, decided, strict=True):
            if state != "open":
                found[k] = state, n
        undecided = [k for k in undecided if found[k][0] == "open"]
    return found


def _most_likely(rounds: Array, spreads: Array, scale: float) -> float:
    """Find the shift at which the likelihood is largest, uphill from the median, by reweighting."""
    shift = float(np.median(rounds))
    for _ in range(30):
        weights = (DEGREES + 1) / (DEGREES + ((rounds - shift) / scale / spreads) ** 2) / spreads**2
        shift = float(weights @ rounds / weights.sum())
    return shift


def _points(rounds: Array, spreads: Array, shift: float, tolerance: float) -> Array:
    """Choose shifts to compute evidence at: what a decision needs, and where the evidence changes."""
    unit = float(_upper(np.abs(rounds - shift) / spreads))
    away = unit * np.sinh(np.linspace(0.3, 6, 10))
    # the evidence against a shift dips where a round lies
    far = rounds[np.abs(rounds) > tolerance]
    return np.unique(np.concatenate([shift - away, [shift], shift + away, far, (-tolerance, 0.0, tolerance)]))


def _interval(points: Array, evidence: Array, shift: float, level: float) -> tuple[float, float]:
    """Give the ends of what the evidence does not exclude; infinite where the points end."""
    left = np.flatnonzero((evidence < -math.log(level)) | (points == shift))
    first, last = int(left[0]), int(left[-1])
    low = -np.inf if first == 0 else _crossing(points, evidence, first - 1, first, level)
    high = np.inf if last == len(points) - 1 else _crossing(points, evidence, last + 1, last, level)
    return low, high


def _crossing(points: Array, evidence: Array, out: int, inside: int, level: float) -> float:
    share = (evidence[out] + math.log(level)) / max(evidence[out] - evidence[inside], 1e-9)
    return float(points[out] + min(share, 1.0) * (points[inside] - points[out]))


def rounds_needed(scale: float, gap: float, level: float, power: float = 0.5) -> float:
    """Estimate how many rounds it takes to exclude a shift that is a given distance from the truth.

    Evidence grows by the Kullback-Leibler divergence a round, from the law of the rounds to the nearest one with the
    shift to exclude and any scale. The first round fixes the scale, and the weights of the distances cost about as
    much as a factor of five (seen in simulation).

    Parameters
    ----------
    scale : float
        Of the noise between rounds.
    gap : float
        Distance between the true shift and the one to exclude.
    level : float
        As in `LEVEL`.
    power : float
        Chance that so many rounds are enough.

    Returns
    -------
    float
        At least `fewest`; infinite if there is no gap.
    """
    growth, deviation = _growth(round(gap / scale, 3))
    if growth < 1e-4:
        return float("inf")
    # n growths less so many of their deviations reach what is needed
    quantile = NormalDist().inv_cdf(power) * deviation
    root = (quantile + math.sqrt(quantile**2 + 4 * growth * math.log(5 / level))) / (2 * growth)
    return max(float(fewest(level)), 1 + root**2)


def detectable(scale: float, n_rounds: float, n_benchmarks: int) -> float:
    """Give the minimum detectable effect: the smallest slowdown found within some rounds with a chance of `POWER`.

    Parameters
    ----------
    scale : float
        Of the noise between rounds.
    n_rounds : float
        How many.
    n_benchmarks : int
        In the suite, whose false alarms are held together.

    Returns
    -------
    float
        Log-ratio; infinite if none is.
    """
    level = LEVEL / n_benchmarks
    gaps = np.geomspace(0.1, 1000, 185) * scale  # 5 % apart
    return next((float(g) for g in gaps if rounds_needed(scale, float(g), level, POWER) <= n_rounds), math.inf)


@functools.lru_cache(maxsize=4096)
def _growth(distance: float) -> tuple[float, float]:
    """Give mean and standard deviation of what a round adds to the evidence at a distance in units of the scale."""
    z = np.sinh(np.linspace(-6, 6, 241))
    chance = np.cosh(np.linspace(-6, 6, 241)) * 0.05 * _density(z)
    scales = np.hypot(1, distance) * np.geomspace(0.3, 1.2, 40)[:, None]
    gains = np.log(_density(z)) - np.log(_density((z + distance) / scales) / scales)
    gain = gains[np.argmin(gains @ chance)]
    mean = float(gain @ chance)
    return mean, math.sqrt(max(float(gain**2 @ chance) - mean**2, 0.0))
