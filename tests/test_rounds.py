"""What rounds measure next, when they stop and what they keep: with arms that are no processes."""

import gzip
import json

import pytest

from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import cases, record, record_file, rounds
from breakeven.harness.arms import AsvArm
from breakeven.harness.record import Case, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.harness.room import Need
from tests.fake_arm import FakeArm

BASE, HEAD = Stack("base", {"numpy": "1"}), Stack("head", {"numpy": "2"})


@pytest.fixture(autouse=True)
def _no_look_at_the_machine(monkeypatch):
    monkeypatch.setattr(rounds, "LOOK", 0.001)


def begin(sides, budget=60.0, **settings):
    offered = {side: arm.benchmarks for side, arm in sides.items()}
    asked = Settings(budget, "", "quick", 0.05, 0.1, **settings)
    return record.begin({"base": BASE, "head": HEAD}, cases.listed(offered, "", "quick"), asked)


def finish(measured, sides, path):
    file = RecordFile(path)
    if not path.exists():
        file.begin(measured)
    *_, judged = rounds.measure(measured, sides, file, verdicts.judge)
    return {j.case.benchmark: j for j in judged}


def two(base, head):
    return {"base": FakeArm(base), "head": FakeArm(head, seed=1)}


def test_what_is_decided_is_measured_no_more(tmp_path):
    sides = two({"same": 0.1, "slower": 0.1, "near": 0.1}, {"same": 0.1, "slower": 0.2, "near": 0.106})
    judged = finish(begin(sides, budget=30.0), sides, tmp_path / "kept.gate")
    assert judged["slower"].verdict is Verdict.SLOWER
    assert judged["same"].verdict is Verdict.PASS
    counts = {name: sides["head"].read_so_far.count(name) for name in sides["head"].times}
    # near the tolerance it takes more rounds, which the others are not part of
    assert counts["near"] > counts["slower"] == judged["slower"].rounds == 5


def test_what_fails_is_tried_once(tmp_path):
    sides = two({"same": 0.1, "fails": 0.1}, {"same": 0.1, "fails": "no such thing"})
    judged = finish(begin(sides), sides, tmp_path / "kept.gate")
    assert (judged["fails"].verdict, judged["fails"].why) == (Verdict.NOT_MEASURED, "on HEAD only: no such thing")
    assert sides["base"].read_so_far.count("fails") == 1
    assert judged["same"].verdict is Verdict.PASS


def test_an_interrupted_gate_measures_no_round_twice(tmp_path):
    times = dict.fromkeys("abcdef", 0.1)
    sides = two(times, times)
    file = RecordFile(tmp_path / "kept.gate")
    file.begin(begin(sides))
    measuring = rounds.measure(begin(sides), sides, file, verdicts.judge)
    for _ in range(8):
        next(measuring)
    kept = record_file.load(tmp_path / "kept.gate")
    before = list(kept.measured)
    resumed = record_file.resumed(tmp_path / "kept.gate", begin(sides))
    finish(resumed, sides, tmp_path / "kept.gate")
    after = record_file.load(tmp_path / "kept.gate").measured
    assert after[: len(before)] == before
    for label in times:
        numbers = [m.round for m in after if m.label == label]
        assert numbers == sorted([*range(1, len(numbers) // 2 + 1)] * 2)


def test_arms_that_find_no_room_together_are_measured_in_groups_around_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(rounds.room, "free", lambda: Need(25, 100))
    places = {name: FakeArm({"fit": 0.1}, seed=k, need=Need(10, 1)) for k, name in enumerate("abcd")}
    stacks = {name: Stack(name, {"numpy": name}) for name in places}
    case = Case("fit", (), "time", tuple(places))
    kept = record.begin(stacks, [case], Settings(60.0, "", "quick", 0.05))
    file = RecordFile(tmp_path / "kept.gate")
    file.begin(kept)
    first, second = (rounds.one(kept, case, case.arms, places, file) for _ in range(2))
    assert [(m.arm, m.group) for m in first] == [(name, 0) for name in "abcd"]  # nothing is known of them yet
    assert [(m.arm, m.group) for m in second] == [("a", 0), ("b", 0), ("a", 1), ("c", 1), ("a", 2), ("d", 2)]
    assert kept.in_groups == ["fit"]
    assert len(kept.log_ratios("fit", arm="d", reference="a")) == 2


def test_a_finished_record_goes_on_only_if_it_is_undecided_and_has_budget():
    measured = begin(two({"a": 0.1}, {"a": 0.1}))
    measured.finished = True
    assert not rounds.go_on(measured, 100, undecided=False)
    assert rounds.go_on(measured, 100, undecided=True)
    assert (measured.finished, measured.budget) == (False, 100)


def test_what_a_case_borrows_is_kept_before_its_first_round_and_never_changes(tmp_path):
    times = dict.fromkeys("abc", 0.1)
    sides = two(times, times)
    finish(begin(sides), sides, tmp_path / "kept.gate")
    lines = [json.loads(line) for line in gzip.decompress((tmp_path / "kept.gate").read_bytes()).splitlines()]
    for label in times:
        of_case = [next(iter(line)) for line in lines if label in (line.get("guess", {}).get("label"), _label(line))]
        assert of_case[0] == "guess"
        assert of_case.count("guess") == 1
        assert of_case.count("process") >= 10


def _label(line):
    return line.get("process", {}).get("label")


@pytest.mark.parametrize(
    ("facts", "crowds"), [({"one_core": True}, False), ({"dask": True}, False), ({}, True), (None, True)]
)
def test_what_may_take_all_cores_while_it_starts_crowds(facts, crowds):
    arm = object.__new__(AsvArm)
    axis = [] if facts is None else [["'it'"]]
    stated = {} if facts is None else {"strategies": {"it": {"order": 0, **facts}}}
    described = {"name": "m.W.time_fit", "type": "time", "params": axis, "param_names": ["strategy"][: len(axis)]}
    arm.benchmarks = {
        "m.W.time_fit": described | {"stated": {"workload": "m.W", "call": "fit", "kind": "time", **stated}}
    }
    assert arm.crowds("m.W.time_fit", ("'it'",) if axis else ()) is crowds
