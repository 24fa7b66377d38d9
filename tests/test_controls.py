"""What docs/gate.md shows of the controls is what the committed records say."""

import re

from breakeven.calibration import beside_asv, controls
from breakeven.harness import results
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "gate.md").read_text()
FOLDER = controls.folder(results.Store(ROOT / "results", "shared-2core"))


def test_the_tables_are_those_of_the_records():
    (shown,) = re.findall(r"<!-- controls -->\n(.*?)<!-- /controls -->", PAGE, re.DOTALL)
    tables = (controls.markdown(controls.load(FOLDER)), beside_asv.markdown(beside_asv.load(FOLDER)))
    assert shown.strip() == "\n".join(line for table in tables for line in table).strip()


def test_no_run_is_left_out():
    for share in ("0", "10"):
        for suffix in ("gate", "asv"):
            assert len(list(FOLDER.glob(f"*-quick-{share}-??.{suffix}"))) == 20


def test_the_gates_never_alarm_without_a_change_and_never_pass_a_slowdown():
    unchanged, slower = controls.outcomes(controls.load(FOLDER))
    assert unchanged.alarmed == 0
    assert slower.passed == 0
