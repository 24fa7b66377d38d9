"""What the trial of the engine says of rounds whose truth is known, and that it measures."""

import gzip
import re
import shutil

import numpy as np
import pytest

from breakeven.calibration import disturbance, self_test
from breakeven.calibration.self_test import EVERY, Round, Slice
from breakeven.errors import Notice
from breakeven.report import self_test as tables
from tests.conftest import ROOT

FOREST = next(t for t in EVERY if "forest" in t.label)
SERIAL = next(t for t in EVERY if "one core" in t.label)


def rounds(tried, before=1.5, awake=1.2, now=1.0, side=0.0, first=0.0, core=0.0, noise=0.01, loud=1.0, n=None, seed=0):
    """Draw rounds: factors of turns over alone, and log-ratios of HEAD over BASE by what favours it."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(1, (n or 26) + 1):
        process = noise * random.normal(size=2)
        slices = []
        for block, mode in enumerate((*self_test.BLOCKS, "further")):
            for turn in range(4):
                for place, who in enumerate((0, 1) if number % 2 else (1, 0)):
                    if mode == "alone" and who != turn // 2:
                        continue
                    log = process[who] + (who == 1) * side
                    log += noise * (loud if mode == "awake" else 1) * random.normal()
                    log += np.log({"turns": now, "further": now, "alone": 1, "awake": awake, "before": before}[mode])
                    log += (mode in ("turns", "further")) * ((place == 0) * first + (turn >= 2) * (who == 1) * core)
                    slices.append(Slice(block, mode, turn, who, place == 0, turn // 2, 0.1 * np.exp(log)))
        found.append(Round(tried.label, number, False, slices))
    return found


def summary(tried, **truth):
    (found,) = disturbance.summaries(rounds(tried, **truth))
    return found


def told(found):
    return list(tables.verdict([found]))


def test_what_turns_add_is_told_before_and_now():
    found = summary(FOREST, before=1.5, now=1.02)
    assert np.exp(found.before.value) == pytest.approx(1.5, rel=0.01)
    assert np.exp(found.now.value) == pytest.approx(1.02, rel=0.01)
    assert np.exp(found.awake.value) == pytest.approx(1.2, rel=0.01)
    assert found.now.error < 0.003
    assert found.seconds == pytest.approx(0.1, rel=0.01)
    (row,) = tables.disturbed([found]).rows
    assert row[-1] == "yes"
    (row,) = tables.disturbed([summary(FOREST, now=1.06)]).rows
    assert row[-1] == "no"


def test_what_it_costs_to_let_nobody_sleep_is_told():
    (row,) = tables.noise([summary(FOREST, loud=3.0, n=100)]).rows
    assert float(row[1].split()[0]) == pytest.approx(1.4, abs=0.15)  # of two arms with 1 % each
    assert float(row[3]) == pytest.approx(3, rel=0.1)


def test_a_release_is_no_faster_than_itself():
    assert told(summary(SERIAL))[0].endswith("for all together: none.")


@pytest.mark.parametrize(
    ("truth", "name"), [({"side": 0.03}, "all"), ({"first": 0.03}, "BASE first"), ({"core": 0.04}, "core 1")]
)
def test_what_is_favoured_is_named(truth, name):
    assert f"{SERIAL.label} ({name}, " in told(summary(SERIAL, **truth))[0]


def test_only_what_keeps_to_one_core_is_asked_for_cores():
    assert set(summary(FOREST).means) == {"all", "BASE first", "HEAD first"}
    assert set(summary(SERIAL).means) == {"all", "BASE first", "HEAD first", "core 0", "core 1"}


def test_an_error_that_is_larger_than_planned_is_told():
    assert told(summary(FOREST, noise=0.005))[1].endswith("none.")
    assert FOREST.label in told(summary(FOREST, noise=0.1))[1]


def test_rounds_are_planned_by_scatter_alone():
    assert disturbance.planned(FOREST, []) == self_test.FIRST
    assert disturbance.planned(FOREST, rounds(FOREST, noise=0.001)) == self_test.FIRST
    scattered = rounds(FOREST, noise=0.02, n=200)
    stage = disturbance.planned(FOREST, scattered[: self_test.FIRST])
    assert stage > 2 * self_test.FIRST
    # while a stage is measured it keeps its end, whatever its rounds show; and no mean changes it
    assert disturbance.planned(FOREST, scattered[: stage - 1]) == stage
    shifted = rounds(FOREST, noise=0.02, n=200, side=0.1)
    assert disturbance.planned(FOREST, shifted[: self_test.FIRST]) == stage


def few_turns(random, number):
    """Draw a round of four turns, whose processes differ by 1 % and whose turns do by 1 %."""
    process = 0.01 * random.normal(size=2)
    log = process + 0.01 * random.normal(size=(4, 2))
    slices = [
        Slice(0, "turns", turn, side, (number + side) % 2 == 0, 0, np.exp(log[turn, side]))
        for turn in range(4)
        for side in (0, 1)
    ]
    return Round(FOREST.label, number, False, slices)


def test_planned_rounds_have_the_error_and_the_level_that_are_promised():
    random = np.random.default_rng(20261201)
    beyond = 0
    for _ in range(150):
        own = []
        while (n := disturbance.planned(FOREST, own)) > len(own):
            own += [few_turns(random, number) for number in range(len(own) + 1, n + 1)]
        means = disturbance.means_of(FOREST, own)
        assert max(m.error for m in means.values()) <= FOREST.error
        beyond += abs(means["all"].value) > disturbance.limit(means["all"], 1, 0.05)
    assert 1 <= beyond <= 15  # 7.5 are to be expected, and 15 or more come with a chance of 1 %


def test_a_file_is_read_up_to_where_it_is_torn(tmp_path):
    path = tmp_path / "rounds"
    for one in rounds(FOREST, n=3):
        self_test._keep(one, path)
    kept = self_test.load(path)
    assert [r.number for r in kept] == [1, 2, 3]
    assert kept[0].slices[0].seconds == pytest.approx(rounds(FOREST, n=1)[0].slices[0].seconds, rel=1e-6)
    assert len(gzip.decompress(path.read_bytes()).splitlines()) == 3
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.warns(Notice, match=f"The last line of {path} was torn"):
        assert self_test.load(path) == kept[:2]
    self_test._keep(rounds(FOREST, n=1)[0], path)
    assert [r.number for r in self_test.load(path)] == [1, 2, 1]
    assert self_test.load(tmp_path / "absent") == []


@pytest.mark.slow
@pytest.mark.measures
def test_it_measures_and_keeps_what_is_finished(stack_checkout):
    status, output = stack_checkout.run("breakeven", "self-test", "--record", "kept.rounds")
    assert status == 1
    assert "The engine is tried on benchmarks that this suite lacks: layers.MatrixProducts" in output
    shutil.copytree(ROOT / "benchmarks", stack_checkout.folder / "benchmarks", dirs_exist_ok=True)
    process = stack_checkout.start("breakeven", "self-test", "--record", "kept.rounds")
    path = stack_checkout.folder / "kept.rounds"
    for line in process.stdout:
        if "2 of" in line:
            break
    process.kill()
    process.communicate()
    found = self_test.load(path)
    assert [r.label for r in found[:2]] == [t.label for t in EVERY[:2]]
    assert {s.mode for s in found[0].slices} == {"turns", "alone", "awake", "before", "further"}
    status, output = stack_checkout.run("breakeven", "self-test", "--from", "kept.rounds")
    assert status == 1, output
    assert "holds no rounds" in output


def test_the_tables_of_the_docs_are_those_of_the_committed_rounds():
    kept = ROOT / "results" / "shared-2core" / "self-test.rounds"
    (shown,) = re.findall(
        r"<!-- self-test -->\n(.*?)<!-- /self-test -->", (ROOT / "docs" / "measuring.md").read_text(), re.DOTALL
    )
    if kept.exists():
        assert shown.strip() == "\n".join(tables.markdown(disturbance.summaries(self_test.load(kept))))
    else:
        assert shown.startswith("Not measured yet")
