"""What the controls show: gates of a release against itself, as it is and made slower by a known share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from breakeven.gate import verdicts
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import record, record_file
from breakeven.harness.cases import Experience
from breakeven.harness.record import Record, Statistic
from breakeven.harness.results import Store
from breakeven.statistics import sequential
from breakeven.train.entries import difference

#: Rounds within which a slowdown counts as detectable.
ROUNDS = 16

#: Slowdown beyond a benchmark's tolerance that a gate is to find.
BEYOND = 0.05


def _of_each(summary: Callable[[Sequence[float]], Any]) -> Statistic:
    return lambda base, head: float(np.log(summary(head.samples) / summary(base.samples)))


#: What a round could be summed up by; gates use the first.
STATISTICS: dict[str, Statistic] = {
    "turns": record.log_ratio,
    "first deciles": _of_each(lambda samples: np.quantile(samples, 0.1)),
    "fastest": _of_each(np.min),
    "medians": _of_each(np.median),
    "means": _of_each(np.mean),
}


@dataclass(frozen=True)
class ControlRates:
    """How often the gates of one control came to which verdict.

    Attributes
    ----------
    share : float
        By how much HEAD was made slower; 0 if it was left as it is.
    package : str
        Which package of it; empty if none was.
    gates : int
        How many gates.
    alarmed : int
        Gates that called any benchmark slower: false alarms if the share is 0.
    slower, passed, undecided : float
        Shares of the benchmarks, over all gates.
    rounds : float
        Median of a benchmark's rounds.
    minutes : float
        Median of a gate's measuring.
    beyond : int
        Verdicts on benchmarks in which the tolerance and `BEYOND` more arrives.
    beyond_slower, beyond_passed : float
        Shares of these.
    """

    share: float
    package: str
    gates: int
    alarmed: int
    slower: float
    passed: float
    undecided: float
    rounds: float
    minutes: float
    beyond: int
    beyond_slower: float
    beyond_passed: float


def folder(store: Store) -> Path:
    """Say where the controls of a machine are kept."""
    return store.folder / store.machine / "calibration"


def load(folder: Path, profile: str, suffix: str = ".gate") -> list[Record]:
    """Read the controls measured on a machine in a profile.

    Parameters
    ----------
    folder : Path
        Where `breakeven calibrate` keeps them.
    profile : str
        Its name: another profile is another selection of benchmarks.
    suffix : str
        Of the files: those of gates, or of what was measured beside them.

    Returns
    -------
    list of Record
        Finished ones, in order of their names.
    """
    found = (record_file.load(path) for path in sorted(folder.glob(f"*{suffix}")))
    return [r for r in found if r.finished and r.control is not None and r.profile == profile]


def recorded(config: Path, profile: str) -> list[Record]:
    """Read the controls measured on this machine in a profile.

    Parameters
    ----------
    config : Path
        asv's configuration.
    profile : str
        Its name.

    Returns
    -------
    list of Record
        As `load` gives them.
    """
    return load(folder(Store.of(config)), profile)


def rates(
    controls: Sequence[Record], judge: Callable[[Record], list[Judgement]] = verdicts.judge
) -> Iterator[ControlRates]:
    """Count the verdicts of the controls on times.

    Parameters
    ----------
    controls : sequence of Record
        Of any shares and packages.
    judge : callable
        Gives the verdicts of a record.

    Yields
    ------
    ControlRates
        For each share and package, in ascending order.
    """
    for (share, package), same in _alike(controls):
        judged = [[j for j in judge(c) if j.case.judged == "as time"] for c in same]
        every = [j for js in judged for j in js]
        ratios = {label: ratio for label, *_, ratio, _ in arrived(same)}
        beyond = [j for j in every if ratios.get(j.case.label, 1.0) >= 1 + j.tolerance + BEYOND]
        yield ControlRates(
            share,
            package,
            len(same),
            sum(any(j.verdict is Verdict.SLOWER for j in js) for js in judged),
            _share(every, Verdict.SLOWER),
            _share(every, Verdict.PASS),
            _share(every, Verdict.UNDECIDED),
            float(np.median([j.rounds for j in every])),
            float(np.median([c.spent for c in same])) / 60,
            len(beyond),
            _share(beyond, Verdict.SLOWER),
            _share(beyond, Verdict.PASS),
        )


def experience(controls: Sequence[Record]) -> dict[str, Experience]:
    """Gather what gates of a release against itself showed of each benchmark.

    Parameters
    ----------
    controls : sequence of Record
        Of any shares.

    Returns
    -------
    dict of str to Experience
        By benchmark and parameters.
    """
    rounds: dict[str, list[tuple[float, float]]] = {}
    for control in controls:
        if control.control == 0:
            for case in control.cases:
                if case.judged == "as time":
                    walls = [b.wall + h.wall for b, h in control.pairs(case.label) if b.samples and h.samples]
                    rounds.setdefault(case.label, []).extend(
                        zip(control.log_ratios(case.label).tolist(), walls, strict=True)
                    )
    return {
        label: Experience(tuple(ratio for ratio, _ in pairs), float(np.median([wall for _, wall in pairs])))
        for label, pairs in rounds.items()
        if pairs
    }


def noise(controls: Sequence[Record], label: str) -> list[float]:
    """Compare the noise between rounds that other statistics would leave.

    Parameters
    ----------
    controls : sequence of Record
        Of any shares.
    label : str
        A benchmark and parameters.

    Returns
    -------
    list of float
        Standard deviation of the log-ratios for each of `STATISTICS`, between a release and itself.
    """
    same = [c for c in controls if c.control == 0]
    return [
        float(np.std(np.concatenate([c.log_ratios(label, statistic) for c in same])))
        for statistic in STATISTICS.values()
    ]


def arrived(controls: Sequence[Record]) -> Iterator[tuple[str, float, str, int, float, float]]:
    """Measure which slowdown arrives in each benchmark: a call may be more than what was made slower in it.

    Parameters
    ----------
    controls : sequence of Record
        Of any shares.

    Yields
    ------
    label : str
        A benchmark and its parameters.
    share : float
        By how much HEAD was made slower.
    package : str
        Which package of it.
    rounds : int
        How many.
    ratio, error : float
        Median of head's time over base's, and the standard error of its logarithm (normal noise: 1.25 times that of
        the mean).
    """
    for (share, package), same in _alike([c for c in controls if c.control]):
        labels = dict.fromkeys(case.label for c in same for case in c.cases if case.judged == "as time")
        for label in labels:
            ratios = np.concatenate([c.log_ratios(label) for c in same])
            if len(ratios) > 1:
                error = 1.25 * float(np.std(ratios, ddof=1)) / np.sqrt(len(ratios))
                yield label, share, package, len(ratios), float(np.exp(np.median(ratios))), error


def detectable(ratios: Sequence[float], n_benchmarks: int, rounds: int = ROUNDS) -> float:
    """Give the smallest slowdown that a gate finds within some rounds in four of five cases.

    Parameters
    ----------
    ratios : sequence of float
        Log-ratios between a release and itself.
    n_benchmarks : int
        In the suite, whose false alarms are held together.
    rounds : int
        How many.

    Returns
    -------
    float
        Share, 0.1 for 10 %; infinite if none is.
    """
    scale = sequential.likely_scale(np.asarray(ratios), sequential.guess(np.array([]), []))
    return float(np.expm1(sequential.detectable(scale, rounds, n_benchmarks)))


def _alike(controls: Sequence[Record]) -> Iterator[tuple[tuple[float, str], list[Record]]]:
    """Group controls by how much was injected, and into which package: the one that HEAD has another version of."""

    def kind(control: Record) -> tuple[float, str]:
        changed = difference(control.base.pins, control.head.pins)
        return control.control or 0.0, next(iter(changed), "")

    for found, same in itertools.groupby(sorted(controls, key=kind), kind):
        yield found, list(same)


def _share(judged: Sequence[Judgement], verdict: Verdict) -> float:
    return sum(j.verdict is verdict for j in judged) / max(len(judged), 1)
