"""How often is each way of deciding wrong? Suites of known truth, drawn and judged thousands of times."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from asv.commands import compare
from asv_runner.statistics import compute_stats
from scipy import stats

from breakeven.errors import BreakevenError
from breakeven.harness import record
from breakeven.harness.record import Record
from breakeven.statistics import sequential
from breakeven.statistics.sequential import Array

#: Benchmarks in a simulated suite, and the most rounds of one.
N_BENCHMARKS, N_ROUNDS = 40, 16

TOLERANCE = float(np.log(1.05))

#: One round of one benchmark: log-times of the calls in base's process and in head's, turn by turn.
Round = tuple[Array, Array]
Suite = list[list[Round]]

#: Gives a suite whose benchmarks are all unchanged.
Noise = Callable[[np.random.Generator], Suite]


@dataclass(frozen=True)
class Outcome:
    """What a rule said of one benchmark.

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
    """Draw one bimodal benchmark among those of `heavy`, so that what it borrows is wrong."""
    return [bimodal(rng)[0], *heavy(rng)[1:]]


def some_noisy(rng: np.random.Generator) -> Suite:
    """Draw four benchmarks five times as noisy as the rest, so that what they borrow is wrong."""
    scale = np.where(np.arange(N_BENCHMARKS) % 10 == 0, 5.0, 1.0)[:, None]
    return _suite(rng, scale * 0.04 / np.sqrt(3) * rng.standard_t(3, (N_BENCHMARKS, N_ROUNDS)))


def recorded(controls: Sequence[Record]) -> Noise:
    """Draw from the real rounds of gates of a release against itself.

    Parameters
    ----------
    controls : sequence of Record
        As from `calibration.load`; those without a change count.

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
            if case.kind == "time":
                calls = (np.log(record.side_by_side(b, h)).T for b, h in measured.pairs(case.label))
                pool.setdefault(case.label, []).extend((b, h) for b, h in calls if len(b))
    rounds = [r for r in pool.values() if len(r) >= N_ROUNDS]
    if not rounds:
        raise BreakevenError(f"No benchmark has {N_ROUNDS} rounds without a change: run breakeven calibrate first")
    return functools.partial(_redrawn, rounds)


def gate(suite: Suite) -> list[Outcome]:
    """Decide as ``breakeven gate`` does: after each round, on all rounds so far."""
    ratios = np.array([_ratios(rounds) for rounds in suite])
    scales = sequential.borrow_from([np.array([])] * len(suite), list(ratios))
    return [_until_decided(r, s, len(suite)) for r, s in zip(ratios, scales, strict=True)]


def asv(suite: Suite, n_rounds: int) -> list[Outcome]:
    """Decide as ``asv continuous --factor 1.05`` does."""
    found = []
    for rounds in suite:
        before, after = (np.exp(np.concatenate([r[side] for r in rounds[:n_rounds]])) for side in (0, 1))
        (old, old_stats), (new, new_stats) = (_asv_stats(samples) for samples in (before, after))
        slower = compare._is_result_better(old, new, (old_stats, before), (new_stats, after), np.exp(TOLERANCE))
        found.append(Outcome("slower" if slower else "open", n_rounds))
    return found


def t_test(suite: Suite, n_rounds: int) -> list[Outcome]:
    """Decide by Student's t-test of the gate's log-ratios, at its levels."""
    found = []
    for rounds in suite:
        ratios = _ratios(rounds[:n_rounds])
        mean, error = ratios.mean(), stats.sem(ratios)
        slower = mean - error * stats.t.isf(sequential.LEVEL / len(suite), n_rounds - 1) > 0 and mean > TOLERANCE
        passes = mean + error * stats.t.isf(sequential.LEVEL, n_rounds - 1) <= TOLERANCE
        found.append(Outcome("slower" if slower else "pass" if passes else "open", n_rounds))
    return found


def mann_whitney(suite: Suite, n_rounds: int) -> list[Outcome]:
    """Decide by the Mann-Whitney test of the processes' first deciles, at the gate's level for a suite."""
    found = []
    for rounds in suite:
        before, after = (np.array([np.quantile(r[side], 0.1) for r in rounds[:n_rounds]]) for side in (0, 1))
        p_value = stats.mannwhitneyu(after, before, alternative="greater").pvalue
        slower = p_value < sequential.LEVEL / len(suite) and np.median(after) - np.median(before) > TOLERANCE
        found.append(Outcome("slower" if slower else "open", n_rounds))
    return found


def ratio_of_means(suite: Suite, n_rounds: int) -> list[Outcome]:
    """Decide by comparing the ratio of mean times with the tolerance."""
    found = []
    for rounds in suite:
        before, after = (np.exp(np.concatenate([r[side] for r in rounds[:n_rounds]])).mean() for side in (0, 1))
        found.append(Outcome("slower" if after / before > np.exp(TOLERANCE) else "pass", n_rounds))
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
RULES: dict[str, Callable[[Suite], list[Outcome]]] = {
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


def rates(noise: Noise, rule: Callable[[Suite], list[Outcome]], change: float, n_suites: int, seed: int = 0) -> Rates:
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

    Returns
    -------
    Rates
    """
    alarms, same, changed = 0, [], []
    for number in range(n_suites):
        rng = np.random.default_rng([seed, number])
        suite = noise(rng)
        at = int(rng.integers(len(suite)))
        suite[at] = [(b, h + np.log(change)) for b, h in suite[at]]
        outcomes = rule(suite)
        changed.append(outcomes.pop(at))
        same += outcomes
        alarms += any(o.state == "slower" for o in outcomes)
    return Rates(
        alarms / n_suites,
        _share(same, "pass"),
        _rounds(same, "pass", (50, 95)),
        _share(changed, "slower"),
        _rounds(changed, "slower", (50, 100)),
        _share(changed, "pass"),
    )


def markdown(noises: dict[str, Noise], changes: Sequence[float], n_suites: int) -> Iterable[str]:
    """Write the table of all rules under all noises.

    Parameters
    ----------
    noises : dict of str to callable
        By the name they have in the table.
    changes : sequence of float
        As in `rates`.
    n_suites : int
        For each line.

    Yields
    ------
    str
        A line.
    """
    yield (
        "| noise | change | rule | suites with a false alarm | unchanged: pass | rounds (median, 95 %) "
        "| changed: found | rounds (median, most) | changed: passes |"
    )
    yield "|---|--:|---|--:|--:|--:|--:|--:|--:|"
    jobs = [(n, c, r) for n in noises for c in changes for r in RULES]
    with ProcessPoolExecutor() as pool:
        done = pool.map(rates, *zip(*((noises[n], RULES[r], c, n_suites) for n, c, r in jobs), strict=True))
        for (noise, change, rule), got in zip(jobs, done, strict=True):
            cells = [
                noise, f"{change:g}", rule, _percent(got.false_alarms),
                _percent(got.passed), _both(got.pass_rounds),
                _percent(got.found), _both(got.found_rounds), _percent(got.wrong_pass),
            ]  # fmt: skip
            yield f"| {' | '.join(cells)} |"


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


def _until_decided(ratios: Array, scales: Array, n_benchmarks: int) -> Outcome:
    for n in range(sequential.PILOT, len(ratios) + 1):
        state = sequential.decide(ratios[:n], scales, TOLERANCE, n_benchmarks).state
        if state != "open":
            return Outcome(state, n)
    return Outcome("open", len(ratios))


def _ratios(rounds: Sequence[Round]) -> Array:
    """Sum up each round as the gate does."""
    return np.array([np.median(h - b) for b, h in rounds])


def _asv_stats(samples: Array) -> tuple[float, dict[str, float]]:
    value, found = compute_stats(list(samples), 1)
    return value, found


def _share(outcomes: Sequence[Outcome], state: str) -> float:
    return float(np.mean([o.state == state for o in outcomes]))


def _rounds(outcomes: Sequence[Outcome], state: str, percentiles: tuple[float, float]) -> tuple[float, float]:
    rounds = [o.rounds if o.state == state else np.inf for o in outcomes]
    low, high = np.percentile(rounds, percentiles, method="lower")
    return float(low), float(high)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _both(rounds: tuple[float, float]) -> str:
    return ", ".join("-" if np.isinf(r) else f"{r:.0f}" for r in rounds)
