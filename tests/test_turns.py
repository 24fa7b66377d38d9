"""Turns of real processes that run asv's own sampling, and what a round in turns is summed up by."""

import json
import math
import os
import socket
import struct
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import numpy as np
import pytest

from breakeven.harness import record, turns
from breakeven.harness.balance import Start
from breakeven.harness.guard import Guard
from breakeven.harness.measuring_process import SAMPLE
from breakeven.harness.patches import MEASURING_PROCESS
from breakeven.harness.player import Plan
from breakeven.harness.reading import Course, Reading
from breakeven.harness.record import Measured
from breakeven.harness.room import Need
from tests.conftest import ROOT

FIRST = Start()

pytestmark = pytest.mark.measures

# A benchmark of a suite that knows nothing of turns, run by asv's own code with that of a measuring process.
BENCHMARK = f"""
import importlib.util, json, os, sys, time
spec = importlib.util.spec_from_file_location("measuring_process", {str(MEASURING_PROCESS)!r})
ours = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ours)
name, seconds, place = sys.argv[1], float(sys.argv[2]), json.loads(sys.argv[3])
out = open(sys.argv[4], "w", buffering=1)

def say(*words):
    print(name, *words, time.monotonic(), file=out)

class Suite:
    warmup_time = 0
    number = 1

    def time_it(self):
        say("begin")
        time.sleep(seconds)
        say("end")

SUITE
ours.TimeBenchmark.benchmark_timing = ours._in_turns(ours.TimeBenchmark.benchmark_timing)
if place:
    ours.PLACES.append(ours.Place(**place))
suite = Suite()
benchmark = ours.TimeBenchmark("time_it", suite.time_it, [suite])
assert not benchmark.do_setup()
print(json.dumps(benchmark.do_run()))
"""


@pytest.fixture
def play(tmp_path):
    """Run processes as a round does, and give their readings and what each of them wrote, by time."""

    def read(name, seconds, suite, seat, one_core):
        code = tmp_path / f"{name}.py"
        code.write_text(BENCHMARK.replace("SUITE", suite))
        place = json.dumps({**asdict(seat), "one_core": one_core})
        command = [sys.executable, code, name, str(seconds), place, str(tmp_path / name)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            return Reading((), (done.stderr.strip().splitlines() or ["killed"])[-1])
        found = json.loads(done.stdout)
        return Reading(tuple(found["samples"]), number=found["number"])

    def run(*players, samples=0.08, fewest=4, one_core=False, start=FIRST, limit=10.0, **options):
        def one(name, seconds, suite="pass"):
            return lambda seat: read(name, seconds, suite, seat, one_core)

        plan = Plan(samples, fewest, limit, start, [one_core] * len(players), **options)
        with Guard() as guard:
            readings = turns.alternate([one(*player) for player in players], plan, guard)
        files = [tmp_path / player[0] for player in players]
        lines = [line.split() for file in files if file.exists() for line in file.read_text().splitlines()]
        return readings, [words[:-1] for words in sorted(lines, key=lambda words: float(words[-1]))]

    return run


def calls(seen):
    return "".join(name for name, moment in seen if moment == "begin")


@pytest.mark.parametrize("at_once", [1, 2])
def test_two_alternate_and_never_call_at_the_same_time(play, at_once):
    (a, b), seen = play(("a", 0.2), ("b", 0.2), at_once=at_once)
    assert (a.error, b.error) == ("", "")
    in_turns = seen[4:]  # each has made an untimed call when it was ready
    assert all(begun == [ended[0], "begin"] for begun, ended in zip(in_turns[::2], in_turns[1::2], strict=True))
    # A B, A B; whoever wakes up makes an untimed call first
    assert calls(in_turns) == "aabb" * 4
    assert a.turns == b.turns == (1, 2, 3, 4)
    assert a.course.before == (-1, 1, 1, 1)
    assert b.course.before == (0, 0, 0, 0)


#: Computes for 0.3 s whenever it is asked, as a worker of a cluster that both use.
WORKER = """
import os, sys, time
asked, out = sys.argv[1], open(sys.argv[2], "w", buffering=1)
while True:
    time.sleep(0.001)
    if os.path.exists(asked):
        os.remove(asked)
        print("worker begin", time.monotonic(), file=out)
        end = time.thread_time() + 0.3
        while time.thread_time() < end: pass
        print("worker end", time.monotonic(), file=out)
"""


def test_where_nothing_sleeps_no_call_begins_while_a_shared_worker_computes(play, tmp_path):
    asks = f"Suite.time_it = lambda self: (say('begin'), open({str(tmp_path / 'asked')!r}, 'w'), time.sleep(0.05))"
    with subprocess.Popen([sys.executable, "-c", WORKER, tmp_path / "asked", tmp_path / "worker"]) as worker:
        _, seen = play(("a", 0.0, asks), ("b", 0.05), freezes=False, shared={worker.pid})
        worker.kill()
    lines = [line.split() for line in (tmp_path / "worker").read_text().splitlines()]
    assert len(lines) > 4
    computing = [(float(begun[-1]), float(ended[-1])) for begun, ended in zip(lines[::2], lines[1::2], strict=False)]
    begun = [float(line.split()[-1]) for line in (tmp_path / "b").read_text().splitlines() if " begin " in line]
    assert len(begun) >= 4
    assert not [at for at in begun[1:] for since, until in computing if since < at < until]


@pytest.mark.parametrize(
    ("at_once", "crowds", "groups"),
    [
        (1, (), [[0], [1], [2]]),
        (2, (), [[0, 1], [2]]),
        (3, (), [[0, 1, 2]]),
        (3, {1}, [[0], [1], [2]]),
        (3, {0}, [[0], [1, 2]]),
        (2, {0, 1, 2}, [[0], [1], [2]]),
    ],
)
def test_what_crowds_starts_alone(at_once, crowds, groups):
    plan = Plan(0.1, 4, 1.0, FIRST, [False] * 3, at_once=at_once, crowds=crowds)
    assert turns._starting(3, plan) == groups


def test_short_calls_are_batched_to_slices_of_equal_length(play):
    (a, b), _ = play(("a", 0.2), ("b", 0.02))
    assert a.turns == (1, 2, 3, 4)
    assert {b.turns.count(turn) for turn in range(1, 5)} <= set(range(7, 11))


def test_what_waits_is_asleep(play):
    """A thread that counts on, as those of OpenMP do, stands still while the other one has its turn."""
    spinning = """
import threading
count = 0
def spin():
    global count
    while True:
        count += 1
threading.Thread(target=spin, daemon=True).start()
Suite.time_it = lambda self: (say("count", count), time.sleep(seconds))
"""
    _, seen = play(("a", 0.01, spinning), ("b", 0.3), samples=1.0)
    # two of its calls stand side by side, or have a slice of the other between them, 0.3 s and more
    counts = np.array([int(words[2]) for words in seen if words[0] == "a"])
    between = np.diff(counts[3:])
    assert between.max() < 10 * np.median(between)


def test_three_take_turns_in_an_order_balanced_for_what_came_before(play):
    readings, _ = play(("a", 0.03), ("b", 0.03), ("c", 0.03), samples=0.18, fewest=6)
    for number, reading in enumerate(readings):
        assert {reading.course.before.count(other) for other in range(3) if other != number} <= {1, 2, 3}
        assert reading.turns == (1, 2, 3, 4, 5, 6)


def test_number_and_setup_are_asvs(play):
    """A suite with ``number`` greater than 1, and with a setup before each sample, takes turns like any other."""
    suite = """
Suite.number = 5
Suite.setup = lambda self: say("setup")
"""
    (a, b), seen = play(("a", 0.01, suite), ("b", 0.05))
    assert a.number == 5
    assert b.number == 1
    assert a.turns == b.turns == (1, 2, 3, 4)
    assert [m for n, m in seen if n == "a"].count("setup") > 5
    assert 0.009 < np.median(a.samples) < 0.03


def test_all_calls_of_a_sample_count_for_how_long_an_arm_has_taken_samples(play):
    (a, b), _ = play(("a", 0.01, "Suite.number = 10"), ("b", 0.01, "Suite.number = 10"), samples=0.4)
    assert a.turns == b.turns == (1, 2, 3, 4)


def test_asv_chooses_the_number_before_the_first_turn(play):
    (a, b), _ = play(("a", 0.0, "Suite.number = 0"), ("b", 0.03))
    assert a.number > 1
    assert set(a.turns) == set(b.turns)


def test_what_asks_for_no_turn_runs_alone(play):
    skips = "Suite.setup = lambda self: (_ for _ in ()).throw(NotImplementedError)"
    (a, b), _ = play(("a", 0.0, skips), ("b", 0.03))
    assert not a.samples
    assert len(b.samples) <= 2  # there is nothing to compare it with


def test_one_that_leaves_costs_the_others_nothing(play):
    leaves = """
Suite.calls = []
Suite.time_it = lambda self: (self.calls.append(0), len(self.calls) > 4 and 1 / 0)
"""
    (a, b, c), _ = play(("a", 0.0, leaves), ("b", 0.03), ("c", 0.03), fewest=6, samples=0.1)
    assert (a.samples, a.error) == ((), "ZeroDivisionError: division by zero")
    assert b.turns == c.turns


def test_no_more_are_started_than_find_room(play, monkeypatch):
    monkeypatch.setattr(turns.room, "free", lambda: Need(0, 0))
    readings, _ = play(("a", 0.02), ("b", 0.02), ("c", 0.02))
    assert [r.turns for r in readings] == [(1, 2, 3, 4)] * 2


def test_a_call_that_takes_too_long_is_ended(play):
    (a, b), _ = play(("a", 0.01), ("b", 60.0), limit=1.0)
    assert (b.samples, b.error) == ((), "timed out: a call took longer than 1 s")
    assert a.error == ""


def test_on_one_core_both_arms_meet_each_core_equally_often(play):
    cores = "Suite.time_it = lambda self: say(*os.sched_getaffinity(0))"
    (a, b), _ = play(("a", 0.0, cores), ("b", 0.0, cores), samples=0.0, fewest=8, one_core=True)
    met = [[reading.course.cores[reading.turns.index(turn)] for turn in range(1, 9)] for reading in (a, b)]
    assert met[0] == met[1]
    assert met[0][::2] == met[0][1::2]
    assert len({*met[0]}) == min(len(os.sched_getaffinity(0)), 4)
    often = Counter(met[0]).values()
    assert max(often) - min(often) <= 2  # of three cores one is met once less


def test_two_rounds_at_once_do_not_mix_their_turns(play):
    with ThreadPoolExecutor() as pool:
        rounds = [pool.submit(play, (a, 0.05), (b, 0.05)) for a, b in ("ab", "cd")]
        for round_ in rounds:
            first, second = round_.result()[0]
            assert first.turns == second.turns == (1, 2, 3, 4)


def test_a_process_does_not_outlive_whoever_gives_the_turns(tmp_path):
    address, code = str(tmp_path / "turns"), tmp_path / "asking.py"
    code.write_text(BENCHMARK.replace("SUITE", ""))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        place = json.dumps({"address": address, "group": "", "environment": {}, "one_core": False})
        asking = subprocess.Popen(
            [sys.executable, code, "a", "0.01", place, str(tmp_path / "a")],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        link, _ = listener.accept()
        assert int.from_bytes(link.recv(4)) == asking.pid
        assert math.isnan(struct.unpack("<d", link.recv(8))[0])
        link.sendall(bytes([SAMPLE, 0]))
        assert 0.009 < struct.unpack("<d", link.recv(8))[0] < 1
        link.close()
    _, why = asking.communicate(timeout=60)
    assert asking.returncode != 0
    assert "ended" in why or "Broken pipe" in why


def of(arm, samples, numbers):
    return Measured("x", 1, arm, "2026-01-01", 1.0, 0.0, Reading(tuple(samples), course=Course(tuple(numbers))))


def test_a_slow_spell_that_meets_both_sides_moves_nothing():
    machine = np.exp(np.random.default_rng(0).normal(0, 0.5, 31))
    base, head = of("base", 0.1 * machine, range(31)), of("head", 0.11 * machine, range(31))
    assert math.isclose(record.log_ratio(base, head), math.log(1.1))
    unpaired = of("head", 0.11 * np.roll(machine, 1), range(31))
    assert not math.isclose(record.log_ratio(base, unpaired), math.log(1.1), rel_tol=0.1)


def test_only_shared_turns_count():
    base, head = of("base", [1.0, 1.0], [3, 4]), of("head", [9.0, 2.0, 2.0], [2, 3, 4])
    assert math.isclose(record.log_ratio(base, head), math.log(2))


def test_a_turn_of_several_calls_counts_once():
    base, head = of("base", [1.0, 1.0], [1, 2]), of("head", [2.0, 2.0, 9.0, 3.0, 3.0, 3.0], [1, 1, 1, 2, 2, 2])
    assert math.isclose(record.log_ratio(base, head), (math.log(2) + math.log(3)) / 2)


def test_without_turns_the_quick_calls_count():
    quiet, mostly_slow = [0.1] * 20, [0.1] * 5 + [0.16] * 15
    assert record.log_ratio(of("base", quiet, ()), of("head", mostly_slow, ())) == 0
    one_quick = [0.02, *quiet[1:]]
    assert math.isclose(record.log_ratio(of("base", quiet, ()), of("head", one_quick, ())), 0, abs_tol=1e-9)


class Lent:
    """A cluster that is not there: it tells how many lines another process had written when it was put to sleep."""

    folder = ""

    def __init__(self, other):
        self.sleeper, self.other, self.asleep, self.spoilt = self, other, [], False

    def address(self, limit):
        return ""

    def spoil(self):
        self.spoilt = True

    def pids(self):
        return []

    def cpu_seconds(self):
        return 0.0

    def thaw(self):
        pass

    def freeze(self):
        self.asleep.append(len(self.other.read_text().splitlines()) if self.other.exists() else 0)


def test_the_cluster_of_one_that_failed_sleeps_while_others_take_turns(play, tmp_path):
    clusters = [Lent(tmp_path / "a") for _ in "abc"]
    failing = ("c", 0.02, "raise RuntimeError('gone')")
    readings, said = play(("a", 0.02), ("b", 0.02), failing, lend=clusters.__getitem__, at_once=3, samples=0.4)
    assert readings[2].failed
    assert [cluster.spoilt for cluster in clusters] == [False, False, True]
    assert len([words for words in said if words[0] == "a"]) > 20
    assert clusters[2].asleep[0] <= 6
