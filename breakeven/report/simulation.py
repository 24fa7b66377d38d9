"""What the simulation of deciding rules found, as a table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from breakeven.calibration.simulation import Level, Simulated
from breakeven.report.grid import Grid
from breakeven.units import percent

HEAD = (
    "noise",
    "change",
    "rule",
    "suites with a false alarm",
    "unchanged: pass",
    "rounds (median, 95 %)",
    "changed: found",
    "rounds (median, most)",
    "changed: passes",
)


LEVELS_HEAD = (
    "noise of one benchmark",
    "times that of the others",
    "scales of the others",
    "pass with a shift at the tolerance",
    "slower without a shift",
    "pass without a shift",
)


def levels(found: Iterable[Level]) -> Grid:
    """Arrange what was wrong about a benchmark that is unlike the others, a row each."""
    return Grid("", LEVELS_HEAD, map(_level, found), "lrlrrr")


def _level(level: Level) -> tuple[str, ...]:
    scales = f"log-normal, {level.spread:g}" if level.spread else "equal"
    shares = (percent(s) for s in (level.wrong_pass, level.wrong_slower, level.passed))
    return level.law, f"{level.noise:g}", scales, *shares


def table(simulated: Iterable[Simulated]) -> Grid:
    """Arrange the rates, a row each."""
    return Grid("", HEAD, map(_row, simulated), "lrlrrrrrr")


def _row(simulated: Simulated) -> tuple[str, ...]:
    rates = simulated.rates
    return (
        simulated.noise,
        f"{simulated.change:g}",
        simulated.rule,
        percent(rates.false_alarms),
        percent(rates.passed),
        _both(rates.pass_rounds),
        percent(rates.found),
        _both(rates.found_rounds),
        percent(rates.wrong_pass),
    )


def _both(rounds: tuple[float, float]) -> str:
    return ", ".join("-" if np.isinf(r) else f"{r:.0f}" for r in rounds)
