"""What docs/gate.md shows of the controls is what the committed records say."""

import re

from breakeven.calibration import beside_asv, controls
from breakeven.calibration.simulation import Rates, Simulated
from breakeven.harness import results
from breakeven.report import controls as tables
from breakeven.report import simulation
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "gate.md").read_text()
FOLDER = controls.folder(results.Store(ROOT / "results", "shared-2core"))


def test_the_tables_are_those_of_the_records():
    (shown,) = re.findall(r"<!-- controls -->\n(.*?)<!-- /controls -->", PAGE, re.DOTALL)
    assert shown.strip() == "\n".join(tables.markdown(controls.load(FOLDER), beside_asv.load(FOLDER)))


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
    unchanged, slower = controls.rates(controls.load(FOLDER))
    assert unchanged.alarmed == 0
    assert slower.passed == 0
