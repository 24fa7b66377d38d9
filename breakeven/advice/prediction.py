"""Which strategy to take: predicted times and memory at a size, best first; pure functions of results."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven.harness.results import Value, plain
from breakeven.report.sizes import Recorded, Row
from breakeven.statistics import size_law
from breakeven.statistics.size_law import FORM, Curve, Estimate, Form, Law, Parts, Times

#: Columns of what `overheads.Scatter` sends.
FEATURES = 20


@dataclass(frozen=True)
class Question:
    """What a user has.

    Attributes
    ----------
    n_samples : float
        Rows.
    memory : float
        Bytes that may be used.
    features : float
        Columns over those of the measured data.
    n_jobs : int, optional
        Cores; those of the measured machine if not given.
    """

    n_samples: float
    memory: float = math.inf
    features: float = 1.0
    n_jobs: int | None = None


@dataclass(frozen=True)
class Option:
    """What a strategy would cost.

    Attributes
    ----------
    strategy : str
        Its name.
    seconds : Estimate
        Predicted time of a call.
    memory : Estimate or None
        Predicted peak, in bytes; None if it was not measured.
    fits : bool or None
        Whether that is within the user's memory; None if it is not known.
    curve : Curve
        That the prediction was read from.
    """

    strategy: str
    seconds: Estimate
    memory: Estimate | None
    fits: bool | None
    curve: Curve


@dataclass(frozen=True)
class Trial:
    """Advice from the small sizes of a workload, beside what was measured at a larger one.

    Attributes
    ----------
    workload : str
        Its name.
    n_samples : int
        The size that was held out.
    beyond : float
        How many times larger it is than the largest size that was seen.
    advised, best : str
        The advised strategy and the one with the smallest median.
    regret : float
        Time of the advised over that of the best, less 1.
    errors : dict of str to float
        By strategy, predicted over measured time, less 1.
    covered : dict of str to bool
        By strategy, whether the interval held the measured time.
    """

    workload: str
    n_samples: int
    beyond: float
    advised: str
    best: str
    regret: float
    errors: dict[str, float]
    covered: dict[str, bool]


def times(rows: Sequence[Row]) -> Times:
    """Arrange a workload's samples for a fit.

    Parameters
    ----------
    rows : sequence of Row
        One a size.

    Returns
    -------
    mapping of str to mapping of int to sequence of float
        Without what failed or was skipped.
    """
    found: dict[str, dict[int, Sequence[float]]] = {}
    for row in rows:
        for strategy, value in row.times.items():
            if value.state == "measured":
                found.setdefault(strategy, {})[row.n_samples] = value.samples or (value.number,)
    return found


@dataclass(frozen=True)
class Overheads:
    """What strategies cost before any work.

    Attributes
    ----------
    start_up : dict of str to float
        By strategy, seconds that the first call of a session takes more.
    moving : Curve or None
        Time to send rows of `FEATURES` columns to every worker; None if it was not measured.
    """

    start_up: dict[str, float]
    moving: Curve | None

    def parts(self, option: Option, n_samples: float, n_features: float) -> Parts:
        """Say where the time of a strategy goes.

        Parameters
        ----------
        option : Option
            The strategy.
        n_samples : float
            The size.
        n_features : float
            Columns of the data.

        Returns
        -------
        Parts
            Only joblib's Dask backend moves data within a call: dask_ml finds its Dask array on the workers.
        """
        moving = None
        if self.moving is not None and option.strategy.startswith("dask-joblib"):
            moving = _rates(self.moving, [n_features / FEATURES] * (1 + len(self.moving.draws)))
        return size_law.decompose(option.curve, n_samples, self.start_up.get(option.strategy, 0.0), moving)


def overheads(recorded: Recorded, strategies: Iterable[str]) -> Overheads:
    """Read what strategies cost before any work.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.
    strategies : iterable of str
        Their names. Those on Dask start a cluster, and import as joblib's Dask backend does.

    Returns
    -------
    Overheads
        What was not measured counts as nothing.
    """
    cold = {str(plain(p[0])): v.number for p, v in _measured(recorded, "overheads.ColdCall.time_first_call")}
    cluster = sum(v.number for _, v in _measured(recorded, "overheads.ClusterStart.time_start"))
    start_up = {
        s: cluster + cold.get("dask-joblib", 0.0) if s.startswith("dask") else cold.get(s, 0.0) for s in strategies
    }
    sent = {int(plain(p[0])): v.samples for p, v in _measured(recorded, "overheads.Scatter.time_scatter")}
    return Overheads(start_up, size_law.fit({"scatter": sent}).get("scatter"))


def _measured(recorded: Recorded, benchmark: str) -> Iterator[tuple[tuple[str, ...], Value]]:
    return ((p, v) for p, v in recorded.get(benchmark, {}).items() if v.state == "measured")


def options(rows: Sequence[Row], asked: Question, cores: int) -> list[Option]:
    """Predict what each strategy would cost.

    Parameters
    ----------
    rows : sequence of Row
        A workload, one row a size.
    asked : Question
        What the user has.
    cores : int
        Of the measured machine.

    Returns
    -------
    list of Option
        The best first: those that fit, then those of which it is not known, then those that do not,
        each by time. Strategies measured at one size only are left out.
    """
    curves = size_law.fit(times(rows))
    if asked.n_jobs is not None and asked.n_jobs != cores and "serial" in curves:
        serial = curves["serial"]
        curves = {s: c if s == "serial" else _on_more_cores(c, serial, cores, asked.n_jobs) for s, c in curves.items()}
    found = []
    for strategy, measured in curves.items():
        curve = _rates(measured, [asked.features] * (1 + len(measured.draws)))
        memory = peak_memory(rows, strategy, asked.n_samples * asked.features)
        fits = None if memory is None else memory.high <= asked.memory
        found.append(Option(strategy, curve.seconds(asked.n_samples), memory, fits, curve))
    return sorted(found, key=lambda o: ({True: 0, None: 1, False: 2}[o.fits], o.seconds.value))


def peak_memory(rows: Sequence[Row], strategy: str, n_samples: float) -> Estimate | None:
    """Predict the peak memory of a strategy.

    Parameters
    ----------
    rows : sequence of Row
        A workload, one row a size.
    strategy : str
        Its name.
    n_samples : float
        The size.

    Returns
    -------
    Estimate or None
        In bytes: a straight line through the measured sizes. From one measured size it lies between that
        peak and growth in proportion, the worse end being told. None if there is no measurement.
    """
    measured = {
        row.n_samples: row.memory[strategy].number
        for row in rows
        if strategy in row.memory and row.memory[strategy].state == "measured"
    }
    if not measured:
        return None
    sizes = sorted(measured)
    far = size_law.beyond(n_samples, sizes)
    if len(sizes) == 1:
        known = measured[sizes[0]]
        low, high = sorted((known, known * n_samples / sizes[0]))
        return Estimate(high, low, high, far)
    slope, fixed = np.polyfit(sizes, [measured[n] for n in sizes], 1)
    off = max(abs(measured[n] - fixed - slope * n) for n in sizes)
    value = max(fixed + slope * n_samples, min(measured.values()))
    return Estimate(float(value), float(value - off), float(value + off), far)


def evaluate(workload: str, rows: Sequence[Row], form: Form = FORM, factor: float = 4) -> list[Trial]:
    """Hold out the largest sizes of a workload, and advise on them from the rest.

    Parameters
    ----------
    workload : str
        Its name.
    rows : sequence of Row
        One a size.
    form : Form
        What the fitted laws may look like.
    factor : float
        Sizes up to the largest one over this are seen.

    Returns
    -------
    list of Trial
        One a size held out; none if fewer than two sizes are seen, or there is nothing to choose from.
    """
    largest = max(row.n_samples for row in rows)
    seen = [row for row in rows if row.n_samples * factor <= largest]
    if len(seen) < 2:
        return []
    curves = size_law.fit(times(seen), form)
    found = []
    for row in rows:
        if row in seen or row.fastest is None:
            continue
        measured = {s: v.number for s, v in row.times.items() if v.state == "measured"}
        told = {s: curve.seconds(row.n_samples) for s, curve in curves.items() if s in measured}
        if not told:
            continue
        told = dict(sorted(told.items(), key=lambda of: of[1].value))
        advised = next(iter(told))
        found.append(
            Trial(
                workload,
                row.n_samples,
                row.n_samples / max(r.n_samples for r in seen),
                advised,
                row.fastest,
                measured[advised] / measured[row.fastest] - 1,
                {s: seconds.value / measured[s] - 1 for s, seconds in told.items()},
                {s: seconds.low <= measured[s] <= seconds.high for s, seconds in told.items()},
            )
        )
    return found


def _on_more_cores(curve: Curve, serial: Curve, cores: int, n_jobs: int) -> Curve:
    """Apply Amdahl's law (AFIPS 1967) to the growing part of the time."""

    def gain(law: Law, alone: Law) -> float:
        if law.rate == 0 or alone.rate == 0 or cores == 1:
            return 1.0
        not_shared = np.clip((cores * law.rate / alone.rate - 1) / (cores - 1), 0, 1)
        return float(alone.rate * (not_shared + (1 - not_shared) / n_jobs) / law.rate)

    pairs = zip((curve.law, *curve.draws), (serial.law, *serial.draws), strict=True)
    return _rates(curve, [gain(law, alone) for law, alone in pairs])


def _rates(curve: Curve, factors: Sequence[float]) -> Curve:
    law, *draws = (
        replace(law, rate=law.rate * factor) for law, factor in zip((curve.law, *curve.draws), factors, strict=True)
    )
    return replace(curve, law=law, draws=tuple(draws))


def regrets(trials: Sequence[Trial]) -> Mapping[str, float]:
    """Sum up how good the advice was.

    Parameters
    ----------
    trials : sequence of Trial
        Of all workloads; not empty.

    Returns
    -------
    mapping of str to float
        Median and largest regret; median error of the predicted times, of all and of those at four times the
        largest size seen or beyond; share of the measured times that the intervals held.
    """
    errors = [abs(e) for t in trials for e in t.errors.values()]
    far = [abs(e) for t in trials if t.beyond >= 4 for e in t.errors.values()]
    held = [c for t in trials for c in t.covered.values()]
    return {
        "median regret": float(np.median([t.regret for t in trials])),
        "largest regret": max(t.regret for t in trials),
        "median prediction error": float(np.median(errors)),
        "at 4 times the sizes seen and beyond": float(np.median(far or [math.nan])),
        "measured within the interval": float(np.mean(held)),
    }
