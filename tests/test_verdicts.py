"""Verdicts and how they are told, from records made by hand."""

import math
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import record, rounds
from breakeven.harness.record import Case, Measured, Record, Stack
from breakeven.report import gate

TIME = Case("m.W.time_fit", ("100", "'serial'"), "time")


def made(*cases):
    settings = {"tolerance": 0.05, "memory_tolerance": 0.1, "budget": 600.0, "machine": {"machine": "m"}}
    stacks = {"base": Stack("a-1", {"a": "1", "b": "1"}), "head": Stack("a-2", {"a": "2", "b": "1"})}
    return Record(**stacks, **settings, profile="quick", selected="", cases=list(cases))


def add(gated, case, ratios, error="", busy=0.0, base=1.0):
    for number, ratio in enumerate(ratios, start=1):
        for side, seconds in (("base", base), ("head", base * ratio)):
            failed = error if side == "head" else ""
            samples = () if failed else (seconds,) * 3
            gated.measured.append(Measured(case.label, number, side, "2026-01-01", 4.0, busy, samples, failed))
    return gated


def noisy(center, n=16, seed=0):
    return center * np.exp(0.02 * np.random.default_rng(seed).standard_normal(n))


def verdict_of(gated):
    (judged,) = verdicts.judge(gated)
    return judged.verdict


def test_the_four_verdicts():
    assert verdict_of(add(made(TIME), TIME, noisy(1.0))) is Verdict.PASS
    assert verdict_of(add(made(TIME), TIME, noisy(1.2))) is Verdict.SLOWER
    assert verdict_of(add(made(TIME), TIME, noisy(1.05))) is Verdict.UNDECIDED
    assert verdict_of(add(made(TIME), TIME, noisy(1.0), error="boom")) is Verdict.NOT_MEASURED


def test_a_failed_stack_fails_every_case():
    gated = made(TIME)
    gated.head = replace(gated.head, failure="does not install")
    (judged,) = verdicts.judge(gated)
    assert (judged.verdict, judged.why) == (Verdict.NOT_MEASURED, "a-2: does not install")


@pytest.mark.parametrize(
    ("found", "whole"),
    [
        ([], Verdict.NOT_MEASURED),
        ([Verdict.PASS], Verdict.PASS),
        ([Verdict.PASS, Verdict.UNDECIDED], Verdict.UNDECIDED),
        ([Verdict.UNDECIDED, Verdict.NOT_MEASURED], Verdict.NOT_MEASURED),
        ([Verdict.NOT_MEASURED, Verdict.SLOWER, Verdict.PASS], Verdict.SLOWER),
    ],
)
def test_the_worst_counts(found, whole):
    assert verdicts.worst([verdicts.Judgement(TIME, v) for v in found]) is whole


def test_markdown_tells_what_matters_first_and_folds_the_rest():
    slow, same = TIME, replace(TIME, benchmark="m.V.time_fit")
    gated = add(add(made(slow, same), slow, noisy(1.3)), same, noisy(1.0, seed=1))
    text = gate.markdown(gated, verdicts.judge(gated))
    first, *rest = text.splitlines()
    assert first == "**Slower: 1 slower, 1 pass, of 2 benchmarks**"
    assert text.index("m.W.time_fit") < text.index("<details>") < text.index("m.V.time_fit")
    assert "- a 1 → 2" in rest
    assert not any(line.startswith("- b ") for line in rest)


def test_a_busy_machine_is_told():
    gated = add(made(TIME), TIME, noisy(1.0), busy=0.5)
    assert any("busy: others used 50 %" in note for note in gate.notes(gated, verdicts.judge(gated)))
    gated = add(made(TIME), TIME, noisy(1.0), busy=0.02)
    assert not any("busy" in note for note in gate.notes(gated, verdicts.judge(gated)))


def test_the_share_of_timed_calls():
    gated = add(made(TIME), TIME, [1.0] * 4)
    assert gated.spent == 8 * 4.0
    assert gated.timed / gated.spent == pytest.approx(3 / 4)


def test_what_cannot_be_decided_is_foreseen():
    noisy_case = replace(TIME, noise=tuple(np.log(noisy(1.0, 40)) * 20), seconds=10.0)
    quiet_case = replace(TIME, benchmark="m.V.time_fit", noise=tuple(np.log(noisy(1.0, 40)) / 4), seconds=10.0)
    told = list(gate.hopeless(made(noisy_case, quiet_case)))
    assert len(told) == 1
    assert told[0].startswith("m.W.time_fit")


def test_junit_tells_undecided_from_not_measured():
    cases = [replace(TIME, benchmark=f"m.{name}.time_fit") for name in "ABCD"]
    gated = made(*cases)
    for case, center, error in zip(cases, (1.0, 1.3, 1.05, 1.0), ("", "", "", "<boom>"), strict=True):
        add(gated, case, noisy(center), error)
    root = ElementTree.fromstring(gate.junit(gated, verdicts.judge(gated)).encode())
    kinds = [(c[0].tag, c[0].get("type")) if len(c) else None for c in root]
    assert kinds == [None, ("failure", "slower"), ("failure", "undecided"), ("error", "not measured")]


def test_junit_of_nothing_is_an_error():
    root = ElementTree.fromstring(gate.junit(made(), []).encode())
    assert (root.get("errors"), root[0][0].tag) == ("1", "error")


def test_a_record_comes_back_as_it_was(tmp_path):
    gated = add(made(replace(TIME, noise=(0.1, 0.2))), TIME, noisy(1.0))
    gated.save(tmp_path / "gate.json")
    assert record.load(tmp_path / "gate.json") == gated


def test_half_a_round_is_forgotten():
    gated = add(made(TIME), TIME, [1.0, 1.0])
    whole = list(gated.measured)
    gated.measured.append(replace(whole[-1], round=3))
    gated.drop_halves()
    assert gated.measured == whole


def test_a_full_disk_leaves_the_older_file(tmp_path, monkeypatch):
    import resource

    path = tmp_path / "gate.json"
    gated = made(TIME)
    gated.save(path)
    before = path.read_text()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(BreakevenError, match=r"Cannot write .*gate\.json"):
            add(gated, TIME, noisy(1.0)).save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("unit", "share"), [("unit", 0), ("accuracy ± 0.01", 0.01), ("inertia ±1e-6", 1e-6)])
def test_the_score_tolerance_is_read_from_the_unit(unit, share):
    assert rounds.score_tolerance({"unit": unit}) == share


def test_infinite_intervals_are_told():
    (judged,) = verdicts.judge(add(made(TIME), TIME, [1.0]))
    assert judged.verdict is Verdict.UNDECIDED
    assert not math.isnan(judged.ratio)
    assert gate.table([judged]).row_count == 1
