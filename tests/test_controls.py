"""What docs/gate.md shows of the controls is what the committed records say."""

import re
from dataclasses import replace

import numpy as np
import pytest

from breakeven.calibration import beside_asv, beside_t_test, controls
from breakeven.calibration.simulation import Rates, Simulated
from breakeven.gate.verdicts import Verdict
from breakeven.harness import results
from breakeven.report import controls as tables
from breakeven.report import simulation
from tests.conftest import ROOT
from tests.test_verdicts import TIME, add, made, noisy

PAGE = (ROOT / "docs" / "gate.md").read_text()
FOLDER = controls.folder(results.Store(ROOT / "results", "shared-2core"))


@pytest.mark.parametrize(("profile", "place"), [("gate", "whole gates"), ("quick", "controls")])
def test_the_tables_are_those_of_the_records(profile, place):
    (shown,) = re.findall(rf"<!-- {place} -->\n(.*?)<!-- /{place} -->", PAGE, re.DOTALL)
    recorded = controls.load(FOLDER, profile), beside_asv.load(FOLDER, profile)
    assert shown.strip() == "\n".join(tables.markdown(*recorded))


def test_the_simulated_rates_are_arranged_as_on_the_page():
    (shown,) = re.findall(r"<!-- simulation -->\n(.*?)<!-- /simulation -->", PAGE, re.DOTALL)
    rates = Rates(0.0, 0.987, (5, 12), 0.58, (5, float("inf")), 0.0)
    head, rule, row = simulation.table([Simulated("recorded", 1.1, "breakeven gate", rates)]).markdown()
    assert shown.splitlines()[:2] == [head, rule]
    assert row == "| recorded | 1.1 | breakeven gate | 0 % | 98.7 % | 5, 12 | 58 % | 5, - | 0 % |"


def test_no_run_is_left_out():
    for share in ("0", "10"):
        for suffix in ("gate", "asv"):
            assert len(list(FOLDER.glob(f"*-quick-{share}-??.{suffix}"))) == 20


def test_the_gates_never_alarm_without_a_change_and_never_pass_a_slowdown():
    unchanged, slower = controls.rates(controls.load(FOLDER, "quick"))
    (whole,) = controls.rates(controls.load(FOLDER, "gate"))
    assert unchanged.alarmed == whole.alarmed == 0
    assert slower.passed == 0


def test_a_t_test_of_fixed_rounds_judges_each_benchmark_at_the_end():
    cases = [replace(TIME, benchmark=name) for name in ("same", "slower", "between", "once")]
    record = made(*cases)
    for case, ratios in zip(cases, (noisy(1.0), noisy(1.12, seed=1), noisy(1.05, seed=2), [1.3]), strict=True):
        add(record, case, ratios)
    assert [j.verdict for j in beside_t_test.judge(record)] == [
        Verdict.PASS, Verdict.SLOWER, Verdict.UNDECIDED, Verdict.UNDECIDED,
    ]  # fmt: skip
    # of 49 rounds of 8 s, 16 of each three and one of the fourth
    assert beside_t_test.affordable_rounds(record) == round(49 / 4)


def test_a_t_test_calls_nothing_slower_that_is_not():
    rng = np.random.default_rng(0)
    record = made(*(replace(TIME, benchmark=f"b{n}") for n in range(40)))
    alarms = 0
    for _ in range(50):
        record.measured.clear()
        for case in record.cases:
            add(record, case, np.exp(0.03 * rng.standard_normal(8)))
        alarms += any(j.verdict is Verdict.SLOWER for j in beside_t_test.judge(record))
    assert alarms <= 2  # of 50 at 1 %


def test_a_slowdown_counts_where_the_tolerance_and_five_points_arrive():
    small, large = (replace(TIME, benchmark=name) for name in ("small", "large"))
    record = made(small, large)
    record.control, record.arms["head"] = 0.2, replace(record.head, pins=record.base.pins | {"b": "1+slower"})
    add(add(record, small, noisy(1.08)), large, noisy(1.2, seed=1))
    (found,) = controls.rates([record])
    assert (found.package, found.beyond, found.beyond_slower, found.beyond_passed) == ("b", 1, 1.0, 0.0)
    (row,) = tables.rates([record]).rows
    assert row[:2] == ("20 %", "b")
    assert row[-3:] == ("1", "100 %", "0 %")
