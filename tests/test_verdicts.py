"""Verdicts and how they are told, from records made by hand."""

import math
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from breakeven.gate import forecast, verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness.reading import Reading
from breakeven.harness.record import Case, Measured, Record, Stack
from breakeven.report import gate

TIME = Case("m.W.time_fit", ("100", "'serial'"), "time")


def made(*cases):
    settings = {"tolerance": 0.05, "memory_tolerance": 0.1, "budget": 600.0, "machine": {"machine": "m"}}
    stacks = {"base": Stack("a-1", {"a": "1", "b": "1"}), "head": Stack("a-2", {"a": "2", "b": "1"})}
    return Record(stacks, **settings, profile="quick", selected="", cases=list(cases))


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


def test_each_benchmark_has_the_tolerance_that_it_states_unless_the_user_gives_one():
    strict, loose = replace(TIME, tolerance=0.05), replace(TIME, benchmark="m.V.time_fit", tolerance=0.2)
    gated = made(strict, loose)
    gated.tolerance = None
    add(add(gated, strict, noisy(1.1, 30)), loose, noisy(1.1, 30, seed=1))
    found = verdicts.judge(gated)
    assert [j.word for j in found] == ["slower", "pass"]
    assert next(iter(gate.notes(gated, found))).startswith("Tolerance: 5 % of time in 1, 20 % of time in 1. ")
    assert "| 20 % |" in gate.markdown(gated, found)
    assert verdicts.judge(replace(gated, tolerance=0.2))[0].word == "pass"
    assert gate.headline(gated, found[1:]) == "Pass: a slowdown beyond 20 % is excluded in 1 of 1 timed"


def test_times_scores_and_memory_are_counted_apart():
    score, memory = Case("m.W.track_score", (), "score"), Case("m.W.track_peak", (), "peak memory", tolerance=0.1)
    cases = [TIME, replace(TIME, benchmark="m.V.time_fit", tolerance=0.2), score, memory]
    found = [verdicts.Judgement(case, Verdict.PASS, tolerance=case.tolerance or 0.05) for case in cases]
    assert gate.headline(made(*cases), found) == (
        "Pass: a slowdown beyond tolerances of 5 % to 20 % is excluded in 2 of 2 timed; 1 of 1 scores as before; "
        "growth beyond 10 % is excluded in 1 of 1 peaks of memory"
    )
    found[0] = replace(found[0], verdict=Verdict.UNDECIDED)
    assert gate.headline(made(*cases), found) == (
        "Undecided: 1 undecided, 1 pass, of 2 timed; 1 pass, of 1 scores; 1 pass, of 1 peaks of memory"
    )


def test_a_failed_stack_fails_every_case():
    gated = made(TIME)
    gated.arms["head"] = replace(gated.head, failure="does not install")
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
    assert first == "**Slower: 1 slower, 1 pass, of 2 timed**"
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


def test_what_a_gate_can_show_is_foreseen():
    noisy_case = replace(TIME, noise=tuple(np.log(noisy(1.0, 40)) * 20), seconds=10.0)
    quiet_case = replace(TIME, benchmark="m.V.time_fit", noise=tuple(np.log(noisy(1.0, 40)) / 4), seconds=10.0)
    quiet, loud = forecast.expected(made(noisy_case, quiet_case))
    assert (quiet.case.benchmark, quiet.enough, quiet.known) == ("m.V.time_fit", True, True)
    assert (loud.case.benchmark, loud.enough) == ("m.W.time_fit", False)
    assert quiet.detectable < 0.1 < loud.detectable
    assert (quiet.rounds + loud.rounds) * 10 <= 600
    sentence, grid = gate.forecast(made(noisy_case, quiet_case))
    assert sentence.startswith(
        "Expected, if nothing has changed: 1 of 2 timed benchmarks decided within 10 min, all within"
    )
    assert len(list(grid.rows)) == 2


def test_without_records_usual_noise_is_expected_and_said():
    (unknown,) = forecast.expected(made(TIME))
    assert not unknown.known
    assert "by usual noise where none is recorded" in next(iter(gate.forecast(made(TIME))))
    assert list(gate.forecast(made())) == []


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


def test_infinite_intervals_are_told():
    (judged,) = verdicts.judge(add(made(TIME), TIME, [1.0]))
    assert judged.verdict is Verdict.UNDECIDED
    assert not math.isnan(judged.ratio)
    assert gate.table([judged]).row_count == 1
