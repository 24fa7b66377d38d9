"""What the controls of a machine say: tables for the documentation, and a line for beside a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from breakeven import units
from breakeven.calibration import beside_asv, beside_t_test, controls
from breakeven.calibration.beside_asv import Continuous
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Judgement
from breakeven.harness.record import Record
from breakeven.report.grid import Grid


def markdown(measured: Sequence[Record], beside: Sequence[Continuous], fixed: Sequence[Record] = ()) -> Iterator[str]:
    """Write what the controls say, and what asv and a t-test said of the same.

    Parameters
    ----------
    measured : sequence of Record
        Controls of any shares.
    beside : sequence of Continuous
        Runs of asv; there may be none.
    fixed : sequence of Record
        Fixed rounds for a t-test; there may be none.

    Yields
    ------
    str
        A line.
    """
    yield from rates(measured).markdown()
    yield ""
    yield "Noise between rounds without a change, by what sums a round up: the median of the ratios turn by turn, which"
    yield "gates use, or the ratio of what sums up each process:"
    yield ""
    yield from noise(measured).markdown()
    if (injected := arrived(measured)).rows:
        yield ""
        yield "The slowdown that arrives in each benchmark, of which the injected function may be a part only:"
        yield ""
        yield from injected.markdown()
    if beside:
        yield ""
        yield f"`asv continuous --interleave-rounds --factor {beside_asv.FACTOR}`, given the time of each gate:"
        yield ""
        yield from asv_rates(beside).markdown()
    if fixed:
        yield ""
        yield "Student's t-tests of a number of rounds that is fixed beforehand, in the time of each gate:"
        yield ""
        yield from rates(fixed, beside_t_test.judge).markdown()


def rates(measured: Sequence[Record], judge: Callable[[Record], list[Judgement]] = verdicts.judge) -> Grid:
    """Arrange how often gates said what, by how much HEAD was made slower."""
    beyond = f"where tolerance + {units.percent(controls.BEYOND)} arrives"
    head = (
        "HEAD made slower by",
        "in",
        "gates",
        "with any benchmark slower",
        "slower",
        "pass",
        "undecided",
        "rounds",
        "minutes",
        beyond,
        "slower",
        "pass",
    )
    rows = [
        (
            units.percent(r.share, 3),
            r.package,
            str(r.gates),
            str(r.alarmed),
            *(units.percent(share, 3) for share in (r.slower, r.passed, r.undecided)),
            f"{r.rounds:g}",
            f"{r.minutes:.1f}",
            *(
                (str(r.beyond), *(units.percent(share, 3) for share in (r.beyond_slower, r.beyond_passed)))
                if r.beyond
                else ("", "", "")
            ),
        )
        for r in controls.rates(measured, judge)
    ]
    return Grid("", head, rows, f"rl{'r' * (len(head) - 2)}")


def noise(measured: Sequence[Record]) -> Grid:
    """Arrange each benchmark's noise by what sums a round up, and what a gate can find in it."""
    gathered = controls.experience(measured)
    rows = [
        (
            label,
            str(len(earlier.ratios)),
            *(units.percent(spread, 2) for spread in controls.noise(measured, label)),
            units.percent(controls.detectable(earlier.ratios, len(gathered)), 2),
        )
        for label, earlier in gathered.items()
    ]
    head = ("benchmark", "rounds", *controls.STATISTICS, f"slowdown found within {controls.ROUNDS} rounds")
    return Grid("", head, rows)


def arrived(measured: Sequence[Record]) -> Grid:
    """Arrange which slowdown arrives in each benchmark, beside the one that was injected."""
    rows = [
        (
            label,
            f"{units.percent(share, 3)}, {package}",
            str(rounds),
            f"{units.percent(ratio - 1, 3)} ±{units.percent(error, 2)}",
        )
        for label, share, package, rounds, ratio, error in controls.arrived(measured)
    ]
    return Grid("", ("benchmark", "injected", "rounds", "arrives"), rows)


def asv_rates(beside: Sequence[Continuous]) -> Grid:
    """Arrange how often asv said what, by how much HEAD was made slower."""
    head = ("HEAD made slower by", "runs", "with any benchmark slower", "slower", "no answer", "rounds", "minutes")
    rows = []
    for share in sorted({r.share for r in beside}):
        runs = [r for r in beside if r.share == share]
        rows.append(
            (
                units.percent(share, 3),
                str(len(runs)),
                str(sum(r.slower > 0 for r in runs)),
                units.percent(sum(r.slower for r in runs) / sum(r.benchmarks for r in runs), 3),
                str(sum(r.status == beside_asv.NOT_COMPARED for r in runs)),
                f"{np.median([r.rounds for r in runs]):g}",
                f"{np.median([r.seconds for r in runs]) / 60:.1f}",
            )
        )
    return Grid("", head, rows, "r" * len(head))


def sentence(measured: Sequence[Record]) -> str:
    """Say in a line what the controls showed, for beside a verdict; empty if there are none."""
    told = [
        f"{r.alarmed} of {r.gates} gates without a change raised a false alarm"
        if r.share == 0
        else f"{units.percent(r.slower, 3)} of injected {units.percent(r.share, 3)} slowdowns of {r.package} were found"
        for r in controls.rates(measured)
    ]
    return f"Controls on this machine: {'; '.join(told)}." if told else ""
