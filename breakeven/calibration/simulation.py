"""How often is each way of deciding wrong? Suites of known truth, drawn and judged thousands of times."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import stats

from breakeven.errors import BreakevenError
from breakeven.harness import asv_rule, evidence, kinds, record, schedule
from breakeven.harness.record import Record
from breakeven.harness.schedule import Waiting
from breakeven.statistics import sequential
from breakeven.statistics.arrays import Array
from breakeven.statistics.sequential import Guess

#: Benchmarks in a simulated suite, and the most rounds of one.
N_BENCHMARKS, N_ROUNDS = 40, 16

#: Rounds of a benchmark from which others are drawn.
FEWEST = 4

TOLERANCE = float(np.log1p(kinds.TOLERANCE))

#: One round of one benchmark: log-times of the calls in base's process and in head's, turn by turn.
Round = tuple[Array, Array]
Suite = list[list[Round]]

#: Gives a suite whose benchmarks are all unchanged.
Noise = Callable[[np.random.Generator], Suite]


@dataclass(frozen=True)
class Decided:
    """What a rule decided of one benchmark.

    Attributes
    ----------
    state : {"open", "pass", "slower"}
        Its verdict.
    rounds : int
        After so many rounds.
    """

    state: str
    rounds: int


#: Decides every benchmark of some suites.
Rule = Callable[[Sequence[Suite]], list[list[Decided]]]


def heavy(rng: np.random.Generator) -> Suite:
    """Draw log-ratios from Student's t with 3 degrees of freedom and a standard deviation of 0.04."""
    return _suite(rng, 0.04 / np.sqrt(3) * rng.standard_t(3, (N_BENCHMARKS, N_ROUNDS)))


def normal(rng: np.random.Generator) -> Suite:
    """Draw log-ratios from a normal law with a standard deviation of 0.04."""
    return _suite(rng, 0.04 * rng.standard_normal((N_BENCHMARKS, N_ROUNDS)))


def bimodal(rng: np.random.Generator) -> Suite:
    """Draw processes that take 0.09 or 0.2 s, as KMeans on all cores was seen to do."""
    slow = rng.integers(0, 2, (2, N_BENCHMARKS, N_ROUNDS)).astype(float)
    return _suite(rng, np.log(0.2 / 0.09) * (slow[1] - slow[0]) + 0.02 * rng.standard_normal(slow[0].shape))


def one_bimodal(rng: np.random.Generator) -> Suite:
    """Draw one bimodal benchmark among those of `heavy`: its scale is not that of the others."""
    return [bimodal(rng)[0], *heavy(rng)[1:]]


def some_noisy(rng: np.random.Generator) -> Suite:
    """Draw four benchmarks five times as noisy as the rest: the scale that they borrow is too small."""
    scale = np.where(np.arange(N_BENCHMARKS) % 10 == 0, 5.0, 1.0)[:, None]
    return _suite(rng, scale * 0.04 / np.sqrt(3) * rng.standard_t(3, (N_BENCHMARKS, N_ROUNDS)))


def recorded(controls: Sequence[Record]) -> Noise:
    """Draw from the real rounds of gates of a release against itself.

    Parameters
    ----------
    controls : sequence of Record
        As from `controls.load`; those without a change count.

    Returns
    -------
    callable
        Each benchmark of a suite is one of those measured. Its rounds are drawn as they were measured, so that a bias
        of order, core or server stays, and none twice before all were drawn. Only calls made in the same turn count.

    Raises
    ------
    BreakevenError
        No benchmark has enough of them.
    """
    pool: dict[str, list[Round]] = {}
    for measured in (c for c in controls if c.control == 0):
        for case in measured.cases:
            if case.judged == "as time":
                calls = (np.log(record.side_by_side(b, h)).T for b, h in measured.pairs(case.label))
                pool.setdefault(case.label, []).extend((b, h) for b, h in calls if len(b))
    rounds = [_centred(r) for r in pool.values() if len(r) >= FEWEST]
    if not rounds:
        raise BreakevenError(f"No benchmark has {FEWEST} rounds without a change: run breakeven calibrate first")
    return functools.partial(_redrawn, rounds)


# What is thought of a benchmark's noise when it comes to which is the first.
_NOTHING_KNOWN = sequential.guess(np.array([]), [])


@dataclass
class _Case:
    """A benchmark of a suite that is being decided."""

    ratios: Array
    rounds: int = 0
    guess: Guess | None = None
    state: str = "open"
    expected: float = 0.0
    last: int = -1

    @property
    def waiting(self) -> Waiting:
        """What the scheduler is told of it: each round takes the same time."""
        guess = self.guess or _NOTHING_KNOWN
        more = evidence.rounds_left(self.state, self.expected, self.known, guess, TOLERANCE, N_BENCHMARKS)
        # a shift that is expected at all is the most likely one
        suspected = evidence.suspected(self.state, self.expected, self.known, guess, TOLERANCE)
        return Waiting(more, 0.0, self.last, suspected=suspected)

    @property
    def known(self) -> Array:
        """Its log-ratios so far."""
        return self.ratios[: self.rounds]


def gate(suites: Sequence[Suite]) -> list[list[Decided]]:
    """Decide as ``breakeven gate`` does: its scheduler says which benchmark has the next round, until all are decided.

    What a benchmark borrows comes from the rounds that the others had before its own first one.
    """
    every = [[_Case(_ratios(rounds)) for rounds in suite] for suite in suites]
    for measured in itertools.count():
        chosen = [_following(suite, measured) for suite in every if any(map(_open, suite))]
        if not chosen:
            return [[Decided(case.state, case.rounds) for case in suite] for suite in every]
        for n in {case.rounds for case in chosen}:
            alike = [case for case in chosen if case.rounds == n]
            judged = sequential.states(
                np.array([c.known for c in alike]), [c.guess for c in alike if c.guess], TOLERANCE, N_BENCHMARKS
            )
            for case, (state, expected) in zip(alike, judged, strict=True):
                case.state, case.expected = state, expected
    raise AssertionError


def _open(case: _Case) -> bool:
    return case.state == "open" and case.rounds < len(case.ratios)


def _following(suite: Sequence[_Case], measured: int) -> _Case:
    """Give the next benchmark its round."""
    waiting = [case for case in suite if _open(case)]
    case = waiting[schedule.following([c.waiting for c in waiting], measured)]
    if case.guess is None:
        case.guess = sequential.guess(np.array([]), [other.known for other in suite if other.rounds])
    case.rounds += 1
    case.last = measured
    return case


def asv(suite: Suite, n_rounds: int) -> list[Decided]:
    """Decide as ``asv continuous`` does, with the gate's tolerance as its factor."""
    found = []
    for rounds in suite:
        before, after = (np.exp(np.concatenate([r[side] for r in rounds[:n_rounds]])) for side in (0, 1))
        slower = asv_rule.slower(before, after, np.exp(TOLERANCE))
        found.append(Decided("slower" if slower else "open", n_rounds))
    return found


def t_test(suite: Suite, n_rounds: int) -> list[Decided]:
    """Decide by Student's t-test of the gate's log-ratios, at its levels."""
    found = []
    for rounds in suite:
        ratios = _ratios(rounds[:n_rounds])
        mean, error = ratios.mean(), stats.sem(ratios)
        slower = mean - error * stats.t.isf(sequential.LEVEL / len(suite), n_rounds - 1) > 0 and mean > TOLERANCE
        passes = mean + error * stats.t.isf(sequential.LEVEL, n_rounds - 1) <= TOLERANCE
        found.append(Decided("slower" if slower else "pass" if passes else "open", n_rounds))
    return found


def mann_whitney(suite: Suite, n_rounds: int) -> list[Decided]:
    """Decide by the Mann-Whitney test of the processes' first deciles, at the gate's level for a suite."""
    found = []
    for rounds in suite:
        before, after = (np.array([np.quantile(r[side], 0.1) for r in rounds[:n_rounds]]) for side in (0, 1))
        p_value = stats.mannwhitneyu(after, before, alternative="greater").pvalue
        slower = p_value < sequential.LEVEL / len(suite) and np.median(after) - np.median(before) > TOLERANCE
        found.append(Decided("slower" if slower else "open", n_rounds))
    return found


def ratio_of_means(suite: Suite, n_rounds: int) -> list[Decided]:
    """Decide by comparing the ratio of mean times with the tolerance."""
    found = []
    for rounds in suite:
        before, after = (np.exp(np.concatenate([r[side] for r in rounds[:n_rounds]])).mean() for side in (0, 1))
        found.append(Decided("slower" if after / before > np.exp(TOLERANCE) else "pass", n_rounds))
    return found


def _of_each(rule: Callable[[Suite, int], list[Decided]], n_rounds: int) -> Rule:
    return functools.partial(_judged, rule, n_rounds)


def _judged(rule: Callable[[Suite, int], list[Decided]], n_rounds: int, suites: Sequence[Suite]) -> list[list[Decided]]:
    return [rule(suite, n_rounds) for suite in suites]


#: Every noise that is tried, by the name it has in the table.
NOISES: dict[str, Noise] = {
    "Student's t": heavy,
    "normal": normal,
    "four of 40 are five times as noisy": some_noisy,
    "one of 40 is bimodal": one_bimodal,
    "bimodal": bimodal,
}

#: Every way of deciding that is compared, by the name it has in the table.
RULES: dict[str, Rule] = {
    "breakeven gate": gate,
    **{f"asv, {n} rounds": _of_each(asv, n) for n in (2, 5, 10)},
    **{f"t-test, {n} rounds": _of_each(t_test, n) for n in (5, 10, 16)},
    **{f"Mann-Whitney, {n} rounds": _of_each(mann_whitney, n) for n in (5, 10, 16)},
    **{f"ratio of means, {n} rounds": _of_each(ratio_of_means, n) for n in (5, 10)},
}


@dataclass(frozen=True)
class Rates:
    """What a rule did over many suites.

    Attributes
    ----------
    false_alarms : float
        Share of the suites in which any unchanged benchmark was called slower.
    passed : float
        Share of the unchanged benchmarks that pass.
    pass_rounds : tuple of float
        Median and 95th percentile of their rounds; infinite where undecided.
    found : float
        Share of the changed benchmarks that are called slower.
    found_rounds : tuple of float
        Median and maximum of their rounds.
    wrong_pass : float
        Share of the changed benchmarks that pass.
    """

    false_alarms: float
    passed: float
    pass_rounds: tuple[float, float]
    found: float
    found_rounds: tuple[float, float]
    wrong_pass: float


def rates(noise: Noise, rule: Rule, change: float, n_suites: int, seed: int = 0) -> Rates:
    """Judge many suites, of which one benchmark is changed.

    Parameters
    ----------
    noise : callable
        Draws each suite.
    rule : callable
        Judges them.
    change : float
        Head's time over base's in the changed benchmark.
    n_suites : int
        How many.
    seed : int
        Of the draws; the same for every rule, so that all judge the same samples.
    """
    suites, places = [], []
    for number in range(n_suites):
        rng = np.random.default_rng([seed, number])
        suite = noise(rng)
        at = int(rng.integers(len(suite)))
        suite[at] = [(b, h + np.log(change)) for b, h in suite[at]]
        suites.append(suite)
        places.append(at)
    judged = rule(suites)
    changed = [decided.pop(at) for decided, at in zip(judged, places, strict=True)]
    same = [d for decided in judged for d in decided]
    return Rates(
        sum(any(d.state == "slower" for d in decided) for decided in judged) / n_suites,
        _share(same, "pass"),
        _rounds(same, "pass", (50, 95)),
        _share(changed, "slower"),
        _rounds(changed, "slower", (50, 100)),
        _share(changed, "pass"),
    )


@dataclass(frozen=True)
class Simulated:
    """What a rule did under one noise.

    Attributes
    ----------
    noise : str
        By which suites were drawn.
    change : float
        Head's time over base's in the changed benchmark.
    rule : str
        A key of `RULES`.
    rates : Rates
        Over all suites.
    """

    noise: str
    change: float
    rule: str
    rates: Rates


def every_rule(noises: Mapping[str, Noise], changes: Sequence[float], n_suites: int) -> Iterator[Simulated]:
    """Try all rules under all noises, on all cores.

    Parameters
    ----------
    noises : mapping of str to callable
        By name.
    changes : sequence of float
        As in `rates`.
    n_suites : int
        For each noise, change and rule.

    Yields
    ------
    Simulated
        In order, as soon as it is computed.
    """
    jobs = [(n, c, r) for n in noises for c in changes for r in RULES]
    with ProcessPoolExecutor() as pool:
        done = pool.map(rates, *zip(*((noises[n], RULES[r], c, n_suites) for n, c, r in jobs), strict=True))
        for job, found in zip(jobs, done, strict=True):
            yield Simulated(*job, found)


@dataclass(frozen=True)
class Level:
    """How often the gate was wrong about a benchmark that is unlike the others of its suite.

    Attributes
    ----------
    law : str
        Of its noise: a key of `LAWS`.
    noise : float
        Its standard deviation over that of the typical other one.
    spread : float
        Standard deviation of the logarithm of the others' scales.
    wrong_pass : float
        Share that passed with a shift exactly at the tolerance.
    wrong_slower : float
        Share called slower without a shift.
    passed : float
        Share that passed without a shift.
    """

    law: str
    noise: float
    spread: float
    wrong_pass: float
    wrong_slower: float
    passed: float


def _students(rng: np.random.Generator, noise: float, shape: tuple[int, int]) -> Array:
    return np.asarray(noise * rng.standard_t(3, shape) / np.sqrt(3))


def _normal(rng: np.random.Generator, noise: float, shape: tuple[int, int]) -> Array:
    return np.asarray(noise * rng.standard_normal(shape))


def _two_modes(rng: np.random.Generator, noise: float, shape: tuple[int, int]) -> Array:
    # of two processes; within a mode there is half of the neighbours' noise
    modes, within = rng.integers(0, 2, (2, *shape)), USUAL / 2
    return np.asarray(np.sqrt(2 * (noise**2 - within**2)) * (modes[1] - modes[0]) + _normal(rng, within, shape))


#: Laws of the noise of one benchmark, given its standard deviation, by the name in the table.
LAWS: dict[str, Callable[[np.random.Generator, float, tuple[int, int]], Array]] = {
    "Student's t": _students,
    "normal": _normal,
    "two modes": _two_modes,
}

#: Standard deviation of the noise of the typical benchmark.
USUAL = 0.03

#: Noise of one benchmark over `USUAL`, and the spread of its neighbours'.
UNLIKE = [(times, 0.0) for times in (1.0, 3.0, 5.0, 10.0, 20.0)] + [(times, 0.4) for times in (1.0, 3.0, 10.0)]

# Rounds that each neighbour has taken before, and for how many draws they stay the same, to save time.
_TAKEN, _KEPT = 6, 20


def level(law: str, noise: float, spread: float, n_draws: int, seed: int = 0) -> Level:
    """Judge one benchmark that is unlike its neighbours, with a shift at the tolerance and with none.

    Parameters
    ----------
    law, noise, spread
        As in `Level`.
    n_draws : int
        How many benchmarks.
    seed : int
        Of the draws.
    """
    rng = np.random.default_rng([seed, list(LAWS).index(law), int(noise), int(10 * spread)])
    ratios = LAWS[law](rng, noise * USUAL, (n_draws, N_ROUNDS))
    guesses = [g for _ in range(0, n_draws, _KEPT) for g in [_from_neighbours(rng, spread)] * _KEPT][:n_draws]
    shifted, same = (
        [state for state, _ in sequential.until_decided(ratios + shift, guesses, TOLERANCE, N_BENCHMARKS)]
        for shift in (TOLERANCE, 0.0)
    )
    shares = (of.count(state) / n_draws for of, state in ((shifted, "pass"), (same, "slower"), (same, "pass")))
    return Level(law, noise, spread, *shares)


def every_level(n_draws: int) -> Iterator[Level]:
    """Try all laws, and all that a benchmark may be unlike its neighbours in, on all cores.

    Parameters
    ----------
    n_draws : int
        For each.
    """
    jobs = [(law, *unlike, n_draws) for law in LAWS for unlike in UNLIKE]
    with ProcessPoolExecutor() as pool:
        yield from pool.map(level, *zip(*jobs, strict=True))


def _from_neighbours(rng: np.random.Generator, spread: float) -> Guess:
    scales = USUAL * np.exp(spread * rng.standard_normal((N_BENCHMARKS - 1, 1)))
    return sequential.guess(np.array([]), list(scales * _students(rng, 1.0, (N_BENCHMARKS - 1, _TAKEN))))


def _suite(rng: np.random.Generator, ratios: Array) -> Suite:
    calls = 0.01 * rng.standard_normal((2, *ratios.shape, 3))
    return [
        [(calls[0, i, j], ratios[i, j] + calls[1, i, j]) for j in range(ratios.shape[1])] for i in range(len(ratios))
    ]


def _centred(rounds: list[Round]) -> list[Round]:
    """Take the mean change from few rounds, which is chance; that of many may be a bias, and stays."""
    if len(rounds) >= N_ROUNDS:
        return rounds
    shift = float(np.mean(_ratios(rounds)))
    return [(b, h - shift) for b, h in rounds]


def _redrawn(pool: list[list[Round]], rng: np.random.Generator) -> Suite:
    suite = []
    for which in rng.integers(len(pool), size=N_BENCHMARKS):
        rounds = pool[which]
        decks = [rng.permutation(len(rounds)) for _ in range(-(-N_ROUNDS // len(rounds)))]
        suite.append([rounds[k] for k in np.concatenate(decks)[:N_ROUNDS]])
    return suite


def _ratio(measured: Round) -> float:
    """Sum up a round as the gate does."""
    base, head = measured
    return float(np.median(head - base))


def _ratios(rounds: Sequence[Round]) -> Array:
    return np.array([_ratio(r) for r in rounds])


def _share(decided: Sequence[Decided], state: str) -> float:
    return float(np.mean([d.state == state for d in decided]))


def _rounds(decided: Sequence[Decided], state: str, percentiles: tuple[float, float]) -> tuple[float, float]:
    rounds = [d.rounds if d.state == state else np.inf for d in decided]
    low, high = np.percentile(rounds, percentiles, method="lower")
    return float(low), float(high)
