"""A record's file: what is written comes back, whatever happens while it is written."""

import gzip
import json
import resource
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from breakeven.errors import BreakevenError, Notice
from breakeven.gate import verdicts
from breakeven.harness import record_file
from breakeven.harness.reading import Course, Reading
from breakeven.harness.record import Case, Measured, Record, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.harness.room import Need
from breakeven.statistics.sequential import Guess
from tests.conftest import ROOT

TIME = Case("m.W.time_fit", ("100", "'serial'"), "time", noise=(0.1, 0.2))
STRATEGIES = Case("m.V.time_fit", ("100",), "time", ("a/serial", "a/dask"), {"a/dask": ("100", "'dask'")}, 0.1)


@pytest.fixture
def kept(tmp_path):
    """A record with two rounds, as it grew, and its file."""
    record = Record(
        {"base": Stack("a-1", {"a": "1"}), "head": Stack("a-2", {"a": "2"}, "it failed")}, 600.0,
        {"machine": "m"}, "quick", "W", [TIME], 0.05,
    )  # fmt: skip
    file = RecordFile(tmp_path / "kept.gate")
    file.begin(record)
    record.guesses[TIME.label] = Guess(0.03, 0.5)
    file.guess(TIME.label, record.guesses[TIME.label])
    for number in (1, 2):
        course = Course((1, 1, 2), (0.0, 0.25, 0.5), (-1, 0, 1), (0, 0, 1), 1.5, 0.01, Need(10**9, 12))
        reading = Reading((1.0, 2.0, 0.5), number=5, loaded={"numpy": "2.0"}, course=course)
        both = [Measured(TIME.label, number, arm, "2026-01-01", 4.0, 0.1, reading, server=1) for arm in record.arms]
        record.measured += both
        file.processes(both)
    record.cases.append(STRATEGIES)
    file.cases([STRATEGIES])
    record.budget = 900.0
    file.budget(900.0)
    record.finished = True
    file.finished()
    return record, file


def test_a_record_comes_back_as_it_grew(kept):
    record, file = kept
    assert record_file.load(file.path) == record


def test_what_is_said_while_measuring_rests_on_the_digits_that_are_kept(kept):
    record, file = kept
    before = record.measured[0]
    third = replace(before, round=3, reading=replace(before.reading, samples=(1 / 3, 2 / 3)))
    (as_kept,) = file.processes([third])
    guess = file.guess(TIME.label, Guess(1 / 3, 2 / 3))
    again = record_file.load(file.path)
    assert again.measured[-1] == as_kept != third
    assert again.guesses[TIME.label] == guess != Guess(1 / 3, 2 / 3)


def test_it_comes_back_when_it_is_written_as_a_whole(kept, tmp_path):
    record, _ = kept
    RecordFile(tmp_path / "whole").begin(record)
    assert record_file.load(tmp_path / "whole") == record


def test_any_program_reads_its_lines(kept):
    _, file = kept
    lines = [json.loads(line) for line in gzip.decompress(file.path.read_bytes()).splitlines()]
    kinds = [next(iter(line)) for line in lines]
    assert kinds == ["record", "guess", *["process"] * 4, "cases", "budget", "finished", "finished"]
    assert lines[0]["record"]["format"] == record_file.FORMAT


def test_a_torn_last_line_is_dropped_and_cut_off_before_more_is_added(kept):
    record, file = kept
    whole = file.path.read_bytes()
    for lost in range(1, 30):
        file.path.write_bytes(whole[:-lost])
        with pytest.warns(Notice, match=f"The last line of {file.path} was torn: it is dropped"):
            found = record_file.load(file.path)
        assert found.torn
        assert not found.finished
    with pytest.warns(Notice):
        again = record_file.resumed(file.path, record)
    assert again is not None
    file.finished()
    assert record_file.load(file.path) == record


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"{", b"[1]"])
def test_what_is_no_record_is_an_error_that_names_the_file(tmp_path, damage):
    path = tmp_path / "kept.gate"
    path.write_bytes(damage)
    with pytest.raises(BreakevenError, match=r"kept\.gate is not a record"):
        record_file.load(path)


def test_a_line_that_is_damaged_in_the_middle_is_an_error(kept):
    _, file = kept
    data = bytearray(file.path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.path.write_bytes(data)
    with pytest.raises(BreakevenError, match=r"kept\.gate is not a record"):
        record_file.load(file.path)


def test_another_format_is_refused(kept):
    _, file = kept
    first, *_ = gzip.decompress(file.path.read_bytes()).splitlines()
    file.path.write_bytes(gzip.compress(first.replace(b'"format":4', b'"format":99')))
    with pytest.raises(BreakevenError, match="another version of breakeven"):
        record_file.load(file.path)


def test_another_question_is_refused(kept):
    record, file = kept
    with pytest.raises(BreakevenError, match="holds another gate"):
        record_file.resumed(file.path, replace(record, tolerance=0.2))


def test_a_full_disk_costs_one_line(kept):
    record, file = kept
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.path.stat().st_size + 20, limits[1]))
    try:
        with pytest.raises(BreakevenError, match=r"Cannot write .*kept\.gate"):
            file.processes(record.measured)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert record_file.resumed(file.path, record).measured == record.measured
    file.processes(record.measured[:1])
    assert record_file.load(file.path).measured == [*record.measured, record.measured[0]]


def test_lines_of_the_format_before_are_read_and_written_anew(kept):
    record, file = kept
    record.cases = [replace(TIME, tolerance=0.0), replace(STRATEGIES, tolerance=0.1)]
    events = [json.loads(line) for line in gzip.decompress(file.path.read_bytes()).splitlines()]
    for event in events:
        for case in (*event.get("record", {}).get("cases", ()), *event.get("cases", ())):
            case["score_tolerance"] = case.pop("tolerance")
    events[0]["record"]["format"] = 3
    file.path.write_bytes(b"".join(gzip.compress(json.dumps(event).encode()) for event in events))
    assert record_file.load(file.path) == record
    assert record_file.resumed(file.path, record) == record
    assert json.loads(gzip.decompress(file.path.read_bytes()).splitlines()[0])["record"]["format"] == 4


def test_half_a_round_is_no_pair(kept):
    record, _ = kept
    whole = list(record.pairs(TIME.label))
    record.measured.append(replace(record.measured[-1], round=3))
    assert list(record.pairs(TIME.label)) == whole
    assert len(record.log_ratios(TIME.label)) == 2


def test_records_of_older_formats_are_read():
    path = ROOT / "results" / "shared-2core" / "gates" / "scikit-learn-1.9.0..dependencies-2026-11-21.gate"
    written = json.loads(path.read_text())
    assert written["format"] == 1
    gated = record_file.load(path)
    assert Counter(case.kind for case in gated.cases) == {"time": 59, "peak memory": 26, "score": 26}
    assert {case.judged for case in gated.cases} == {"as time", "as memory", "as score"}
    first, before = gated.measured[0], written["measured"][0]
    assert (list(first.samples), list(first.reading.turns)) == (before["samples"], before["turns"])
    (fit,) = (j for j in verdicts.judge(gated) if j.case.label == "in_memory.SVCDefault.time_fit(5000, 'serial')")
    assert fit.rounds == 4
    assert fit.ratio == pytest.approx(0.9853, abs=0.01)
    assert not np.isnan(fit.high)
