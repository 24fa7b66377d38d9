"""Verdicts and how they are told, from records made by hand."""

import json
import math
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import record
from breakeven.harness.reading import Reading
from breakeven.harness.record import Case, Measured, Record, Stack
from breakeven.report import gate
from tests.conftest import ROOT

TIME = Case("m.W.time_fit", ("100", "'serial'"), "time")


def made(*cases):
    settings = {"tolerance": 0.05, "memory_tolerance": 0.1, "budget": 600.0, "machine": {"machine": "m"}}
    stacks = {"base": Stack("a-1", {"a": "1", "b": "1"}), "head": Stack("a-2", {"a": "2", "b": "1"})}
    return Record(**stacks, **settings, profile="quick", selected="", cases=list(cases))


def add(gated, case, ratios, error="", busy=0.0, base=1.0):
    for number, ratio in enumerate(ratios, start=1):
        for side, seconds in (("base", base), ("head", base * ratio)):
            failed = error if side == "head" else ""
            reading = Reading(() if failed else (seconds,) * 3, failed)
            gated.measured.append(Measured(case.label, number, side, "2026-01-01", 4.0, busy, reading))
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
    reading = Reading((1.0, 2.0), turns=(3, 4), number=5, loaded={"numpy": "2.0"})
    gated.measured.append(Measured(TIME.label, 17, "base", "2026-01-01", 4.0, 0.0, reading))
    gated.save(tmp_path / "gate.json")
    assert record.load(tmp_path / "gate.json") == gated


def test_a_record_of_format_1_is_read_and_judged_as_before():
    path = ROOT / "results" / "shared-2core" / "gates" / "scikit-learn-1.9.0..dependencies-2026-11-21.gate"
    written = json.loads(path.read_text())
    assert written["format"] == 1
    gated = record.load(path)
    assert Counter(case.kind for case in gated.cases) == {"time": 59, "peak memory": 26, "score": 26}
    assert {case.judged for case in gated.cases} == {"as time", "as memory", "as score"}
    first, before = gated.measured[0], written["measured"][0]
    assert (list(first.samples), list(first.reading.turns)) == (before["samples"], before["turns"])
    judged = verdicts.judge(gated)
    # as breakeven said it when it wrote format 1
    assert Counter(j.word for j in judged) == {"undecided": 56, "pass": 55}
    (fit,) = (j for j in judged if j.case.label == "in_memory.SVCDefault.time_fit(5000, 'serial')")
    assert (fit.word, fit.rounds) == ("pass", 4)
    assert (fit.ratio, fit.low, fit.high) == pytest.approx((0.9853, 0.9268, 1.0463), abs=1e-4)


def test_a_record_of_another_format_is_refused(tmp_path):
    made(TIME).save(tmp_path / "gate.json")
    text = (tmp_path / "gate.json").read_text()
    (tmp_path / "gate.json").write_text(text.replace(f'"format": {record.FORMAT}', '"format": 99'))
    with pytest.raises(BreakevenError, match="another version of breakeven"):
        record.load(tmp_path / "gate.json")


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


def test_infinite_intervals_are_told():
    (judged,) = verdicts.judge(add(made(TIME), TIME, [1.0]))
    assert judged.verdict is Verdict.UNDECIDED
    assert not math.isnan(judged.ratio)
    assert gate.table([judged]).row_count == 1
