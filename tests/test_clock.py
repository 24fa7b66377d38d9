"""A clock that is set, and a suspend, in mid-round: faked below real commands, for this machine's clock is not ours."""

import subprocess
import sys
import time

import psutil
import pytest

from breakeven.harness import guard, record_file
from tests.conftest import ROOT
from tests.test_suite import assert_nothing_left, wait_for

pytestmark = pytest.mark.commands

HOUR = 3600

#: Seconds by which CLOCK_REALTIME and CLOCK_BOOTTIME jump.
JUMPS = {"set back": (-HOUR, 0), "set forward": (HOUR, 0), "suspended": (HOUR, HOUR)}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("clocks") / "clocks.so"
    build = ["cc", "-shared", "-fPIC", "-o", path, ROOT / "tests" / "clocks.c", "-ldl"]
    try:
        subprocess.run(build, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs a C compiler")
    return path


@pytest.fixture
def faked(library, checkout, request):
    """Variables of a command whose clocks jump once a file is there, and that file."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the clocks of Linux are faked")
    realtime, boottime = JUMPS[request.param]
    file = checkout.folder / "shifted"
    names = {"REALTIME": str(realtime), "BOOTTIME": str(boottime)}
    return {"LD_PRELOAD": str(library), "SHIFTED": str(file), **names}, file


@pytest.mark.parametrize("faked", JUMPS, indirect=True)
def test_the_fake_does_what_it_says(faked, request):
    env, file = faked
    ask = "import time; print(time.time(), time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME))"

    def read():
        out = subprocess.run([sys.executable, "-c", ask], env=env, capture_output=True, text=True, check=True).stdout
        return [float(word) for word in out.split()]

    before = read()
    file.touch()
    differences = [now - then for now, then in zip(read(), before, strict=True)]
    realtime, boottime = (int(env[name]) for name in ("REALTIME", "BOOTTIME"))
    expected = (realtime, 0, boottime)
    assert all(abs(found - wanted) < HOUR / 2 for found, wanted in zip(differences, expected, strict=True))


@pytest.mark.parametrize("faked", JUMPS, indirect=True)
def test_a_gate_measures_on(checkout, faked):
    env, file = faked
    path = checkout.folder / "kept.gate"
    command = ("gate", "base", "joblib-1.5.3", "--bench", "time_fit", "--record", str(path), "--budget", "15s")
    began = time.monotonic()
    gate = checkout.start("breakeven", *command, **env)
    assert wait_for(lambda: path.exists() and record_file.load(path).measured)
    n_before = len(record_file.load(path).measured)
    file.touch()
    output, _ = gate.communicate(timeout=300)
    took = time.monotonic() - began
    assert gate.returncode in (0, 1, 3), output
    assert "Traceback" not in output
    record = record_file.load(path)
    assert len(record.measured) > n_before
    assert not [m.reading.error for m in record.measured if m.reading.error]
    assert all(0 <= m.wall < took for m in record.measured)
    assert record.spent < took
    assert all(0 < sample < took for m in record.measured for sample in m.samples)
    assert_nothing_left(checkout)


@pytest.mark.parametrize("faked", ["set back"], indirect=True)
def test_results_are_kept_and_shown(checkout, faked):
    env, file = faked
    assert checkout.run("breakeven", "run", "base", "--bench", "track_score", **env)[0] == 0
    file.touch()
    status, output = checkout.run("breakeven", "run", "base", "joblib-1.5.3", "--bench", "track_score", **env)
    assert status == 0, output
    status, output = checkout.run("breakeven", "releases", "update", "--help", **env)
    assert status == 0, output
    assert len(checkout.results()) == 2
    assert checkout.run("asv", "publish", **env)[0] == 0


def test_the_guard_knows_a_process_whenever_the_clock_was_set(monkeypatch):
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    told = {"cgroups": [], "folders": [], "pids": [(child.pid, guard.began(psutil.Process(child.pid)))]}
    boot = psutil.boot_time()
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: boot - HOUR)
    guard.end([told])
    assert child.wait(10) != 0
