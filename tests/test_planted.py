"""Blame finds planted steps in recorded noise; docs/blame.md shows many more of the same searches."""

import re

import pytest

from breakeven.calibration import controls, planted
from breakeven.errors import BreakevenError
from breakeven.harness import results
from breakeven.report import planted as tables
from tests.conftest import ROOT

RECORDED = controls.load(controls.folder(results.Store(ROOT / "results", "shared-2core")), "gate")
NOISES = planted.noises(RECORDED)


@pytest.mark.parametrize(
    ("situation", "size"),
    [
        ("one step", 0.1),
        ("one undone later", 0.2),
        *(pytest.param(s, size, marks=pytest.mark.slow) for s, size in [("one step", 0.2), ("two steps", 0.2)]),
    ],
)
def test_steps_are_placed_on_their_release_and_package(situation, size):
    found = planted.rates(situation, size, NOISES, 4, seed=1)
    # one that lasted for two releases may be missed
    assert found.placed >= (0.75 if situation == "one undone later" else 1)
    assert found.packages == found.placed
    assert found.false == found.undecided == 0
    (to_release, _), (with_package, _) = found.minutes
    assert 0.1 < to_release < with_package < 10


def test_nothing_is_found_where_nothing_is():
    found = planted.rates("none", 0.0, NOISES, 6, seed=1)
    assert found.false == found.undecided == 0
    assert found.minutes[0] == found.minutes[1]


def test_the_planted_package_is_the_only_one_that_matters():
    bench = planted.PlantedBench({7: 0.1, 20: -0.1}, NOISES[0], planted.np.random.default_rng(0))
    one, other = bench.guilty[7], bench.guilty[20]
    levels = [bench._level(bench.pins(spec)) for spec in ("6", "7", "20", f"6 + {one}==7", f"7 + {other}==20")]
    assert levels == pytest.approx([0, 0.1, 0, 0.1, 0 if one != other else levels[4]])


def test_without_recorded_rounds_there_is_nothing_to_draw_from():
    with pytest.raises(BreakevenError, match="run breakeven calibrate first"):
        list(planted.every_situation([], (0.1,), 1))


def test_the_table_of_the_page_is_arranged_as_the_command_writes_it():
    (shown,) = re.findall(
        r"<!-- planted -->\n(.*?)<!-- /planted -->", (ROOT / "docs" / "blame.md").read_text(), re.DOTALL
    )
    nan = float("nan")
    known = planted.Rates("none", 0.0, 100, nan, nan, 0.0, 0.01, ((0.44, 1.56), (0.44, 1.56)))
    head, rule, row = tables.table([known]).markdown()
    assert shown.splitlines()[:2] == [head, rule]
    assert row == "| none |  | 100 |  |  | 0 % | 1 % | 0.4, 1.6 | 0.4, 1.6 |"
    factors = [(s, size) for s, steps in planted.SITUATIONS.items() for size in (("10 %", "20 %") if steps else ("",))]
    assert [tuple(line.split(" | ")[:2]) for line in shown.splitlines()[2:]] == [
        (f"| {s}", size) for s, size in factors
    ]
