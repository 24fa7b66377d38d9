"""Several machines share a gate: each judges its own benchmarks, and the false alarms of all are held together."""

from dataclasses import replace

import pytest

from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import evidence, record, record_file
from breakeven.harness.cases import Shard
from breakeven.harness.record import HEAD, Case
from breakeven.harness.record_file import RecordFile
from breakeven.statistics import sequential
from tests.conftest import ROOT

KEPT = ROOT / "results" / "shared-2core" / "calibration"


@pytest.fixture
def whole():
    return record_file.load(KEPT / "dependencies-2026-11-21-quick-10-01.gate")


def part(whole, shard):
    cases = shard.share(whole.cases)
    labels = {case.label for case in cases}
    return replace(whole, cases=cases, measured=[m for m in whole.measured if m.label in labels], family=shard.of)


@pytest.mark.parametrize("n_cases", [1, 5, 8, 59])
@pytest.mark.parametrize("of", [1, 3, 4])
def test_each_case_is_in_one_shard_and_shards_are_alike(n_cases, of):
    every = [Case(f"b{i}", (), "time") for i in range(n_cases)]
    shares = [Shard(number, of).share(every) for number in range(1, of + 1)]
    assert sorted((c for share in shares for c in share), key=every.index) == every
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "-1/2", "1/0", ""])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(ValueError, match="is not a shard, such as 2/4"):
        Shard.read(text)


@pytest.mark.parametrize("of", [2, 4])
def test_the_false_alarms_of_all_shards_together_are_those_of_a_gate(whole, of, monkeypatch):
    """The levels of all timed cases add up to the one of a whole gate, however unequal the shards are."""
    asked, decide = [], sequential.decide
    monkeypatch.setattr(sequential, "decide", lambda *args: asked.append(args[3]) or decide(*args))
    for number in range(1, of + 1):
        found = part(whole, Shard(number, of))
        evidence.of_times(found, found.cases)
    assert len(asked) == len(whole.cases)
    assert sum(1 / family for family in asked) == pytest.approx(1)


def test_joined_they_are_told_as_one(whole):
    joined = record.joined([part(whole, Shard(number, 2)) for number in (1, 2)])
    assert {c.label for c in joined.cases} == {c.label for c in whole.cases}
    assert joined.spent == pytest.approx(whole.spent)
    assert joined.finished == whole.finished


def test_what_does_not_belong_together_is_refused(whole):
    with pytest.raises(BreakevenError, match="is in two of these records"):
        record.joined([whole, whole])
    other = replace(whole, arms=whole.arms | {HEAD: replace(whole.head, pins={"numpy": "1"})})
    with pytest.raises(BreakevenError, match="of different releases"):
        record.joined([part(whole, Shard(1, 2)), part(other, Shard(2, 2))])


def test_their_records_are_judged_together(whole, checkout):
    for number in (1, 2):
        RecordFile(checkout.folder / f"{number}.gate").begin(part(whole, Shard(number, 2)))
    status, output = checkout.run("breakeven", "gate", "--from", "1.gate", "--from", "2.gate", "--markdown", "all.md")
    judged = [j for n in (1, 2) for j in verdicts.judge(record_file.load(checkout.folder / f"{n}.gate"))]
    assert status == verdicts.worst(judged)
    assert "of 6 timed" in output
    text = (checkout.folder / "all.md").read_text()
    assert all(text.count(f"| {case.label} |") == 1 for case in whole.cases)


ONE = r"toy.Good.time_fit\(2, "


@pytest.mark.measures
def test_two_shards_measure_both_sides_of_half_the_benchmarks_each(checkout):
    for shard in ("1/2", "2/2"):
        status, output = checkout.run("breakeven", "gate", "base", "joblib-1.5.3", "--bench", ONE, "--shard", shard)
        assert status in (Verdict.PASS, Verdict.UNDECIDED), output
    kept = sorted((checkout.folder / ".breakeven" / "gates").iterdir())
    assert [path.name for path in kept] == [f"base..joblib-1.5.3-{n}-of-2.gate" for n in (1, 2)]
    shards = [record_file.load(path) for path in kept]
    assert [c.label for s in shards for c in s.cases] == [f"toy.Good.time_fit(2, '{s}')" for s in ("serial", "threads")]
    assert all({m.arm for m in s.measured} == {"base", "head"} for s in shards)
    assert [s.family for s in shards] == [2, 2]
    status, output = checkout.run("breakeven", "gate", "base", "joblib-1.5.3", "--bench", ONE, "--shard", "1/3")
    assert status == 2
    assert "There are only 2 benchmarks for 3 shards" in output
