"""Rounds of stacks along a line: an anchor and others, kept in a record for each anchor."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType

from packaging.version import Version

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.harness import arms, cases, record, record_file, rounds
from breakeven.harness.arms import AsvArm
from breakeven.harness.own_code import Chosen
from breakeven.harness.record import BASE, HEAD, Case, Measured, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.train import publication, repository
from breakeven.train.entries import Train

#: Arms that are open at a time: each has processes that have imported a suite.
MOST_OPEN = 8


class Stacks:
    """Every stack that a search measures; the arms of those measured last are open.

    Parameters
    ----------
    known : Train
        The releases.
    selected : str
        Regular expression that chooses benchmarks.
    chosen : Chosen
        The suite.
    profile : str
        That selects parameters.
    """

    def __init__(self, known: Train, selected: str, chosen: Chosen, profile: str) -> None:
        self.known, self.selected, self.profile = known, selected, profile
        self.chosen = chosen
        self._stacks: dict[str, Stack] = {}
        self._failures: dict[str, BreakevenError] = {}
        self._open: dict[str, AsvArm] = {}  # in the order of use

    def __enter__(self) -> Stacks:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._close_all_but(0)

    def stack(self, spec: str) -> Stack:
        """Look a stack up, as `arms.stack` does, once."""
        if spec not in self._stacks:
            self._stacks[spec] = arms.stack(self.known, spec)
        return self._stacks[spec]

    def arm(self, spec: str) -> AsvArm:
        """Give the arm of a stack.

        Raises
        ------
        BreakevenError
            It cannot be measured.
        """
        if spec in self._failures:
            raise self._failures[spec]
        if spec not in self._open:
            self._close_all_but(MOST_OPEN - 1)
            try:
                self._open[spec] = self._opened(self.stack(spec))
            except BreakevenError as error:
                self._failures[spec] = error
                raise
        self._open[spec] = self._open.pop(spec)
        return self._open[spec]

    @property
    def freezes(self) -> bool:
        """Whether those that wait can be put to sleep."""
        return all(arm.freezes for arm in self._open.values())

    def _opened(self, wanted: Stack) -> AsvArm:
        if wanted.failure:
            raise BreakevenError(wanted.failure)
        tags = repository.tags(repository.build(self.known))
        return arms.of_release(self.chosen.config, tags[wanted.release], self.selected, self.profile).__enter__()

    def _close_all_but(self, n_newest: int) -> None:
        while len(self._open) > n_newest:
            oldest = next(iter(self._open))
            self._open.pop(oldest).__exit__(None, None, None)

    def cases(self, base: str, head: str) -> list[Case]:
        """List the timed benchmarks that both offer."""
        offered = {BASE: self.arm(base).benchmarks, HEAD: self.arm(head).benchmarks}
        listed = cases.listed(offered, self.selected, self.profile)
        found = [c for c in listed if c.judged == "as time" and len(c.arms) == 2]
        if not found:
            raise BreakevenError("No timed benchmark that both releases offer was selected")
        return found


class CaseBench:
    """Measures one case on lines of stacks: see `breakeven.history.packages.Bench`."""

    def __init__(self, stacks: Stacks, case: Case) -> None:
        self._stacks, self._case = stacks, case
        self._records: dict[str, Rounds] = {}

    @property
    def spent(self) -> float:
        """Seconds that all of its rounds took."""
        return sum(rounds.record.spent for rounds in self._records.values())

    @property
    def in_groups(self) -> list[str]:
        """Name the case if one of its rounds was measured in groups, for want of room."""
        return list(dict.fromkeys(label for rounds in self._records.values() for label in rounds.record.in_groups))

    @property
    def freezes(self) -> bool:
        """Whether the stacks that wait can be put to sleep."""
        return self._stacks.freezes

    def line(self, specs: Sequence[str]) -> AnchoredLine:
        """Give a line of stacks, with the rounds that are kept of them."""
        if specs[0] not in self._records:
            self._records[specs[0]] = Rounds(self._stacks, self._case, specs[0])
        return AnchoredLine(self._records[specs[0]], specs)

    def pins(self, spec: str) -> Mapping[str, str]:
        """Read what a stack holds; nothing if it cannot be had."""
        return self._stacks.stack(spec).pins

    def loaded(self, spec: str) -> Collection[str]:
        """Name the packages that the benchmark's process has loaded on a stack that was measured."""
        measured = [m for rounds in self._records.values() for m in rounds.record.measured if m.arm == spec]
        return {name for m in measured for name in m.reading.loaded}

    def versions(self, package: str, before: str, after: str) -> list[str]:
        """List the versions of a package that were published between two, in order."""
        known = self._stacks.known
        since, until = (
            min((r.date for r in known.releases if r.pins.get(package) == v), default=other.date)
            for v, other in ((before, known.releases[0]), (after, known.newest))
        )
        found = publication.published(package, known.python, since, until, [before])
        return sorted((v for v in found if Version(before) < Version(v) < Version(after)), key=Version)


class Rounds:
    """All rounds of a case around one stack, the anchor, in a record of their own."""

    def __init__(self, stacks: Stacks, case: Case, anchor: str) -> None:
        self._stacks, self._case, self._anchor = stacks, case, anchor
        self.failures: dict[str, str] = {}
        self._file = RecordFile(
            stacks.chosen.records / "blame" / files.name(anchor) / f"{files.name(case.label)}.rounds"
        )
        asked = Settings(0.0, stacks.selected, stacks.profile)
        begun = record.begin({anchor: stacks.stack(anchor)}, [replace(case, arms=(anchor,))], asked)
        self.record = record_file.resumed(self._file.path, begun, growing=True) or begun
        if not self._file.path.exists():
            self._file.begin(begun)

    def measure(self, specs: Sequence[str]) -> dict[str, float | None]:
        """Measure the anchor and others in one round: log-time relative to the anchor, None of what fails."""
        opened = {}
        for spec in (self._anchor, *specs):
            try:
                opened[spec] = self._stacks.arm(spec)
            except BreakevenError as error:
                self.failures[spec] = str(error)
        if self._anchor not in opened or len(opened) < 2:
            return {spec: None for spec in specs if spec not in opened}
        new = {spec: self._stacks.stack(spec) for spec in opened if spec not in self.record.arms}
        if new:
            self.record.arms |= new
            self.record.cases = [replace(self._case, arms=tuple(self.record.arms))]
            self._file.arms(new)
            self._file.cases(self.record.cases)
        measured = rounds.one(self.record, self.record.cases[0], list(opened), opened, self._file)
        return {spec: None for spec in specs if spec not in opened} | self._values(measured)

    def kept(self) -> Iterator[dict[str, float | None]]:
        """Give the rounds so far."""
        for _, measured in itertools.groupby(self.record.measured, key=lambda m: m.round):
            yield self._values(list(measured))

    def _values(self, measured: Sequence[Measured]) -> dict[str, float | None]:
        self.failures |= {m.arm: m.reading.error for m in measured if not m.samples}
        values: dict[str, float | None] = {m.arm: None for m in measured if not m.samples}
        anchors = {m.group: m for m in measured if m.arm == self._anchor and m.samples}
        for m in measured:
            if m.samples and m.group in anchors:
                values[m.arm] = record.log_ratio(anchors[m.group], m)
        return values


class AnchoredLine:
    """A line of stacks, each of which is measured side by side with the first."""

    def __init__(self, of: Rounds, specs: Sequence[str]) -> None:
        self._of, self._specs = of, specs
        self.rounds: list[dict[int, float | None]] = [self._placed(values) for values in of.kept()]

    @property
    def spent(self) -> float:
        """Seconds that the rounds with its stacks took."""
        others = set(self._specs[1:])
        of_line = {m.round for m in self._of.record.measured if m.arm in others}
        return sum(m.wall for m in self._of.record.measured if m.round in of_line)

    def round(self, places: Sequence[int]) -> Mapping[int, float | None]:
        """Measure the anchor and others in one round."""
        self.rounds.append(self._placed(self._of.measure([self._specs[place] for place in places[1:]])))
        return self.rounds[-1]

    def why(self, place: int) -> str:
        """Tell why a place failed."""
        return f"{self._specs[place]}: {self._of.failures[self._specs[place]]}"

    def _placed(self, values: Mapping[str, float | None]) -> dict[int, float | None]:
        return {self._specs.index(spec): value for spec, value in values.items() if spec in self._specs}
