"""Trials of public names on the releases of the train: the search, what is told, and the trials themselves."""

import os
import re
import shutil
import subprocess
import time

import pytest

from breakeven.compatibility import bisection, history, outcomes, trials
from breakeven.compatibility.outcomes import Outcomes
from breakeven.compatibility.trials import Outcome, Trial
from breakeven.errors import BreakevenError, Notice
from breakeven.report import compatibility as tables
from breakeven.train import entries, environments
from tests.conftest import ROOT
from trials import __main__ as runner
from trials.trial import Trial as Stated

RECORD = ROOT / "results" / "compatibility.trials"

WORKS = Outcome("works", "")


def failing(why="TypeError: no such word"):
    return Outcome("fails", why)


def searched(truth, n_releases):
    """Search a train of which it is known what each trial comes to at each place; give what was tried."""
    known = {trial: {} for trial in truth}
    tried = []
    while (chosen := bisection.following(known, n_releases)) is not None:
        place, which = chosen
        assert all(place not in known[trial] for trial in which)
        tried.append(place)
        for trial in which:
            known[trial][place] = truth[trial](place)
    return known, tried


@pytest.mark.parametrize("step", [1, 17, 50, 99])
def test_the_release_at_which_a_trial_changes_is_found(step):
    known, tried = searched({"a": lambda place: "works" if place < step else "fails"}, 100)
    assert known["a"][step - 1] == "works"
    assert known["a"][step] == "fails"
    assert len(tried) <= 17 + 4  # ends and points between, then halves of what is between two of these


def test_the_newest_release_is_tried_first_and_nothing_twice():
    known, tried = searched({"a": lambda place: "works", "b": lambda place: str(place > 30)}, 100)
    assert tried[:2] == [99, 0]
    assert len(tried) == len(set(tried))
    assert len(known["a"]) <= 17  # a trial that is the same at the ends and between is left alone


def test_trials_that_change_at_the_same_release_share_the_tries():
    _, alone = searched({"a": lambda place: str(place > 40)}, 100)
    _, together = searched({name: (lambda place: str(place > 40)) for name in "abc"}, 100)
    assert together == alone


def test_the_release_that_most_trials_wait_for_comes_first():
    tried = range(0, 100, 9)
    known = {"a": {place: str(place > 0) for place in tried}}
    known |= {name: {place: str(place > 36) for place in tried} for name in "bc"}
    assert bisection.following(known, 100) == (40, ["b", "c"])


def test_a_change_that_is_undone_within_a_stretch_is_found_at_both_ends():
    known, _ = searched({"a": lambda place: str(40 <= place < 60)}, 100)
    assert [known["a"][place] for place in (39, 40, 59, 60)] == ["False", "True", "True", "False"]


PLACES = {f"r-{number}": number for number in range(10)}


def test_releases_on_which_a_trial_came_to_the_same_are_one_stretch():
    found = {"r-9": failing("TypeError: other words"), "r-0": WORKS, "r-6": failing(), "r-5": WORKS, "gone": WORKS}
    first, last = history.stretches(found, PLACES)
    assert (first.first, first.last, first.sure, first.outcome) == ("r-0", "r-5", True, WORKS)
    assert (last.first, last.last, last.sure, last.outcome) == ("r-6", "r-9", True, found["r-9"])
    _, last = history.stretches({"r-0": WORKS, "r-9": failing()}, PLACES)
    assert not last.sure


def told(**found):
    known = Outcomes(ROOT, {Trial(f"dask_ml.{n}", f"sklearn.{n}", "1"): f for n, f in found.items()})
    summed, table = tables.answer(known, PLACES)
    return [summed, *table.markdown()]


def test_the_table_tells_what_is_now_since_when_and_what_was_before():
    summed, head, _, *rows = told(
        KMeans={"r-0": WORKS, "r-9": WORKS},
        PCA={"r-0": WORKS, "r-4": WORKS, "r-5": failing(), "r-9": failing()},
        NB={
            "r-0": failing("ValueError: a"),
            "r-7": Outcome("differs", "1 instead of 2"),
            "r-9": Outcome("differs", "3"),
        },
    )
    assert summed == "Of 3 trials on r-9: 1 work, 1 give another answer, 1 fail."
    assert head == "| trial | counterpart | now | since | why | before |"
    assert rows == [
        "| `dask_ml.KMeans` | `sklearn.KMeans` | works |  |  |  |",
        "| `dask_ml.NB` | `sklearn.NB` | gives another answer | after r-0, r-7 at the latest | 3 "
        "| fails (ValueError) until r-0 |",
        "| `dask_ml.PCA` | `sklearn.PCA` | fails | r-5 | TypeError: no such word | works until r-4 |",
    ]


def test_what_was_tried_is_kept_and_a_torn_line_costs_itself(tmp_path):
    path = tmp_path / "kept.trials"
    known, trial = Outcomes(path), Trial("a", "b", "1")
    known.add(trial, "r-1", WORKS)
    known.add(trial, "r-2", failing())
    assert outcomes.load(path).found == known.found
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.warns(Notice, match="was torn"):
        assert outcomes.load(path).found == {trial: {"r-1": WORKS}}
    known.add(Trial("a", "b", "2"), "r-2", WORKS)
    assert outcomes.load(path).found == {Trial("a", "b", "2"): {"r-2": WORKS}}  # of other work, version 1 tells nothing


def test_a_file_of_something_else_is_named(tmp_path):
    from breakeven import lines

    lines.write(tmp_path / "a.gate", [{"process": 1}])
    with pytest.raises(BreakevenError, match=r"a\.gate holds no trials"):
        outcomes.load(tmp_path / "a.gate")


def stated(*answers, cause=""):
    """State a trial that yields answers, or raises those that are errors."""

    def call():
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
            yield answer() if callable(answer) else answer

    return Stated("a.b", "c.d", "", 1e-6, "1", cause, call)


@pytest.mark.parametrize(
    ("answers", "came_to", "why"),
    [
        ((1.0, 1.0 + 1e-9), "works", ""),
        (([1, float("nan")], [1, float("nan")]), "works", ""),
        ((1.0, 1.5), "differs", "1 instead of 1.5"),
        (([1.0, 2, 9], [1.0, 2, 3]), "differs", "9 instead of 3"),
        (([1.0], [1.0, 2]), "differs", r"shape \(1,\) instead of \(2,\)"),
        ((ValueError("at 0x7f00\nmore"), 1.0), "fails", r"ValueError: at \.\.\."),
        ((1.0, TypeError()), "no counterpart", "TypeError"),
        ((lambda: os._exit(3), 1.0), "fails", "its process ended with status 3"),
        ((lambda: time.sleep(60), 1.0), "fails", "no answer within 1 s"),
    ],
)
def test_what_a_trial_comes_to(monkeypatch, answers, came_to, why):
    monkeypatch.setattr(runner, "TIMEOUT", 1 if "within" in why else 60)
    found, reason = runner.attempt(stated(*answers))
    assert found == came_to
    assert re.fullmatch(why, reason)


def test_one_that_hangs_once_is_tried_again(monkeypatch, tmp_path):
    def hangs_once():
        if not (tmp_path / "tried").exists():
            (tmp_path / "tried").touch()
            time.sleep(60)
        return 1.0

    monkeypatch.setattr(runner, "TIMEOUT", 1)
    assert runner.attempt(stated(hangs_once, 1.0)) == ("works", "")


def test_a_difference_tells_its_cause_where_that_is_known():
    assert runner.outcome(stated(1.0, 1.5, cause="it rounds")) == ("differs", "1 instead of 1.5: it rounds")
    assert runner.outcome(stated([1.0], [1.0, 2], cause="it rounds"))[1] == "shape (1,) instead of (2,)"
    assert runner.outcome(stated(1.0, 1.0, cause="it rounds")) == ("works", "")


@pytest.fixture(scope="module")
def newest():
    train = entries.load(ROOT / "releases.toml")
    return environments.ensure(train.newest.pins, train.python, ROOT / ".breakeven")


# The names of the modules that a user imports from, without what they import for their own use. docs/compatibility.md
# tells which are left out.
PUBLIC = """
import importlib, inspect, pkgutil, dask_ml
modules = {f"dask_ml.{m.name}" for m in pkgutil.iter_modules(dask_ml.__path__) if not m.name.startswith("_")}
within = {"dask_ml.metrics.pairwise", "dask_ml.feature_extraction.text"}
for module in sorted(modules - {"dask_ml.base", "dask_ml.utils", "dask_ml.xgboost"} | within):
    for name, value in vars(importlib.import_module(module)).items():
        if not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value)):
            if value.__module__.startswith(module):
                print(f"{module}.{name}")
"""

#: Parts of the vectorisers, and what ``dask_ml.metrics`` hands on.
ELSEWHERE = {
    "dask_ml.feature_extraction.text.build_array",
    "dask_ml.feature_extraction.text.vocabulary_length",
    "dask_ml.metrics.pairwise.euclidean_distances",
    "dask_ml.metrics.pairwise.pairwise_distances",
    "dask_ml.metrics.pairwise.pairwise_distances_argmin_min",
}


@pytest.mark.commands
def test_every_public_name_is_tried(newest):
    done = subprocess.run([newest / "bin" / "python", "-c", PUBLIC], capture_output=True, text=True, check=True)
    public = set(done.stdout.split())
    assert len(public) > 60
    tried = {trial.title.partition(":")[0] for trial in trials.listed(newest)}
    assert public - ELSEWHERE - tried == set()


@pytest.mark.commands
def test_what_is_committed_is_of_the_trials_as_they_are(newest):
    places = {release.name for release in entries.load(ROOT / "releases.toml").main}
    kept = outcomes.load(RECORD).found
    assert set(kept) == set(trials.listed(newest))
    assert {release for found in kept.values() for release in found} <= places


def test_every_other_answer_on_the_newest_release_has_its_cause():
    newest = entries.load(ROOT / "releases.toml").newest.name
    there = [found[newest] for found in outcomes.load(RECORD).found.values()]
    others = [outcome.why for outcome in there if outcome.outcome == "differs"]
    assert others
    assert all(re.fullmatch(r"\S+ instead of \S+: .+", why) for why in others)


TOY = """
import joblib
from .trial import trial

@trial("joblib.hash", "joblib.hash")
def same():
    yield 1
    yield 1

@trial("joblib.__version__", "1.6")
def newer():
    yield float(".".join(joblib.__version__.split(".")[:2]))
    yield 1.6

@trial("joblib.gone", "none")
def gone():
    yield joblib.gone
"""


@pytest.mark.slow
def test_a_train_is_tried_once_and_told(stack_checkout):
    folder = stack_checkout.folder / "trials"
    folder.mkdir()
    for name in ("__init__.py", "__main__.py", "trial.py"):
        shutil.copy(ROOT / "trials" / name, folder)
    (folder / "toy.py").write_text(TOY)
    status, output = stack_checkout.run("breakeven", "compatibility")
    assert status == 0, output
    assert "joblib-1.5.3: 3 trials\nbase: 3 trials\n" in output
    kept = outcomes.load(stack_checkout.folder / "results" / "compatibility.trials").found
    by_title = {trial.title: found for trial, found in kept.items()}
    assert by_title["joblib.hash"] == {
        "joblib-1.5.3": WORKS,
        "base": WORKS,
        "toy-broken": by_title["joblib.hash"]["toy-broken"],
    }
    assert by_title["joblib.hash"]["toy-broken"].why.startswith("import sklearn: ModuleNotFoundError")
    assert by_title["joblib.__version__"]["joblib-1.5.3"] == Outcome("differs", "1.5 instead of 1.6")
    assert by_title["joblib.__version__"]["base"] == WORKS
    assert by_title["joblib.gone"]["base"].why.startswith("AttributeError")

    status, output = stack_checkout.run("breakeven", "compatibility", "--markdown", "--name", "version")
    assert status == 0, output
    assert "3 trials" not in output  # nothing is left to try
    assert output.splitlines()[-1].startswith("| `joblib.__version__` | `1.6` | gives another answer | joblib-1.5.3 |")
    status, output = stack_checkout.run("breakeven", "compatibility", "--name", "no such name")
    assert (status, output.strip()) == (1, "breakeven: No trial matches no such name")
