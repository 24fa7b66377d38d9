"""Turns of real processes, and what a round in turns is summed up by."""

import math
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from breakeven.harness import record, turns
from breakeven.harness.patches import MEASURING_PROCESS
from breakeven.harness.reading import Reading
from breakeven.harness.record import Measured
from tests.conftest import ROOT

pytestmark = pytest.mark.measures

# Asks for turns as a measuring process does, by the code that it runs.
TURNS = f"""
import importlib.util, os, socket, sys, time
spec = importlib.util.spec_from_file_location("measuring_process", {str(MEASURING_PROCESS)!r})
measuring_process = importlib.util.module_from_spec(spec)
spec.loader.exec_module(measuring_process)
name, n_calls, seconds, place = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]

class Given:
    turns, one_core = place, "one_core" in sys.argv

class Asv:
    _attr_sources = [Given]

def take(calls, call):
    class Timer:
        def timeit(self, number):
            call()
            return 0.0

    timer = measuring_process._taking_turns(lambda self: Timer())(Asv())
    for _ in range(calls):
        timer.timeit(1)
"""

# Does what asv's runner does with a benchmark; each call leaves a line when it begins and when it ends.
BENCHMARK = (
    TURNS
    + """
def call():
    for moment in ("begin", "end"):
        print(name, moment, time.monotonic(), flush=True)
        time.sleep(seconds * (moment == "begin"))

take(n_calls, call)
"""
)


@pytest.fixture
def play(tmp_path):
    """Run processes as a gate does, and give what each of them wrote."""

    def read(name, n_calls, seconds, code, place, *words):
        command = [sys.executable, "-c", code, name, str(n_calls), str(seconds), place, *words]
        with (tmp_path / name).open("w") as out:
            done = subprocess.run(command, cwd=ROOT, stdout=out, check=False)
        return Reading((seconds,) * n_calls, "killed" if done.returncode < 0 else "")

    def run(*players, limit=10.0, together=False, words=()):
        def one(name, n_calls, seconds, code=BENCHMARK):
            return lambda place: read(name, n_calls, seconds, code, place, *words)

        readings = turns.alternate([one(*player) for player in players], limit, together)
        lines = [line.split() for player in players for line in (tmp_path / player[0]).read_text().splitlines()]
        return readings, [(name, moment) for name, moment, _ in sorted(lines, key=lambda words: float(words[2]))]

    return run


@pytest.mark.parametrize("together", [False, True])
def test_they_alternate_and_never_call_at_the_same_time(play, together):
    (a, b), seen = play(("a", 4, 0.02), ("b", 4, 0.02), together=together)
    assert [name for name, moment in seen if moment == "begin"] == list("abbaabba")
    assert all(begun == (ended[0], "begin") for begun, ended in zip(seen[::2], seen[1::2], strict=True))
    assert a.turns == b.turns == (1, 2, 3, 4)


@pytest.mark.parametrize("together", [False, True])
def test_data_are_made_one_after_the_other_or_together(play, tmp_path, together):
    # the first looks for the other before it asks for its turn
    code = f"""{TURNS}
folder = {str(tmp_path)!r}
import pathlib
other = "ab"[name == "a"]
mine, theirs = (pathlib.Path(folder, n + " is there") for n in (name, other))
mine.touch()
end = time.monotonic() + 5
while not theirs.exists() and time.monotonic() < end:
    time.sleep(0.01)
print(name, "met" if theirs.exists() else "alone", time.monotonic(), flush=True)
take(1, lambda: None)
"""
    _, seen = play(("a", 0, 0, code), ("b", 0, 0, code), together=together)
    assert dict(seen)["a"] == ("met" if together else "alone")


def test_one_that_is_done_leaves_the_rest_to_the_other(play):
    (a, b), seen = play(("a", 2, 0.01), ("b", 5, 0.01))
    assert (a.turns, b.turns) == ((1, 2), (1, 2, 3, 4, 5))
    assert len(seen) == 2 * 7


def test_what_asks_for_no_turn_runs_alone(play):
    (a, b), _ = play(("a", 1, 0.0, ""), ("b", 3, 0.01))
    assert (a.turns, b.turns) == ((), (1, 2, 3))


def test_a_call_that_takes_too_long_is_ended_and_costs_the_other_nothing(play):
    (a, b), _ = play(("a", 3, 0.01), ("b", 1, 60.0), limit=1.0)
    assert (b.samples, b.error) == ((), "timed out: a call took longer than 1 s")
    assert (len(a.samples), a.error) == (3, "")


def test_on_one_core_both_sides_share_it_turn_by_turn(play):
    # each writes the core of its call in place of a moment
    code = f"""{TURNS}
def call():
    core, = os.sched_getaffinity(0)
    print(name, core, time.monotonic(), flush=True)

take(8, call)
"""
    _, seen = play(("a", 8, 0.0, code), ("b", 8, 0.0, code), words=["one_core"])
    cores = [core for _, core in seen]
    assert cores[::2] == cores[1::2]
    assert len(set(cores)) == min(len(os.sched_getaffinity(0)), 5)


def test_two_rounds_at_once_do_not_mix_their_turns(play):
    """The address is an argument of each process, so that servers which start at once cannot swap it."""
    with ThreadPoolExecutor() as pool:
        rounds = [pool.submit(play, (a, 6, 0.02), (b, 6, 0.02), together=True) for a, b in ("ab", "cd")]
        for (first, second), names in zip((r.result()[0] for r in rounds), ("ab", "cd"), strict=True):
            assert first.turns == second.turns == (1, 2, 3, 4, 5, 6), names
    for round_, names in zip(rounds, ("abbaabbaabba", "cddccddccddc"), strict=True):
        assert "".join(name for name, moment in round_.result()[1] if moment == "begin") == names


def test_a_process_does_not_outlive_whoever_gives_the_turns(tmp_path):
    place = tmp_path / "turns"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        asking = subprocess.Popen(
            [sys.executable, "-c", BENCHMARK, "a", "9", "0.01", place], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        link, _ = listener.accept()
        link.recv(5)
        link.sendall(b"!")
        link.close()
    said, why = asking.communicate(timeout=60)
    assert asking.returncode != 0
    assert said.count("begin") < 9
    assert "ended" in why or "Broken pipe" in why


def of(side, samples, numbers):
    return Measured("x", 1, side, "2026-01-01", 1.0, 0.0, Reading(tuple(samples), "", tuple(numbers)))


def test_a_slow_spell_that_meets_both_sides_moves_nothing():
    machine = np.exp(np.random.default_rng(0).normal(0, 0.5, 31))
    base, head = of("base", 0.1 * machine, range(31)), of("head", 0.11 * machine, range(31))
    assert math.isclose(record.log_ratio(base, head), math.log(1.1))
    unpaired = of("head", 0.11 * np.roll(machine, 1), range(31))
    assert not math.isclose(record.log_ratio(base, unpaired), math.log(1.1), rel_tol=0.1)


def test_only_shared_turns_count():
    base, head = of("base", [1.0, 1.0], [3, 4]), of("head", [9.0, 2.0, 2.0], [2, 3, 4])
    assert math.isclose(record.log_ratio(base, head), math.log(2))


def test_without_turns_the_quick_calls_count():
    quiet, mostly_slow = [0.1] * 20, [0.1] * 5 + [0.16] * 15
    assert record.log_ratio(of("base", quiet, ()), of("head", mostly_slow, ())) == 0
    one_quick = [0.02, *quiet[1:]]
    assert math.isclose(record.log_ratio(of("base", quiet, ()), of("head", one_quick, ())), 0, abs_tol=1e-9)
