"""Real trees of processes fall asleep, wake and end; and whether processes rest."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from breakeven.errors import BreakevenError
from breakeven.harness import freezer, lent_cluster, measuring_process, own_folders, quiet
from breakeven.harness.freezer import Cgroup, Signals
from breakeven.harness.patches import MEASURING_PROCESS

pytestmark = pytest.mark.commands

# Joins as a measuring process does, by its code; starts a child and an orphan with a session of its own, which compute.
ARM = f"""
import importlib.util, os, subprocess, sys, time
spec = importlib.util.spec_from_file_location("measuring_process", {str(MEASURING_PROCESS)!r})
measuring_process = importlib.util.module_from_spec(spec)
spec.loader.exec_module(measuring_process)
measuring_process.join(sys.argv[1])
compute = [sys.executable, "-c", "while True: pass"]
child = subprocess.Popen(compute)
if not os.fork():
    os.setsid()
    orphan = subprocess.Popen(compute)
    print(os.getppid(), child.pid, orphan.pid, flush=True)
    os._exit(0)
os.wait()
time.sleep(600)
"""

needs_cgroup = pytest.mark.skipif(freezer.cgroups() is None, reason="no cgroup of version 2 can be made here")


@pytest.fixture(params=["signals", pytest.param("cgroup", marks=needs_cgroup)])
def sleeper(request):
    made = Signals() if request.param == "signals" else freezer.sleeper()
    yield made
    made.end()


@pytest.fixture
def arm(sleeper):
    """Three processes: the arm's own, its child, and one whose parent has ended."""
    started = subprocess.Popen([sys.executable, "-c", ARM, sleeper.folder], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in started.stdout.readline().split()]
    sleeper.adopt(pids[0])
    wait_for(lambda: set(sleeper.pids()) == set(pids))  # the one in between ends once it has told
    yield pids
    sleeper.end()
    started.wait(30)
    started.stdout.close()


def used(pids):
    return [quiet.cpu_seconds(pid) for pid in pids]


def runs(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_all_of_a_tree_sleep_and_wake(sleeper, arm):
    assert set(sleeper.pids()) == set(arm)
    sleeper.freeze()
    before = used(arm)
    time.sleep(0.1)
    assert used(arm) == before
    assert all(before)  # each had run
    sleeper.thaw()
    wait_for(lambda: all(now > then for now, then in zip(used(arm)[1:], before[1:], strict=True)))


@pytest.mark.parametrize("asleep", [True, False])
def test_nothing_is_left_of_a_tree(sleeper, arm, asleep):
    sleeper.freeze() if asleep else sleeper.pids()
    sleeper.end()
    assert not any(map(runs, arm))
    assert sleeper.pids() == []
    assert not sleeper.folder or not Path(sleeper.folder).exists()


def test_what_sleeps_is_woken_to_end_by_itself(sleeper):
    process = subprocess.Popen(["sleep", "60"])
    sleeper.adopt(process.pid)
    sleeper.freeze()
    sleeper.end()
    assert process.wait(30) == -signal.SIGTERM


def test_one_that_ended_at_once_is_no_error(sleeper):
    process = subprocess.Popen(["true"])
    process.wait(30)
    sleeper.adopt(process.pid)
    assert sleeper.pids() == []


def test_a_tree_is_known_when_its_root_has_gone(sleeper, arm):
    sleeper.freeze()
    sleeper.thaw()
    psutil.Process(arm[0]).kill()
    wait_for(lambda: not runs(arm[0]))
    assert set(sleeper.pids()) == set(arm[1:])


def test_what_ignores_sigterm_is_ended_after_the_rest(sleeper, monkeypatch):
    monkeypatch.setattr(freezer, "GRACE", 0.2)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
    process.stdout.readline()
    sleeper.adopt(process.pid)
    sleeper.end()
    assert process.wait(30) == -signal.SIGKILL
    process.stdout.close()


def test_what_a_tree_uses(sleeper, arm):
    wait_for(lambda: sleeper.cpu_seconds() > 0.1)
    sleeper.freeze()
    spent = sleeper.cpu_seconds()
    assert spent >= 0.99 * sum(used(arm[1:]))  # a cgroup counts from when it was joined
    assert sleeper.cpu_seconds() == spent
    resident = sum(psutil.Process(pid).memory_info().rss for pid in arm)
    assert 0.1 * resident < sleeper.memory() <= resident
    assert sleeper.open_files() == sum(psutil.Process(pid).num_fds() for pid in arm)


def test_what_does_not_sleep_is_told(monkeypatch):
    monkeypatch.setattr(freezer, "LIMIT", 0.0)
    monkeypatch.setattr(psutil.Process, "suspend", lambda self: None)
    child = subprocess.Popen(["sleep", "60"])
    tree = Signals()
    tree.adopt(child.pid)
    with pytest.raises(BreakevenError, match=f"Processes .{child.pid}. could not be put to sleep"):
        tree.freeze()
    child.kill()
    child.wait()


@needs_cgroup
def test_what_an_engine_left_is_removed():
    gone = subprocess.Popen(["true"])
    gone.wait()
    base = freezer.cgroups()
    stale, own = (base / f"breakeven-{pid}-0" for pid in (gone.pid, os.getppid()))
    left = subprocess.Popen(["sleep", "60"])
    for folder in (stale, own):
        folder.mkdir(exist_ok=True)
    try:
        Cgroup(stale).adopt(left.pid)
        Cgroup(stale).freeze()
        freezer.cgroups.cache_clear()
        assert freezer.cgroups() == base
        assert left.wait(30) < 0
        assert not stale.exists()
        assert own.exists()
    finally:
        Cgroup(own).end()


@needs_cgroup
def test_what_another_user_left_is_no_obstacle(monkeypatch):
    gone = subprocess.Popen(["true"])
    gone.wait()
    base, end, tried = freezer.cgroups(), Cgroup.end, []

    def refused(self):
        tried.append(self.folder)
        if self.folder == str(stale):
            raise PermissionError
        end(self)

    stale = base / f"breakeven-{gone.pid}-0"
    stale.mkdir()
    monkeypatch.setattr(Cgroup, "end", refused)
    freezer.cgroups.cache_clear()
    assert freezer.cgroups() == base
    assert str(stale) in tried
    stale.rmdir()


@pytest.mark.parametrize(
    ("mount", "root", "own", "found"),
    [
        ("cg", "/", "/", "cg"),
        ("cg", "/", "/user/me", "cg/user/me"),
        ("cg", "/container", "/container/me", "cg/me"),
        ("cg", "/", "/elsewhere", "cg"),
    ],
)
def test_where_the_own_cgroup_is(tmp_path, mount, root, own, found):
    for folder in ("cg/user/me", "cg/me"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text(f"6:freezer:/other\n0::{own}\n")
    (tmp_path / "self" / "mountinfo").write_text(
        "25 1 0:23 / /proc rw - proc proc rw\n"
        "26 1 0:24 / /sys/fs/cgroup/freezer rw,relatime shared:9 - cgroup cgroup rw,freezer\n"
        f"27 1 0:25 {root} {tmp_path}/{mount} rw,relatime shared:10 - cgroup2 cgroup2 rw\n"
    )
    assert freezer.own_cgroup(tmp_path) == tmp_path / found
    assert freezer.own_cgroup(tmp_path / "cg") is None


def test_signals_where_no_cgroup_can_be_made(monkeypatch, tmp_path):
    def forbidden(self):
        raise PermissionError

    freezer.cgroups.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(freezer, "own_cgroup", lambda: tmp_path)
        patched.setattr(Path, "mkdir", forbidden)
        assert isinstance(freezer.sleeper(), Signals)
    freezer.cgroups.cache_clear()


def test_rest_is_when_no_processor_time_is_used():
    readings = [2.0, 2.0, 1.0, 0.0]  # read from the end: 1 s within some ms, twice, and then nothing
    waited, rests = quiet.wait_until_quiet([1], 60, lambda pid: readings.pop())
    assert rests
    assert readings == []
    assert waited >= 3 * quiet.LOOK
    readings = [1.0, 0.0]
    assert not quiet.wait_until_quiet([1], 0.0, lambda pid: readings.pop())[1]


def test_many_event_loops_are_at_rest_and_one_thread_that_spins_is_not():
    def used(pid):
        return time.perf_counter() * (0.03 if pid < 100 else 0.5)

    assert quiet.wait_until_quiet(range(100), 0.0, used)[1]
    assert not quiet.wait_until_quiet(range(101), 0.0, used)[1]


def test_processor_time_is_of_all_threads():
    threads = """
    import threading, time
    def compute():
        end = time.thread_time() + 0.1
        while time.thread_time() < end: pass
    threads = [threading.Thread(target=compute) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print(time.process_time(), flush=True)
    time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(threads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        own = float(process.stdout.readline())
        assert own > 0.2
        assert own <= quiet.cpu_seconds(process.pid) < own + 0.05
        process.kill()


def test_the_folders_of_arms_are_their_own(tmp_path):
    one, other = (own_folders.environment(tmp_path / name) for name in ("a1", "a2"))
    folders = {"TMPDIR", "DASK_TEMPORARY_DIRECTORY", "JOBLIB_TEMP_FOLDER"}
    assert all(one[name] != other[name] and Path(one[name]).is_dir() for name in folders)
    Path(one["JOBLIB_TEMP_FOLDER"]).rmdir()
    Path(other["JOBLIB_TEMP_FOLDER"]).rmdir()


def test_dask_waits_longer_for_a_worker_than_an_arm_sleeps(tmp_path):
    given = own_folders.environment(tmp_path / "a3")
    Path(given["JOBLIB_TEMP_FOLDER"]).rmdir()
    for name in own_folders.PATIENT:
        hours, unit = given[name].split()
        assert unit == "hours"
        assert 3600 * float(hours) >= measuring_process.LONGEST > lent_cluster.OLD
