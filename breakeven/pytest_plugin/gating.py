"""Two releases are measured side by side, in one session of interleaved rounds behind all items."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

import pytest

from breakeven.calibration import controls
from breakeven.errors import BreakevenError
from breakeven.gate import session, verdicts, where_slower
from breakeven.gate.session import Tell
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import asv_log, one_at_a_time, record, rounds, suite
from breakeven.harness.own_code import Chosen
from breakeven.harness.record import Record, Settings
from breakeven.harness.record_file import RecordFile
from breakeven.pytest_plugin.items import Listed, Outcome
from breakeven.report import controls as controls_report
from breakeven.report import gate as tables
from breakeven.report import progress, rounds_notes
from breakeven.report import where_slower as where_report
from breakeven.report.grid import Grid
from breakeven.site import flame_graph
from breakeven.train import entries

#: How pytest marks a failure while items are told.
LETTERS = {Verdict.UNDECIDED: "U", Verdict.NOT_MEASURED: "N"}


class Gate:
    """Judges benchmarks by rounds of both releases.

    Parameters
    ----------
    chosen : Chosen
        The suite.
    base, head : str
        The releases.
    asked : Settings
        How they are judged.
    expired : sequence of str
        What is told of slowdowns that are no longer accepted.

    Attributes
    ----------
    record : Record or None
        What was measured; None before.
    judged : dict of (str, tuple of str) to Judgement
        By benchmark and parameters.
    """

    def __init__(self, chosen: Chosen, base: str, head: str, asked: Settings, expired: Sequence[str] = ()) -> None:
        self._chosen, self._names, self._asked, self._expired = chosen, (base, head), asked, expired
        self.record: Record | None = None
        self.judged: dict[tuple[str, tuple[str, ...]], Judgement] = {}
        self._where: list[Grid] = []

    def open(self, closing: ExitStack, tell: Tell) -> list[Listed]:
        """Start both sides, and list what can be judged."""
        known = entries.load()
        sides = session.sides(known, *self._names)
        closing.enter_context(one_at_a_time.held(tell))
        self._log = closing.enter_context(asv_log.kept())
        tell("Building the environments and listing the benchmarks")
        recorded = controls.recorded(self._chosen.config, self._asked.profile)
        self._asked = replace(self._asked, controls=controls_report.sentence(recorded))
        experience = controls.experience(recorded)
        self._ready = closing.enter_context(session.ready(known, sides, self._asked, self._chosen.config, experience))
        if not self._ready.cases:
            raise BreakevenError(tables.headline(record.begin(self._ready.sides, [], self._asked), []))
        described = {name: suite.read(d) for name, d in self._ready.described.items()}
        return [Listed(described[case.benchmark], case.parameters) for case in self._ready.cases]

    def measure(self, wanted: Sequence[Listed], tell: Tell) -> None:
        """Measure until each of these is decided, or the budget is spent; what was interrupted goes on."""
        labels = {(listed.benchmark.name, listed.parameters) for listed in wanted}
        cases = [case for case in self._ready.cases if (case.benchmark, case.parameters) in labels]
        new = record.begin(self._ready.sides, cases, self._asked)
        # a record a selection and what is asked of it: pytest's user chooses anew with each -k
        asked = self._asked.profile, self._asked.tolerance, self._asked.memory_tolerance
        question = "\n".join([*(case.label for case in cases), *map(str, asked)])
        digest = hashlib.sha256(question.encode()).hexdigest()[:8]
        path = self._chosen.records / "gates" / f"{new.base.release}..{new.head.release}-{digest}.gate"
        self.record = session.continued(path, new, tell)
        if not self._ready.freezes:
            tell(rounds_notes.AWAKE)
        told = time.monotonic()
        for judged in rounds.measure(self.record, self._ready.arms, RecordFile(path), verdicts.judge):
            self.judged = {(j.case.benchmark, j.case.parameters): j for j in judged}
            if self.record.finished or time.monotonic() > told + progress.QUIET:
                told = time.monotonic()
                tell(progress.line(self.record, judged))
        judged, kept = list(self.judged.values()), where_slower.folder(path)
        where_slower.measure(judged, self._ready.arms, kept, flame_graph.write, tell)
        self._where = [where_report.grid(found) for found in where_slower.load(judged, kept)]
        tell(f"Kept in {path}; what asv said is in {self._log}")

    def outcome(self, listed: Listed) -> Outcome:
        """Pass or fail by the verdict."""
        j = self.judged[listed.benchmark.name, listed.parameters]
        numbers = {"HEAD / BASE": j.ratio, "99 % low": j.low, "99 % high": j.high, "rounds": j.rounds}
        properties = [("verdict", j.word), ("exit status", int(j.verdict)), *numbers.items()]
        if j.accepted:
            properties.append(("accepted", j.why))
        return Outcome("" if j.verdict is Verdict.PASS else tables.sentence(j), properties=tuple(properties))

    def status(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Name what is told of an item while items run by its verdict."""
        told = dict(report.user_properties)
        if report.when != "call" or told.get("verdict") in (None, "pass"):
            return None
        letter = LETTERS.get(Verdict(int(str(told["exit status"]))), "F" if report.failed else "A")
        return report.outcome, letter, str(told["verdict"]).upper()

    def summary(self, terminal: pytest.TerminalReporter) -> None:
        """Tell how many came to which exit status, the verdict on the whole, and how it came about."""
        if self.record is None:
            return
        judged = list(self.judged.values())
        terminal.section(f"breakeven gate {self.record.base.release} {self.record.head.release}")
        counts = Counter(j.verdict for j in judged)
        for verdict in Verdict:
            terminal.write_line(f"{verdict.word:13}{counts[verdict]:5}  (exit status {int(verdict)} of breakeven gate)")
        for note in (
            *(line for part in self._where for line in part.markdown()),
            *(tables.sentence(j) for j in judged if j.accepted),
            *self._expired,
            tables.headline(self.record, judged),
            *tables.notes(self.record, judged),
        ):
            terminal.write_line(note)
