"""How many rounds a benchmark has behind it decides what a run still has to do."""

import re

import pytest

from breakeven.errors import BreakevenError
from breakeven.harness import suite_run
from breakeven.harness.results import Value
from breakeven.harness.suite_run import Todo, Wanted

TIME = {"name": "m.W.time_fit", "type": "time", "rounds": 3, "repeat": 2, "params": [["1", "2"]]}
TRACK = {"name": "m.W.track_it", "type": "track", "rounds": 3, "params": []}  # its class has timed ones too


def values(*counts):
    return {(str(i),): Value("measured", 1.0, samples=(1.0,) * n) for i, n in enumerate(counts, 1)}


@pytest.mark.parametrize(
    ("recorded", "behind"),
    [
        (None, (0, 0)),
        (values(2), (1, 0)),  # a parameter set is missing
        (values(2, 4), (1, 2)),
        (values(6, 6), (3, 3)),
        (values(4) | {("2",): Value("failed")}, (2, 3)),  # what failed is not tried again
        ({("1",): Value("failed"), ("2",): Value("skipped")}, (3, 0)),  # asv writes a skip for what was not selected
    ],
)
def test_rounds_behind(recorded, behind):
    found = {} if recorded is None else {TIME["name"]: recorded}
    todo = [Todo(TIME, at, (str(at + 1),)) for at in (0, 1)]
    assert tuple(one.behind(found) for one in todo) == behind
    assert {one.rounds for one in todo} == {3}


def test_a_number_whose_samples_nobody_kept_is_measured_again():
    assert Todo(TIME, 0, ("1",)).behind({TIME["name"]: {("1",): Value("measured", 1.0)}}) == 0


@pytest.mark.parametrize("repeat", [0, None, (1, 10, 20.0)])
def test_what_has_no_fixed_number_of_calls_is_not_measured_again(repeat):
    described = TIME | {"repeat": repeat}
    assert Todo(described, 0, ("1",)).behind({TIME["name"]: values(2)}) == 3


def test_a_tracked_number_needs_one_round():
    todo = Todo(TRACK, 0, ())
    assert todo.rounds == 1
    assert todo.behind({}) == 0
    assert todo.behind({TRACK["name"]: {(): Value("measured", 1.0)}}) == 1
    assert todo.behind({TRACK["name"]: {(): Value("failed")}}) == 1
    assert todo.behind({TRACK["name"]: {(): Value("skipped")}}) == 0


def test_labels_are_asvs():
    assert Todo(TIME, 0, ("1",)).label == "m.W.time_fit(1)"
    assert Todo(TRACK, 0, ()).label == "m.W.track_it"


class Listing:
    """What a release offers, without a release."""

    benchmarks = {
        b["name"]: b
        for b in (
            TIME
            | {
                "param_names": ["n_samples"],
                "stated": {
                    "profiles": {
                        "quick": {"select": {"n_samples": ["1"]}},
                        "full": {"select": {"n_samples": ["1", "2"]}},
                    }
                },
            },
            TRACK | {"param_names": []},
        )
    }


@pytest.mark.parametrize(
    ("patterns", "profile", "labels"),
    [
        ([], "quick", ["m.W.time_fit(1)", "m.W.track_it"]),
        ([], "full", ["m.W.time_fit(1)", "m.W.time_fit(2)", "m.W.track_it"]),
        (["time_"], "full", ["m.W.time_fit(1)", "m.W.time_fit(2)"]),
        (["fit.2", "track"], "full", ["m.W.time_fit(2)", "m.W.track_it"]),
    ],
)
def test_the_profile_and_the_patterns_select(patterns, profile, labels):
    wanted = Wanted({}, [re.compile(p) for p in patterns], profile)
    assert [todo.label for todo in suite_run._selected(Listing, wanted)] == labels


def test_what_only_another_profile_has_is_told():
    with pytest.raises(BreakevenError, match=r"No benchmark matches fit\.2 in the quick profile; 1 do in others"):
        suite_run._selected(Listing, Wanted({}, [re.compile("fit.2")], "quick"))
    with pytest.raises(BreakevenError, match=r"No benchmark matches nothing$"):
        suite_run._selected(Listing, Wanted({}, [re.compile("nothing")], "quick"))
