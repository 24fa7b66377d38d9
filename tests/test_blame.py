"""The search for the release that did it, on lines whose truth is known."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.harness import record
from breakeven.report import blame
from breakeven.statistics import change_search
from breakeven.statistics.change_search import Comparison
from breakeven.train import entries
from breakeven.train.entries import Train, entry

TOLERANCE = math.log(1.05)


class Line:
    """Releases with known times; tells which were measured."""

    def __init__(self, times, failing=()):
        self.times, self.failing, self.asked = times, set(failing), set()

    def compare(self, before, after):
        self.asked |= {before, after}
        if {before, after} & self.failing:
            return Comparison("failed", math.nan, math.nan, math.nan, "crashed")
        ratio = self.times[after] / self.times[before]
        state = "changed" if abs(math.log(ratio)) > TOLERANCE else "same"
        return Comparison(state, ratio, ratio * 0.98, ratio * 1.02)

    def steps(self):
        return [(s.before, s.after, s.kind) for s in change_search.search(self.compare, len(self.times))]


def test_nothing():
    line = Line([1.0] * 140)
    assert line.steps() == []
    assert len(line.asked) <= 5


@settings(deadline=None)
@given(st.integers(2, 200), st.data())
def test_one_step_is_found_by_halving(n, data):
    at = data.draw(st.integers(1, n - 1))
    line = Line([1.0] * at + [1.3] * (n - at))
    assert line.steps() == [(at - 1, at, "step")]
    assert len(line.asked) <= 2 + math.ceil(math.log2(n))


def test_two_steps():
    assert Line([1.0] * 20 + [1.3] * 30 + [2.0] * 50).steps() == [(19, 20, "step"), (49, 50, "step")]


def test_one_that_is_undone_later():
    assert Line([1.0] * 30 + [1.5] * 40 + [1.0] * 30).steps() == [(29, 30, "step"), (69, 70, "step")]


def test_gradual():
    assert Line([1.02**k for k in range(5)]).steps() == [(0, 4, "gradual")]


def test_a_release_that_fails_is_stepped_over():
    assert Line([1.0] * 5 + [1.5] * 4, failing=[4]).steps() == [(3, 5, "step")]


def test_a_long_stretch_that_fails_is_left_in_a_few_steps():
    line = Line([1.0] * 20 + [1.5] * 80, failing=range(30, 70))
    assert line.steps() == [(19, 20, "step")]
    assert len(line.asked) <= 22


def test_ends_that_fail_are_told():
    assert Line([1.0] * 5, failing=[4]).steps() == [(0, 4, "unknown")]


@pytest.mark.parametrize(
    ("ratio", "told"),
    [(1.31, "a -> b: 1.31x slower (1.27 to 1.35)"), (1 / 1.31, "a -> b: 1.31x faster (1.27 to 1.35)")],
)
def test_the_sentence(ratio, told):
    low, high = (1.27, 1.35) if ratio > 1 else (1 / 1.35, 1 / 1.27)
    step = change_search.Step(0, 1, "step", Comparison("changed", ratio, low, high))
    assert blame.sentence(step, ["a", "b"]) == told


def test_what_stayed_undecided_is_told_with_its_interval():
    step = change_search.Step(0, 1, "unknown", Comparison("unknown", 1.05, 0.98, 1.12, "undecided within the budget"))
    assert blame.sentence(step, ["a", "b"]) == "a -> b: undecided within the budget, 1.05x (0.98 to 1.12)"


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
def test_a_real_search_in_which_later_comparisons_know_the_noise_of_the_first(line, checkout):
    status, output = line("OneStep")
    assert status == 0, output
    assert "toolz 0.12.0 -> 0.12.1: 1." in output
    assert output.count(": 1.") == 1
    kept = [record.load(path) for path in (checkout.folder / ".breakeven" / "blame").glob("r*/*.json")]
    noise = {(k.base.release, k.head.release): k.cases[0].noise for k in kept}
    assert noise.pop(("r0", "r4")) == ()
    assert noise
    assert all(len(rounds) >= 4 for rounds in noise.values())


@pytest.mark.measures
@pytest.mark.parametrize(
    ("bench", "status", "told"),
    [
        pytest.param("Unchanged", 0, ["No change beyond 5 %"], marks=pytest.mark.slow),
        pytest.param("TwoPackagesMoved", 0, ["cloudpickle 3.1.0 -> 3.1.1: 1."], marks=pytest.mark.slow),
        pytest.param(
            "Undone",
            0,
            ["for these changes cancel", "toolz 0.12.0 -> 0.12.1: 1.", "toolz 1.0.0 -> 1.1.0: 1."],
            marks=pytest.mark.slow,
        ),
        ("Fails", 4, ["r0 -> r4: on HEAD only: RuntimeError: failed on purpose"]),
    ],
)
def test_a_real_search(line, bench, status, told):
    ended, output = line(bench)
    assert ended == status, output
    for text in told:
        assert text in output
    assert output.count(": 1.") == sum(": 1." in text for text in told)
