"""How often is each way of deciding wrong? Suites of known truth, drawn and judged thousands of times."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy import stats

from breakeven.errors import BreakevenError
from breakeven.harness import asv_rule, record
from breakeven.harness.record import Record
from breakeven.statistics import sequential
from breakeven.statistics.arrays import Array

#: Benchmarks in a simulated suite, and the most rounds of one.
N_BENCHMARKS, N_ROUNDS = 40, 16

TOLERANCE = float(np.log1p(record.TOLERANCE))

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
        Each benchmark of a suite is one of those measured; its rounds are drawn with replacement, and
        its sides swapped at random, as nothing tells them apart. Only calls made in the same turn count.

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
    rounds = [r for r in pool.values() if len(r) >= N_ROUNDS]
    if not rounds:
        raise BreakevenError(f"No benchmark has {N_ROUNDS} rounds without a change: run breakeven calibrate first")
    return functools.partial(_redrawn, rounds)


def gate(suite: Suite) -> list[Decided]:
    """Decide as ``breakeven gate`` does: after each round, on all rounds so far."""
    pilots = [_ratios(rounds[: sequential.PILOT]) for rounds in suite]
    scales = sequential.borrow_from([np.array([])] * len(suite), pilots)
    later = (map(_ratio, rounds[sequential.PILOT :]) for rounds in suite)
    return [_until_decided(chain(p, r), s, len(suite)) for p, r, s in zip(pilots, later, scales, strict=True)]


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


#: Every noise that is tried, by the name it has in the table.
NOISES: dict[str, Noise] = {
    "Student's t": heavy,
    "normal": normal,
    "four of 40 are five times as noisy": some_noisy,
    "one of 40 is bimodal": one_bimodal,
    "bimodal": bimodal,
}

#: Every way of deciding that is compared, by the name it has in the table.
RULES: dict[str, Callable[[Suite], list[Decided]]] = {
    "breakeven gate": gate,
    **{f"asv, {n} rounds": functools.partial(asv, n_rounds=n) for n in (2, 5, 10)},
    **{f"t-test, {n} rounds": functools.partial(t_test, n_rounds=n) for n in (5, 10, 16)},
    **{f"Mann-Whitney, {n} rounds": functools.partial(mann_whitney, n_rounds=n) for n in (5, 10, 16)},
    **{f"ratio of means, {n} rounds": functools.partial(ratio_of_means, n_rounds=n) for n in (5, 10)},
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


def rates(noise: Noise, rule: Callable[[Suite], list[Decided]], change: float, n_suites: int, seed: int = 0) -> Rates:
    """Judge many suites in which one benchmark, chosen at random, has changed.

    Parameters
    ----------
    noise : callable
        Draws suites.
    rule : callable
        Judges one.
    change : float
        Head's time over base's in the changed benchmark.
    n_suites : int
        How many.
    seed : int
        Of the draws; the same for every rule, so that all judge the same samples.
    """
    alarms, same, changed = 0, [], []
    for number in range(n_suites):
        rng = np.random.default_rng([seed, number])
        suite = noise(rng)
        at = int(rng.integers(len(suite)))
        suite[at] = [(b, h + np.log(change)) for b, h in suite[at]]
        decided = rule(suite)
        changed.append(decided.pop(at))
        same += decided
        alarms += any(d.state == "slower" for d in decided)
    return Rates(
        alarms / n_suites,
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


def _suite(rng: np.random.Generator, ratios: Array) -> Suite:
    calls = 0.01 * rng.standard_normal((2, *ratios.shape, 3))
    return [
        [(calls[0, i, j], ratios[i, j] + calls[1, i, j]) for j in range(ratios.shape[1])] for i in range(len(ratios))
    ]


def _redrawn(pool: list[list[Round]], rng: np.random.Generator) -> Suite:
    suite = []
    for which in rng.integers(len(pool), size=N_BENCHMARKS):
        rounds = [pool[which][k] for k in rng.integers(len(pool[which]), size=N_ROUNDS)]
        suite.append([(h, b) if rng.random() < 0.5 else (b, h) for b, h in rounds])
    return suite


def _until_decided(ratios: Iterable[float], scales: Array, n_benchmarks: int) -> Decided:
    decided = Decided("open", 0)
    for n, decision in enumerate(sequential.looks(ratios, scales, TOLERANCE, n_benchmarks), start=sequential.PILOT):
        decided = Decided(decision.state, n)
        if decision.state != "open":
            break
    return decided


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
