"""Which releases changed a benchmark, where hardly any could have."""

import math

from breakeven.history import packages, releases
from tests.fake_line import FakeLine

STEP = math.log(1.2)
NAMES = [str(k) for k in range(60)]


class FakeBench:
    """Releases of which each moves ``other``, and every tenth ``own``, the only package that the process loads."""

    def __init__(self, level, loaded=("own",)):
        self._line = FakeLine([level(k) for k in range(len(NAMES))], noise=0.01)
        self._loaded = loaded

    @property
    def spent(self):
        return self._line.spent

    def line(self, specs):
        return self._line

    def pins(self, spec):
        return {"own": str(int(spec) // 10), "other": spec}

    def loaded(self, spec):
        return self._loaded


def steps(bench):
    found = releases.changed(packages.Search(bench, math.log(1.05), 500.0), NAMES)
    assert found.sure
    return [(step.before, step.after) for step in found.steps]


def test_only_what_moved_something_that_is_loaded_is_looked_at():
    bench = FakeBench(lambda k: STEP * (k >= 30))
    assert steps(bench) == [(29, 30)]
    known, unknown = len(bench.line(NAMES).asked), FakeBench(lambda k: STEP * (k >= 30), loaded=())
    assert steps(unknown) == [(29, 30)]
    assert known < len(unknown.line(NAMES).asked)


def test_a_release_that_moved_nothing_of_it_and_did_it_all_the_same_is_found():
    assert steps(FakeBench(lambda k: STEP * (k >= 37))) == [(36, 37)]


def test_what_was_measured_before_is_used():
    bench = FakeBench(lambda k: 0.0)
    bench.line(NAMES).round([0, len(NAMES) - 1])
    assert steps(bench) == []
    spent = bench.spent
    assert steps(bench) == []
    assert bench.spent == spent


def test_what_is_kept_of_another_end_does_not_tell_what_is_loaded_at_this_one():
    bench = FakeBench(lambda k: 0.0)
    bench.line(NAMES).round([0, 20])
    assert steps(bench) == []
    assert [0, len(NAMES) - 1] == [*bench.line(NAMES).rounds[1]]
