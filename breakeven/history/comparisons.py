"""Compare any two releases of a line, each pair by rounds of its own, in both directions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.harness import arms, cases, evidence, record, rounds
from breakeven.harness.arms import AsvArm
from breakeven.harness.evidence import Evidence
from breakeven.harness.record import Case, Record, Side, Stack
from breakeven.state import STATE
from breakeven.statistics.change_search import Comparison
from breakeven.train import entries, repository
from breakeven.train.entries import Train

UNDECIDED = "undecided within the budget"


@dataclass(frozen=True)
class Limits:
    """What every comparison of a search keeps to: see `Record`."""

    tolerance: float
    budget: float
    family: int


@dataclass(frozen=True)
class Change:
    """What is said of a case so far.

    Attributes
    ----------
    case : Case
        The benchmark and its parameters.
    failure : str
        Why nothing can be said.
    evidence : Evidence
        Of its rounds.
    """

    case: Case
    failure: str
    evidence: Evidence

    @property
    def rounds(self) -> int:
        """Complete ones."""
        return self.evidence.rounds

    @property
    def open(self) -> bool:
        """Whether more rounds may decide it."""
        return not self.failure and self.evidence.decision.state == "open"


def judge(measured: Record) -> list[Change]:
    """Say of each timed case of a record whether it changed, in either direction."""
    times = evidence.of_times(measured)
    return [Change(c, measured.failure(c), times[c.label]) for c in measured.cases]


#: Shows measuring while it goes on: the record, and what is said after each pair of processes.
Watch = Callable[[Record, Iterator[list[Change]]], None]


class Comparisons:
    """Comparisons of one search: each stack's arm is opened once, and all share what is known of the noise.

    Parameters
    ----------
    known : Train
        The releases.
    closing : ExitStack
        Closes the arms.
    selected : str
        Regular expression that chooses benchmarks.
    limits : Limits
        Of each comparison.
    config : Path
        asv's configuration.
    profile : str
        That selects parameters.
    watch : callable
        Goes through the rounds of a comparison.
    """

    def __init__(
        self,
        known: Train,
        closing: ExitStack,
        selected: str,
        limits: Limits,
        config: Path,
        profile: str,
        watch: Watch,
    ) -> None:
        self._known, self._closing, self._selected, self._limits = known, closing, selected, limits
        self._config, self._profile, self._watch = config, profile, watch
        self._arms: dict[str, AsvArm | BreakevenError] = {}
        # Of each benchmark, the rounds of its first comparison: what is known of its noise when the next begins.
        self._noise: dict[str, tuple[float, ...]] = {}

    def cases(self, base: Stack, head: Stack) -> list[Case]:
        """List the timed benchmarks that both offer."""
        opened: dict[Side, AsvArm] = {"base": self._arm(base), "head": self._arm(head)}
        offered = {side: arm.benchmarks for side, arm in opened.items()}
        listed = cases.listed(offered, self._selected, self._profile)
        found = [c for c in listed if c.judged == "as time" and len(c.sides) == 2]
        if not found:
            raise BreakevenError("No timed benchmark that both releases offer was selected")
        return found

    def compare(self, case: Case, before: Stack, after: Stack) -> Comparison:
        """Measure until a change in either direction is established or excluded, going on with what was kept."""
        try:
            opened: dict[Side, AsvArm] = {"base": self._arm(before), "head": self._arm(after)}
        except BreakevenError as error:
            return Comparison("failed", math.nan, math.nan, math.nan, str(error))
        name = f"{_file_name(case)}-{100 * self._limits.tolerance:g}.json"
        path = STATE / "blame" / f"{before.release}..{after.release}" / name
        current = record.begin(
            before,
            after,
            [replace(case, noise=self._noise.get(case.label, ()))],
            record.Settings(
                self._limits.tolerance,
                self._limits.tolerance,
                self._limits.budget,
                self._selected,
                self._profile,
                two_sided=True,
                family=self._limits.family,
            ),
        )
        old = record.resumed(path, current)
        current = old or current
        if old is None or rounds.go_on(old, self._limits.budget, any(c.open for c in judge(old))):
            self._watch(current, rounds.measure(current, opened, path, judge))
        self._noise.setdefault(case.label, tuple(current.log_ratios(case.label).tolist()))
        (said,) = judge(current)
        if said.failure:
            return Comparison("failed", math.nan, math.nan, math.nan, said.failure)
        found = said.evidence.decision
        ratio, low, high = math.exp(found.shift), math.exp(found.low), math.exp(found.high)
        if found.state == "open":
            return Comparison("unknown", ratio, low, high, UNDECIDED)
        beyond = abs(found.shift) > math.log1p(self._limits.tolerance) and found.change != 0
        return Comparison("changed" if beyond else "same", ratio, low, high)

    def packages(self, case: Case, before: Stack, after: Stack) -> tuple[dict[str, tuple[str, str]], bool]:
        """Find which packages changed a case, by swapping those that differ one at a time.

        Returns
        -------
        packages : dict of str to (str, str)
            Name to version before and after: those at fault, or all that differ if none is alone.
        alone : bool
            Whether any is at fault by itself.
        """
        differing = {n: (a, b) for n, (a, b) in entries.difference(before.pins, after.pins).items() if a and b}
        if len(differing) < 2:
            return differing, True
        guilty = {
            name: pins
            for name, pins in differing.items()
            if self.compare(case, before, self._swapped(before, name, pins[1])).state == "changed"
        }
        return (guilty, True) if guilty else (differing, False)

    def _swapped(self, before: Stack, package: str, pin: str) -> Stack:
        """Give a stack with one package as it is in another."""
        return arms.stack(self._known, f"{before.release} + {package}=={pin}")

    def _arm(self, wanted: Stack) -> AsvArm:
        if wanted.failure:
            raise BreakevenError(wanted.failure)
        if wanted.release not in self._arms:
            tags = repository.tags(repository.build(self._known))
            try:
                arm = arms.of_release(self._config, tags[wanted.release], self._selected, self._profile)
                self._arms[wanted.release] = self._closing.enter_context(arm)
            except BreakevenError as error:
                self._arms[wanted.release] = error
        found = self._arms[wanted.release]
        if isinstance(found, BreakevenError):
            raise found
        return found


def _file_name(case: Case) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", case.label)
