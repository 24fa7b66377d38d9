"""Which strategy to take: predicted times and memory at a size, of equals the simplest; pure functions of results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven.harness.workloads import Row, Workload
from breakeven.statistics import memory_law, size_law
from breakeven.statistics.curve import Curve, Estimate, interval
from breakeven.statistics.ranking import EQUAL
from breakeven.statistics.size_law import SizeLaw, Times


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
        Predicted peak, in bytes; None if it was measured at fewer than two sizes.
    memory_sizes : int
        Sizes at which peak memory was measured.
    fits : bool or None
        Whether that is within the user's memory; None if it is not known.
    curve : Curve
        That the prediction was read from.
    """

    strategy: str
    seconds: Estimate
    memory: Estimate | None
    memory_sizes: int
    fits: bool | None
    curve: Curve[SizeLaw]


@dataclass(frozen=True)
class Choice:
    """What to take.

    Attributes
    ----------
    options : list of Option
        The advised one first, then as `options` orders them.
    equal : list of str
        Strategies that are as good as the fastest one, that which needs least and is advised first.
    gain : float
        Share of the advised one's time that the others among them would save at most.
    in_rounds : bool
        Whether that was measured in rounds at this very size; else it is predicted.
    within : float
        How many times as long as the fastest any of them takes at most, as measured; 1.1 is what is asked for.
    """

    options: list[Option]
    equal: list[str]
    gain: float
    in_rounds: bool
    within: float


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


def options(workload: Workload, asked: Question, cores: int) -> list[Option]:
    """Predict what each strategy would cost.

    Parameters
    ----------
    workload : Workload
        What was measured.
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
    curves = size_law.fit(times(workload.rows))
    alone = curves.get(workload.reference or "")
    if asked.n_jobs is not None and asked.n_jobs != cores and alone is not None:
        curves = {
            s: c if s == workload.reference else _on_more_cores(c, alone, cores, asked.n_jobs)
            for s, c in curves.items()
        }
    found = []
    for strategy, measured in curves.items():
        curve = scaled(measured, [asked.features] * (1 + len(measured.draws)))
        peaks = peak_memory(workload.rows, strategy)
        memory = memory_law.fit(peaks).bytes(asked.n_samples * asked.features) if len(peaks) > 1 else None
        fits = None if memory is None else memory.high <= asked.memory
        found.append(Option(strategy, curve.seconds(asked.n_samples), memory, len(peaks), fits, curve))
    return sorted(found, key=lambda o: ({True: 0, None: 1, False: 2}[o.fits], o.seconds.value))


def choose(workload: Workload, asked: Question, told: Sequence[Option]) -> Choice:
    """Take the fastest of the strategies that fit, and among those that are as fast within 10 % the simplest.

    Parameters
    ----------
    workload : Workload
        What was measured.
    asked : Question
        What the user has.
    told : sequence of Option
        From `options`; not empty.
    """
    # what fits goes before what does not, however fast that is
    known = {option.strategy: option for option in told if option.fits == told[0].fits}
    memory = {s: option.memory.value for s, option in known.items() if option.memory is not None}
    row = next((r for r in workload.rows if _is(r, asked)), None)
    leaders = [s for s in row.leaders if s in known] if row is not None and row.state in ("winner", "tie") else []
    if row is not None and row.standing is not None and leaders:
        equal = workload.simplest_first(leaders, memory)
        slower_at_most = row.standing.places[equal[0]].high
        within = max(row.standing.places[s].high for s in equal)
    else:
        equal = as_good(workload, {s: option.seconds.value for s, option in known.items()}, memory)
        slower_at_most = max((_slower_at_most(known[equal[0]], known[s], asked) for s in equal[1:]), default=1.0)
        within = EQUAL
    advised = known[equal[0]]
    ordered = [advised, *(option for option in told if option is not advised)]
    return Choice(ordered, equal, 1 - 1 / slower_at_most, bool(leaders), within)


def as_good(workload: Workload, seconds: Mapping[str, float], memory: Mapping[str, float]) -> list[str]:
    """Give the strategies whose predicted time is within 10 % of the smallest, the one that needs least first.

    Parameters
    ----------
    workload : Workload
        That knows its strategies.
    seconds, memory : mapping of str to float
        By strategy; memory in bytes, of those of which it is known.
    """
    limit = EQUAL * min(seconds.values())
    return workload.simplest_first([s for s, value in seconds.items() if value <= limit], memory)


def _is(row: Row, asked: Question) -> bool:
    """Say whether a size was measured in rounds as the user has it."""
    as_measured = asked.features == 1 and asked.n_jobs is None
    return as_measured and row.standing is not None and row.n_samples == asked.n_samples


def _slower_at_most(advised: Option, other: Option, asked: Question) -> float:
    """Give the upper end of the interval of a predicted ratio, from pairs of draws."""
    drawn = [
        law.seconds(asked.n_samples) * math.exp(off) / (less.seconds(asked.n_samples) * math.exp(less_off))
        for law, off, less, less_off in zip(
            advised.curve.draws, advised.curve.scatter, other.curve.draws, other.curve.scatter, strict=True
        )
    ]
    return max(interval(np.array(drawn))[1], 1.0)


def peak_memory(rows: Sequence[Row], strategy: str) -> dict[int, float]:
    """Gather the measured peaks of a strategy.

    Parameters
    ----------
    rows : sequence of Row
        A workload, one row a size.
    strategy : str
        Its name.

    Returns
    -------
    dict of int to float
        Size to bytes.
    """
    return {
        row.n_samples: row.memory[strategy].number
        for row in rows
        if strategy in row.memory and row.memory[strategy].state == "measured"
    }


def _on_more_cores(curve: Curve[SizeLaw], serial: Curve[SizeLaw], cores: int, n_jobs: int) -> Curve[SizeLaw]:
    """Apply Amdahl's law (AFIPS 1967) to the growing part of the time."""

    def gain(law: SizeLaw, alone: SizeLaw) -> float:
        if law.rate == 0 or alone.rate == 0 or cores == 1:
            return 1.0
        not_shared = np.clip((cores * law.rate / alone.rate - 1) / (cores - 1), 0, 1)
        return float(alone.rate * (not_shared + (1 - not_shared) / n_jobs) / law.rate)

    pairs = zip((curve.law, *curve.draws), (serial.law, *serial.draws), strict=True)
    return scaled(curve, [gain(law, alone) for law, alone in pairs])


def scaled(curve: Curve[SizeLaw], factors: Sequence[float]) -> Curve[SizeLaw]:
    """Multiply the growing part of a curve and of its draws by a factor each."""
    law, *draws = (
        replace(law, rate=law.rate * factor) for law, factor in zip((curve.law, *curve.draws), factors, strict=True)
    )
    return replace(curve, law=law, draws=tuple(draws))
