"""What rounds measure next, when they stop and what they keep: with arms that are no processes."""

import contextlib

import pytest

from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import arms, cases, record, rounds
from breakeven.harness.record import Settings, Stack
from breakeven.history import comparisons
from breakeven.history.comparisons import Comparisons, Limits
from breakeven.statistics import change_search
from tests.fake_arm import FakeArm

BASE, HEAD = Stack("base", {"numpy": "1"}), Stack("head", {"numpy": "2"})


@pytest.fixture(autouse=True)
def _no_look_at_the_machine(monkeypatch):
    monkeypatch.setattr(rounds, "LOOK", 0.001)


def begin(sides, budget=60.0, **settings):
    offered = {side: arm.benchmarks for side, arm in sides.items()}
    asked = Settings(0.05, 0.1, budget, "", "quick", **settings)
    return record.begin(BASE, HEAD, cases.listed(offered, "", "quick"), asked)


def finish(measured, sides, path):
    *_, judged = rounds.measure(measured, sides, path, verdicts.judge)
    return {j.case.benchmark: j for j in judged}


def two(base, head):
    return {"base": FakeArm(base), "head": FakeArm(head, seed=1)}


def test_what_is_decided_is_measured_no_more(tmp_path):
    sides = two({"same": 0.1, "slower": 0.1, "near": 0.1}, {"same": 0.1, "slower": 0.2, "near": 0.104})
    judged = finish(begin(sides, budget=10.0), sides, tmp_path / "gate.json")
    assert judged["slower"].verdict is Verdict.SLOWER
    assert judged["same"].verdict is Verdict.PASS
    counts = {name: sides["head"].read_so_far.count(name) for name in sides["head"].times}
    # near the tolerance it takes more rounds, which the others are not part of
    assert counts["near"] > counts["slower"] == judged["slower"].rounds == 4


def test_what_fails_is_tried_once(tmp_path):
    sides = two({"same": 0.1, "fails": 0.1}, {"same": 0.1, "fails": "no such thing"})
    judged = finish(begin(sides), sides, tmp_path / "gate.json")
    assert (judged["fails"].verdict, judged["fails"].why) == (Verdict.NOT_MEASURED, "on HEAD only: no such thing")
    assert sides["base"].read_so_far.count("fails") == 1
    assert judged["same"].verdict is Verdict.PASS


def test_an_interrupted_round_goes_on_in_its_order(tmp_path):
    times = dict.fromkeys("abcdef", 0.1)
    whole = two(times, times)
    finish(begin(whole), whole, tmp_path / "whole.json")
    sides = two(times, times)
    measuring = rounds.measure(begin(sides), sides, tmp_path / "gate.json", verdicts.judge)
    for _ in range(8):  # two pairs into the second round
        next(measuring)
    kept = record.load(tmp_path / "gate.json")
    before = list(kept.measured)
    resumed = record.resumed(tmp_path / "gate.json", begin(sides))
    finish(resumed, sides, tmp_path / "gate.json")
    after = record.load(tmp_path / "gate.json").measured
    assert after[: len(before)] == before
    order = [(m.label, m.round, m.side) for m in after]
    assert order == [(m.label, m.round, m.side) for m in record.load(tmp_path / "whole.json").measured][: len(order)]


def test_a_finished_record_goes_on_only_if_it_is_undecided_and_has_budget():
    measured = begin(two({"a": 0.1}, {"a": 0.1}))
    measured.finished = True
    assert not rounds.go_on(measured, 100, undecided=False)
    assert rounds.go_on(measured, 100, undecided=True)
    assert (measured.finished, measured.budget) == (False, 100)


def line(monkeypatch, tmp_path, times, tolerance=0.05):
    """Search a line of releases, each of which takes its time, by comparisons of fake arms."""
    releases = {f"r{k}": FakeArm({"fit": t}, seed=k) for k, t in enumerate(times)}
    monkeypatch.setattr(comparisons, "STATE", tmp_path)
    monkeypatch.setattr(comparisons.repository, "build", lambda known: None)
    monkeypatch.setattr(comparisons.repository, "tags", lambda path: {name: name for name in releases})
    monkeypatch.setattr(arms, "of_release", lambda config, commit, selected, profile: releases[commit])
    stacks = [Stack(name, {"numpy": str(k)}) for k, name in enumerate(releases)]

    def search():
        with contextlib.ExitStack() as closing:
            compared = Comparisons(
                None, closing, "", Limits(tolerance, 60, 8), None, "quick", lambda current, measuring: list(measuring)
            )
            (case,) = compared.cases(stacks[0], stacks[-1])
            found = change_search.search(lambda i, j: compared.compare(case, stacks[i], stacks[j]), len(stacks))
            return [(step.before, step.after, step.kind) for step in found]

    return search, releases


@pytest.mark.parametrize(
    ("times", "steps"),
    [
        ([0.1] * 9, []),
        ([0.1] * 4 + [0.13] * 5, [(3, 4, "step")]),
        ([0.1] * 2 + [0.13] * 5 + [0.09] * 2, [(1, 2, "step"), (6, 7, "step")]),
        ([0.1] * 4 + ["does not run"] * 2 + [0.2] * 3, [(3, 6, "step")]),
    ],
)
def test_blame_finds_the_releases(monkeypatch, tmp_path, times, steps):
    search, _ = line(monkeypatch, tmp_path, times)
    assert search() == steps


def test_blame_goes_on_with_what_was_kept(monkeypatch, tmp_path):
    search, releases = line(monkeypatch, tmp_path, [0.1] * 4 + [0.13] * 5)
    assert search() == [(3, 4, "step")]
    read = {name: len(arm.read_so_far) for name, arm in releases.items()}
    assert search() == [(3, 4, "step")]
    assert {name: len(arm.read_so_far) for name, arm in releases.items()} == read
