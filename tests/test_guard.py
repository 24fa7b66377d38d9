"""An engine is killed, interrupted, suspended and left by its terminal: nothing of its arms is left, or all goes on."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from breakeven.errors import BreakevenError
from breakeven.harness import guard as guards
from breakeven.harness.guard import Guard
from tests.conftest import ROOT
from tests.test_freezer import ARM, needs_cgroup, runs, wait_for

pytestmark = pytest.mark.commands

# Two arms, of which one sleeps; ends as an engine does: at the end of its work, or by an exception.
ENGINE = f"""
import json, os, subprocess, sys, time
from pathlib import Path
from breakeven.harness import freezer, guard, own_folders

how, folder = sys.argv[1], Path(sys.argv[2])
with guard.Guard() as watched:
    arms = []
    for name in ("one", "other"):
        sleeper = freezer.Signals() if how == "signals" else freezer.sleeper()
        own = folder / f"breakeven-{{os.getpid()}}-{{name}}"
        watched.watch(name, cgroup=sleeper.folder, folders=own_folders.folders(own).values())
        process = subprocess.Popen(
            [sys.executable, "-c", {ARM!r}, sleeper.folder], stdout=subprocess.PIPE, text=True,
            env={{**os.environ, **own_folders.environment(own)}}, start_new_session=True,
        )
        watched.watch(name, pids=[process.pid])
        pids = [int(word) for word in process.stdout.readline().split()]
        sleeper.adopt(process.pid)
        arms.append((sleeper, pids))
    arms[0][0].freeze()
    print(json.dumps([watched._process.pid, [pids for _, pids in arms]]), flush=True)
    for line in sys.stdin:
        print(line, end="", flush=True)
"""


@pytest.fixture(params=["signals", pytest.param("cgroup", marks=needs_cgroup)])
def engine(request, tmp_path):
    """An engine in mid-turn, as the first process of a terminal would be; with its guard's and its arms' processes."""
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, request.param, tmp_path], cwd=ROOT, start_new_session=True, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        watching, arms = json.loads(process.stdout.readline())
        yield process, watching, arms
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP, signal.SIGTERM], ids=lambda n: n.name)
def test_nothing_is_left_of_an_engine_that_was_ended(engine, tmp_path, number):
    process, watching, (sleeping, running) = engine
    assert all(map(runs, [watching, *sleeping, *running]))
    os.killpg(process.pid, number)
    process.wait(30)
    wait_for(lambda: not any(map(runs, [watching, *sleeping, *running])))
    assert list(tmp_path.iterdir()) == []
    assert not list(Path("/dev/shm").glob(f"breakeven-{process.pid}-*"))
    assert not list(Path("/sys/fs/cgroup").glob(f"**/breakeven-{process.pid}-*"))


def test_an_engine_that_was_suspended_goes_on(engine):
    process, watching, (sleeping, running) = engine
    os.killpg(process.pid, signal.SIGTSTP)
    # a group without a parent in its session is not stopped by a terminal, so it is stopped by force
    os.killpg(process.pid, signal.SIGSTOP)
    wait_for(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
    assert all(map(runs, [watching, *sleeping, *running]))
    os.killpg(process.pid, signal.SIGCONT)
    process.stdin.write("go on\n")
    process.stdin.flush()
    assert process.stdout.readline() == "go on\n"
    process.stdin.close()
    assert process.wait() == 0
    assert not any(map(runs, [watching, *sleeping, *running]))  # leaving the guard ends what was not forgotten


def test_what_lost_its_parents_is_known_by_its_folder(tmp_path):
    """The measuring process ends with the engine, at once, and the guard finds its workers without parents."""
    orphaned = f"""
import os, subprocess, sys
silent = {{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}}
left = subprocess.Popen(["sleep", "600"], env=os.environ | {{"TMPDIR": {str(tmp_path)!r}}}, **silent)
print(left.pid)
"""
    done = subprocess.run([sys.executable, "-c", orphaned], capture_output=True, text=True, check=True)
    left = int(done.stdout)
    assert runs(left)
    guards.end([{"cgroups": [], "pids": [], "folders": [str(tmp_path)]}])
    wait_for(lambda: not runs(left))
    assert not tmp_path.exists()


def test_what_was_forgotten_and_what_took_a_number_over_are_spared(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as child:
        with Guard() as guard:
            guard.watch("arm", pids=[child.pid], folders=[tmp_path])
            guard.forget("arm")
        began = guards.began(psutil.Process(child.pid))
        guards.end([{"cgroups": [], "pids": [(child.pid, began - 60)], "folders": []}])
        assert child.poll() is None
        assert tmp_path.exists()
        guards.end([{"cgroups": [], "pids": [(child.pid, began)], "folders": []}])
        assert child.wait(30) == -signal.SIGTERM


def test_a_guard_that_was_killed_is_told():
    with Guard() as guard:
        guard._process.kill()
        guard._process.wait()
        with pytest.raises(BreakevenError, match="was killed itself"):
            guard.watch("arm")
