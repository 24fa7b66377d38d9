"""What blame measures with, what it says, and real searches of a line of toys."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from breakeven import files
from breakeven.harness import arms, rounds
from breakeven.harness.own_code import Chosen
from breakeven.harness.record import Stack
from breakeven.history import comparisons, packages
from breakeven.history.packages import Culprit, Guilt
from breakeven.history.search import Candidate, Found, Step
from breakeven.report import blame
from breakeven.train import entries
from breakeven.train.entries import Train, entry
from tests.fake_arm import FakeArm

NAMES = [f"r{k}" for k in range(9)]


def said(found, guilty=None, tolerance=0.05):
    return list(blame.sentences(found, NAMES, tolerance, guilty or {}))


def step(*candidates, ratio=1.31, low=1.27, high=1.35, kind="step"):
    return Step(kind, tuple(Candidate(*c) for c in candidates), ratio, low, high)


@pytest.mark.parametrize(
    ("ratio", "told"),
    [(1.31, "r3 -> r4: 1.31x slower (1.27 to 1.35)"), (1 / 1.31, "r3 -> r4: 1.31x faster (1.27 to 1.35)")],
)
def test_a_step(ratio, told):
    low, high = (1.27, 1.35) if ratio > 1 else (1 / 1.35, 1 / 1.27)
    assert said(Found((step((3, 4, 0.997), ratio=ratio, low=low, high=high),), 0.995)) == [told]


def test_a_step_with_the_package_that_did_it():
    found = step((3, 4, 0.997))
    guilt = Guilt((Culprit((({"scipy": ("1.14.0", "1.14.1")}, 1.0),), {"numpy": ("2.0", "2.1")}),), {}, True)
    assert said(Found((found,), 0.995), {found: guilt}) == [
        "scipy 1.14.0 -> 1.14.1 only together with numpy 2.0 -> 2.1: 1.31x slower (1.27 to 1.35)"
    ]


def test_a_step_that_may_be_at_several_releases():
    found = Found((step((3, 4, 0.61), (4, 5, 0.35), (1, 2, 0.02)),), 0.6)
    assert said(found) == [
        "r1 -> r5: 1.31x slower (1.27 to 1.35), beyond 5 % at r4 (61 %), r5 (35 %), r2 (2 %)",
        "Undecided within the budget: that this is all beyond 5 % has a probability of 60 %",
    ]


def test_one_of_many_candidates():
    many = [(k, k + 1, 0.2 - 0.02 * k) for k in range(8)]
    assert said(Found((step(*many),), 0.2))[0].endswith(
        "at r1 (20 %), r2 (18 %), r3 (16 %), r4 (14 %), 4 others (36 %)"
    )


def test_no_change_and_perhaps_none():
    assert said(Found((), 0.993)) == ["No change beyond 5 %"]
    assert said(Found((), 0.9, (Candidate(2, 3, 0.08),))) == [
        "Undecided within the budget: no change beyond 5 % has a probability of 90 %",
        "Further changes may be at r3 (8 %)",
    ]


def test_gradual_changes_and_those_that_cancel():
    assert said(Found((step((0, 4, 1.0), kind="gradual"),), 1.0)) == [
        "r0 -> r4: 1.31x slower (1.27 to 1.35), gradually: none of the 4 releases alone is beyond 5 %"
    ]
    both = (step((1, 2, 1.0)), step((5, 6, 1.0), ratio=1 / 1.31, low=1 / 1.35, high=1 / 1.27))
    assert said(Found(both, 1.0, net=(1.0, 0.98, 1.02)))[0] == "The ends are alike, for these changes cancel:"


def test_packages_that_are_not_told_apart():
    moved = {"numpy": ("1", "2"), "scipy": ("3", "4")}
    one, other = ({name: versions} for name, versions in moved.items())
    assert blame.packages(Guilt((Culprit(((one, 0.61), (other, 0.3)), {}),), moved, False)) == (
        "numpy 1 -> 2 (61 %) or scipy 3 -> 4 (30 %)"
    )
    assert blame.packages(Guilt((), moved, True)) == "none of numpy, scipy alone"
    assert blame.packages(Guilt((), moved, False)) == "one of numpy, scipy"


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """Give a bench of fake arms, one for each time; a text is why a release fails."""
    monkeypatch.setattr(rounds, "LOOK", 0.001)
    monkeypatch.setattr(comparisons.repository, "build", lambda known: None)

    def make(times):
        releases = {f"r{k}": FakeArm({"fit": t}, seed=k) for k, t in enumerate(times)}
        stacks = {name: Stack(name, {"numpy": str(k)}) for k, name in enumerate(releases)}
        monkeypatch.setattr(comparisons.repository, "tags", lambda path: {name: name for name in releases})
        monkeypatch.setattr(arms, "stack", lambda known, spec: stacks[spec])
        monkeypatch.setattr(arms, "of_release", lambda config, commit, selected, profile: releases[commit])

        def begin():
            opened = comparisons.Stacks(None, "", Chosen(Path(), tmp_path), "quick").__enter__()
            (case,) = opened.cases("r0", f"r{len(times) - 1}")
            return comparisons.CaseBench(opened, case)

        return begin, releases

    return make


def find(measuring, n_releases, budget=60.0):
    return packages.Search(measuring, math.log(1.05), budget).line([f"r{k}" for k in range(n_releases)])


@pytest.mark.parametrize(
    ("times", "steps"),
    [
        ([0.1] * 9, []),
        ([0.1] * 4 + [0.13] * 5, [(3, 4)]),
        ([0.1] * 2 + [0.13] * 5 + [0.09] * 2, [(1, 2), (6, 7)]),
        ([0.1] * 4 + ["does not run"] * 2 + [0.2] * 3, [(3, 6)]),
    ],
)
def test_releases_are_found_by_rounds_around_an_anchor(bench, times, steps):
    begin, _ = bench(times)
    found = find(begin(), len(times))
    assert [(s.before, s.after) for s in found.steps] == steps
    assert found.sure


@pytest.mark.parametrize("end", [0, 4])
def test_an_end_that_fails_says_why(bench, end):
    times = [0.1] * 5
    times[end] = "no such thing"
    assert find(bench(times)[0](), 5).failure == f"r{end}: no such thing"


def test_a_search_goes_on_with_what_was_kept(bench):
    begin, releases = bench([0.1] * 4 + [0.13] * 5)
    first = begin()
    found = find(first, 9)
    read = {name: len(arm.read_so_far) for name, arm in releases.items()}
    again = begin()
    assert find(again, 9) == found
    assert {name: len(arm.read_so_far) for name, arm in releases.items()} == read
    assert again.spent == pytest.approx(first.spent)


def test_few_arms_are_open_at_a_time(bench, monkeypatch):
    monkeypatch.setattr(comparisons, "MOST_OPEN", 3)
    begin, _ = bench([0.1] * 4 + [0.13] * 5)
    open_now, most = [], []

    def enter(arm):
        open_now.append(arm)
        most.append(len(open_now))
        return arm

    monkeypatch.setattr(FakeArm, "__enter__", enter)
    monkeypatch.setattr(FakeArm, "__exit__", lambda arm, *error: open_now.remove(arm))
    measuring = begin()
    assert [(s.before, s.after) for s in find(measuring, 9).steps] == [(3, 4)]
    assert max(most) == 3
    measuring._stacks.__exit__(None, None, None)
    assert open_now == []


def test_a_spent_budget_measures_nothing(bench):
    begin, releases = bench([0.1] * 9)
    assert not find(begin(), 9, budget=0.0).sure
    assert not any(arm.read_so_far for arm in releases.values())


def test_stacks_of_many_overrides_are_kept_under_short_names():
    one, other = (files.name("r0" + " + package==1" * 30 + end) for end in ("", "2"))
    assert one != other
    assert 2 * len(one) < 250


def test_versions_between_two_are_looked_up_in_the_time_between_them(bench, monkeypatch):
    known = entries.load()
    asked = []

    def published(package, python, since, until, seen):
        asked.append((package, since, until, seen))
        return dict.fromkeys(["2.30.0", "2.9.0", "2.10.0", "1.0"], None)

    monkeypatch.setattr(comparisons.publication, "published", published)
    measuring = comparisons.CaseBench(comparisons.Stacks(known, "", None, "quick"), None)
    assert measuring.versions("narwhals", "2.8.0", "2.28.0") == ["2.9.0", "2.10.0"]
    ((package, since, until, seen),) = asked
    assert (package, seen) == ("narwhals", ["2.8.0"])
    assert since <= until


TOY = """
import time
import cloudpickle
import toolz

def number(version):
    return tuple(int(part) for part in version.split("."))

TOOLZ, PICKLE = number(toolz.__version__), number(cloudpickle.__version__)

class Timed:
    version = "1"
    repeat, number, warmup_time, timeout = (3, 10, 0.2), 1, 0, 20
    def time_fit(self):
        time.sleep(self.seconds)

class Unchanged(Timed):
    seconds = 0.02

class OneStep(Timed):
    seconds = 0.03 if TOOLZ >= (0, 12, 1) else 0.02

class TwoPackagesMoved(Timed):
    seconds = 0.03 if PICKLE >= (3, 1, 1) else 0.02

class OnlyTogether(Timed):
    seconds = 0.03 if PICKLE >= (3, 1, 1) and TOOLZ >= (1, 0) else 0.02

class Undone(Timed):
    seconds = 0.03 if (0, 12, 1) <= TOOLZ < (1, 1) else 0.02

class Fails(Timed):
    seconds = 0.02
    def setup(self):
        if TOOLZ >= (1, 1):
            raise RuntimeError("failed on purpose")
"""


@pytest.fixture
def line(checkout, tiny_train):
    """Five releases; the fourth moves two packages."""
    base = tiny_train.releases[0]
    # toolz and cloudpickle
    stacks = [("0.12.0", "3.0.0"), ("0.12.1", "3.0.0"), ("0.12.1", "3.1.0"), ("1.0.0", "3.1.1"), ("1.1.0", "3.1.1")]
    pins = [base.pins | {"toolz": t, "cloudpickle": c} for t, c in stacks]
    made = [replace(base, name="r0", pins=pins[0], changed=pins[0])]
    for k in range(1, len(pins)):
        date = base.date.replace(year=base.date.year + k)
        made.append(entry(f"r{k}", date, pins[k - 1], pins[k], {"toolz"}))
    entries.save(Train(tiny_train.python, tuple(made)), checkout.folder / "releases.toml")
    (checkout.folder / "benchmarks" / "toy.py").write_text(TOY)

    def run(bench):
        status, output = checkout.run("breakeven", "blame", "r0", "r4", "--bench", bench)
        return status, output

    return run


@pytest.mark.measures
@pytest.mark.parametrize(
    ("bench", "status", "told"),
    [
        ("OneStep", 0, ["toolz 0.12.0 -> 0.12.1: 1."]),
        pytest.param("Unchanged", 0, ["No change beyond 5 %"], marks=pytest.mark.slow),
        pytest.param("TwoPackagesMoved", 0, ["cloudpickle 3.1.0 -> 3.1.1: 1."], marks=pytest.mark.slow),
        pytest.param("OnlyTogether", 0, [" only together with "], marks=pytest.mark.slow),
        pytest.param(
            "Undone",
            0,
            ["for these changes cancel", "toolz 0.12.0 -> 0.12.1: 1.", "toolz 1.0.0 -> 1.1.0: 1."],
            marks=pytest.mark.slow,
        ),
        ("Fails", 4, ["r0 -> r4: not measured: r4: RuntimeError: failed on purpose"]),
    ],
)
def test_a_real_search(line, bench, status, told):
    ended, output = line(bench)
    assert ended == status, output
    for text in told:
        assert text in output
