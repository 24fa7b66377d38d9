"""Is HEAD slower than BASE? The statistics of that decision, as pure functions of log-ratios.

A round gives one number a benchmark: the logarithm of HEAD's time over BASE's, measured side by side.
Its noise is taken as Student's t with three degrees of freedom, so that a spike counts little. Its scale
is estimated: the other benchmarks and earlier gates tell what is plausible (`borrow`).

For each possible shift, the evidence against it is an e-process: the likelihood of the rounds averaged
over all shifts and plausible scales, divided by the largest likelihood that this shift can reach with
any scale, discounted as far as that scale is implausible. That is universal inference [1]_ with a
mixture in place of the running estimate, and a penalised likelihood. By Ville's inequality the chance
that the evidence against the true shift *ever* exceeds ``1 / level`` is at most ``level``, over the
discount of the true scale, however often one looks and whenever one stops.

References
----------
.. [1] L. Wasserman, A. Ramdas and S. Balakrishnan, "Universal inference", PNAS 117 (2020), sections 7
   (mixtures, confidence sequences) and 8 (profile and penalised likelihoods).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.statistics.arrays import Array

#: Chance of a wrong "pass" of one benchmark, and of any wrong "slower" in the whole suite.
LEVEL = 0.01

#: Rounds of every benchmark before the first decision; from then on their noise is borrowed as it stands.
PILOT = 4

#: Earlier rounds count for at most so many: machines change.
MEMORY = 8.0

DEGREES = 3.0

#: Shifts (log-ratios) at which evidence is computed: 0.12 % apart near 0, up to 178-fold.
SHIFTS: Array = 0.02 * np.sinh(np.linspace(-6.25, 6.25, 201))

#: Scales of the noise between rounds that are thought possible.
SCALES: Array = np.geomspace(0.001, 1.5, 36)

# Share of the weights of the scales that stays spread over all of them in the penalty, whatever was borrowed: a
# benchmark may be much noisier than all others. The more it is, the more often does a twofold slowdown take over four
# rounds; with much less, a bimodal benchmark among quiet ones alarms too often (both seen in simulation).
_SPREAD_EVENLY = 0.01

_SPREADS = np.array([0.1, 0.2, 0.35, 0.6, 1.0])


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


def log_likelihood(rounds: Array) -> Array:
    """Compute the likelihood of rounds for every shift and scale.

    Parameters
    ----------
    rounds : array of shape (n_rounds,)
        Log-ratios.

    Returns
    -------
    ndarray of shape (n_shifts, n_scales)
        Logarithms.
    """
    # a larger change counts as the largest shift: fitting none, it would never be decided
    within = np.clip(np.asarray(rounds, float), SHIFTS[0], SHIFTS[-1])
    found = np.tile(-len(within) * np.log(SCALES), (len(SHIFTS), 1))
    for ratio in within:  # one after the other, for one array of all would cost more memory than arithmetic
        found += _log_density((ratio - SHIFTS[:, None]) / SCALES)
    return found


def _log_density(z: Array) -> Array:
    # Student's t
    constant = math.lgamma((DEGREES + 1) / 2) - math.lgamma(DEGREES / 2) - math.log(DEGREES * math.pi) / 2
    return np.asarray(constant - (DEGREES + 1) / 2 * np.log1p(z * z / DEGREES))


def _log_sum_exp(values: Array, axis: int) -> Array:
    # scipy's, which is meant for any type and for weights, takes several times as long for so few numbers
    largest = values.max(axis=axis, keepdims=True)
    shares = values - largest
    np.exp(shares, out=shares)
    return np.asarray(np.log(shares.sum(axis=axis)) + largest.squeeze(axis))


def noise_likelihood(rounds: Array) -> Array:
    """Compute what rounds of unknown shift say about their scale.

    Parameters
    ----------
    rounds : array of shape (n_rounds,)
        Log-ratios.

    Returns
    -------
    ndarray of shape (n_scales,)
        Logarithms; zero if there are no rounds.
    """
    if len(rounds) == 0:
        return np.zeros(len(SCALES))
    return _log_sum_exp(log_likelihood(rounds) + np.log(np.gradient(SHIFTS))[:, None], axis=0)


def borrow(recorded: Array, n_recorded: Array, pilots: Array) -> Array:
    """Weigh the scales of each benchmark by its own earlier rounds and by the other benchmarks.

    The scales of a suite's benchmarks are taken as log-normal around an unknown centre with an unknown
    spread (an empirical Bayes of variances, as in limma: G. K. Smyth, Statistical Applications in
    Genetics and Molecular Biology 3 (2004), article 3). Its own pilot rounds are left out: they come
    back as evidence.

    Parameters
    ----------
    recorded : array of shape (n_benchmarks, n_scales)
        `noise_likelihood` of each benchmark's earlier rounds.
    n_recorded : array of shape (n_benchmarks,)
        How many those were.
    pilots : array of shape (n_benchmarks, n_scales)
        `noise_likelihood` of the first rounds of this gate.

    Returns
    -------
    ndarray of shape (n_benchmarks, n_scales)
        Logarithms of weights that sum to one.
    """
    own = recorded * np.minimum(1, MEMORY / np.maximum(n_recorded, 1))[:, None]
    logs = np.log(SCALES)
    laws = (-(((logs - logs[:, None, None]) / _SPREADS[:, None]) ** 2) / 2).reshape(-1, len(SCALES))
    laws -= _log_sum_exp(laws, 1)[:, None]
    each = _log_sum_exp(laws + (own + pilots)[:, None, :], 2)
    others = each.sum(axis=0) - each
    others -= _log_sum_exp(others, 1)[:, None]
    learned = _log_sum_exp(others[:, :, None] + laws, 1) + own
    return np.asarray(learned - _log_sum_exp(learned, 1)[:, None])


def borrow_from(recorded: Sequence[Array], rounds: Sequence[Array]) -> Array:
    """Weigh the scales of each benchmark by all rounds of the suite, as `borrow` does.

    Parameters
    ----------
    recorded : sequence of n_benchmarks arrays
        Log-ratios of each benchmark's earlier rounds; may be empty.
    rounds : sequence of n_benchmarks arrays
        Those of this gate, of which the first `PILOT` count.

    Returns
    -------
    ndarray of shape (n_benchmarks, n_scales)
        Logarithms of weights that sum to one.
    """
    shape = (len(rounds), len(SCALES))
    return borrow(
        np.array([noise_likelihood(r) for r in recorded]).reshape(shape),
        np.array([len(r) for r in recorded]),
        np.array([noise_likelihood(r[:PILOT]) for r in rounds]).reshape(shape),
    )


def prior(tolerance: float) -> Array:
    """Give the shifts that a gate expects: none in half of the cases, else any.

    Any prior keeps the error rates; this one decides soon what a gate is asked.

    Parameters
    ----------
    tolerance : float
        As a log-ratio.

    Returns
    -------
    ndarray of shape (n_shifts,)
        Logarithms of weights that sum to one.
    """
    unchanged = np.abs(SHIFTS) < tolerance / 4
    return np.asarray(np.log(0.5 / len(SHIFTS) + 0.5 * unchanged / unchanged.sum()))


def marginal(likelihood: Array, scales: Array) -> Array:
    """Average the likelihood over the scales.

    Parameters
    ----------
    likelihood : array of shape (n_shifts, n_scales)
        `log_likelihood` of all rounds so far.
    scales : array of shape (n_scales,)
        Logarithms of weights, fixed before the rounds that decide (`borrow`).

    Returns
    -------
    ndarray of shape (n_shifts,)
        Logarithms.
    """
    return _log_sum_exp(likelihood + scales, 1)


def log_evidence(likelihood: Array, scales: Array, mixture: float) -> Array:
    """Compute the evidence against every shift.

    Parameters
    ----------
    likelihood, scales : array
        As in `marginal`.
    mixture : float
        Logarithm of the likelihood averaged over scales and shifts, by any weights that sum to one.

    Returns
    -------
    ndarray of shape (n_shifts,)
        Logarithms.
    """
    plausible = np.logaddexp(np.log(1 - _SPREAD_EVENLY) + scales, np.log(_SPREAD_EVENLY / len(SCALES)))
    return np.asarray(mixture - np.max(likelihood + (plausible - plausible.max()), axis=1))


def interval(evidence: Array, level: float) -> tuple[float, float]:
    """Give the shifts that the evidence does not exclude.

    Parameters
    ----------
    evidence : array of shape (n_shifts,)
        As from `log_evidence`.
    level : float
        Chance that the true shift is ever excluded.

    Returns
    -------
    tuple of float
        The ends; infinite where the grid of shifts ends.
    """
    left = np.flatnonzero(evidence < -np.log(level))
    first, last = int(left[0]), int(left[-1])
    low = -np.inf if first == 0 else _crossing(evidence, first - 1, first, level)
    high = np.inf if last == len(SHIFTS) - 1 else _crossing(evidence, last + 1, last, level)
    return low, high


def _crossing(evidence: Array, out: int, inside: int, level: float) -> float:
    share = (evidence[out] + np.log(level)) / (evidence[out] - evidence[inside])
    return float(SHIFTS[out] + share * (SHIFTS[inside] - SHIFTS[out]))


def decide(rounds: Array, scales: Array, tolerance: float, n_benchmarks: int, two_sided: bool = False) -> Decision:
    """Say whether the rounds so far decide a benchmark.

    Parameters
    ----------
    rounds : array of shape (n_rounds,)
        Log-ratios.
    scales : array of shape (n_scales,)
        Logarithms of weights, from `borrow`.
    tolerance : float
        As a log-ratio.
    n_benchmarks : int
        Of the whole suite, whose false alarms are held at `LEVEL` together (Bonferroni).
    two_sided : bool
        Whether "pass" also excludes that it is faster by more than the tolerance.
    """
    if len(rounds) == 0:
        return Decision("open", np.nan, -np.inf, np.inf, 0, 0.0)
    return _decision(log_likelihood(rounds), len(rounds), scales, tolerance, n_benchmarks, two_sided)


def looks(rounds: Iterable[float], scales: Array, tolerance: float, n_benchmarks: int) -> Iterator[Decision]:
    """Decide a benchmark after each round, from the last one of the pilot on.

    Parameters
    ----------
    rounds : iterable of float
        Log-ratios; each is asked for only when the decision before it has been taken.
    scales, tolerance, n_benchmarks
        As in `decide`.

    Yields
    ------
    Decision
        As `decide` gives it for all rounds so far, whose likelihoods are added up.
    """
    likelihood = np.zeros((len(SHIFTS), len(SCALES)))
    for n, ratio in enumerate(rounds, start=1):
        likelihood += log_likelihood(np.array([ratio]))
        if n >= PILOT:
            yield _decision(likelihood, n, scales, tolerance, n_benchmarks)


def _decision(
    likelihood: Array, n_rounds: int, scales: Array, tolerance: float, n_benchmarks: int, two_sided: bool = False
) -> Decision:
    by_shift, usual = marginal(likelihood, scales), prior(tolerance)
    evidence = log_evidence(likelihood, scales, float(_log_sum_exp(by_shift + usual, 0)))
    shift, expected = (float(SHIFTS[np.argmax(posterior)]) for posterior in (by_shift, by_shift + usual))
    low, high = interval(evidence, LEVEL)
    lowest, highest = interval(evidence, LEVEL / n_benchmarks)
    change = int(lowest > 0) - int(highest < 0)
    state = "open"
    if n_rounds >= PILOT:
        if change > 0 and shift > tolerance:
            state = "slower"
        elif two_sided and change < 0 and shift < -tolerance:
            state = "faster"
        elif high <= tolerance and (low >= -tolerance or not two_sided):
            state = "pass"
    return Decision(state, shift, low, high, change, expected)


def rounds_needed(scale: float, gap: float, level: float) -> float:
    """Estimate how many rounds it takes to exclude a shift that is a given distance from the truth.

    Evidence grows by the Kullback-Leibler divergence a round; the mixture over scales and shifts costs
    about as much as a factor of ten (seen in simulation).

    Parameters
    ----------
    scale : float
        Of the noise between rounds.
    gap : float
        Distance between the true shift and the one to exclude.
    level : float
        As in `interval`.

    Returns
    -------
    float
        At least `PILOT`; infinite if there is no gap.
    """
    z = np.linspace(-40, 40, 4001)
    grain = z[1] - z[0]
    here, there = _log_density(z), _log_density(z - gap / scale)
    divergence = np.sum(np.exp(here) * (here - there)) * grain
    return max(float(PILOT), np.log(10 / level) / divergence) if divergence > 1e-6 else float("inf")


def likely_scale(rounds: Array, scales: Array) -> float:
    """Give the most likely scale of a benchmark's noise.

    Parameters
    ----------
    rounds : array of shape (n_rounds,)
        Log-ratios.
    scales : array of shape (n_scales,)
        Logarithms of weights, from `borrow`.
    """
    return float(SCALES[np.argmax(noise_likelihood(rounds) + scales)])
