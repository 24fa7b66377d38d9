"""How many rounds a benchmark has behind it decides what a run still has to do."""

import pytest

from breakeven.harness.results import Value
from breakeven.harness.suite_run import rounds_done

TIME = {"type": "time", "rounds": 3, "repeat": 2, "params": [["1", "2"]]}


def values(*counts):
    return {(str(i),): Value("measured", 1.0, samples=(1.0,) * n) for i, n in enumerate(counts, 1)}


@pytest.mark.parametrize(
    ("recorded", "done"),
    [
        (None, 0),
        (values(2), 0),  # a parameter set is missing
        (values(2, 4), 1),
        (values(6, 6), 3),
        (values(4) | {("2",): Value("failed")}, 2),
        ({("1",): Value("failed"), ("2",): Value("skipped")}, 3),  # nothing to wait for
    ],
)
def test_rounds_done(recorded, done):
    assert rounds_done(TIME, recorded) == done


def test_a_tracked_number_needs_one_round():
    track = {"type": "track", "params": []}
    assert rounds_done(track, None) == 0
    assert rounds_done(track, {(): Value("measured", 1.0)}) == 1
