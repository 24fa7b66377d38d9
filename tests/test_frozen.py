"""loky and Dask sleep between two calls, wake, and go on: same workers, same data, right results.

``python -m tests.test_frozen 360 PYTHON`` lets them sleep for that many seconds in an environment of the stack, as they
come and with what an arm changes.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from breakeven.harness import freezer, own_folders
from breakeven.harness.freezer import Signals
from breakeven.harness.patches import MEASURING_PROCESS
from tests.test_freezer import needs_cgroup

pytestmark = pytest.mark.commands

# Makes a call for each line that it is given; gives a sum of squares, the processes of the workers, and the seconds.
CALLS = """
import json, os, subprocess, sys, time

def serve(call):
    for line in sys.stdin:
        start = time.monotonic()
        total, workers = call()
        print(json.dumps([total, workers, time.monotonic() - start]), flush=True)

def serve_cluster(client):
    client.wait_for_workers(2)
    data = client.scatter(list(range(100)))
    serve(lambda: (client.submit(sum, client.map(pow, data, [2] * 100, pure=False)).result(), client.run(os.getpid)))
"""

LOKY = """
import importlib.util, joblib
from joblib.externals.loky import reusable_executor

if "changed" in sys.argv:
    spec = importlib.util.spec_from_file_location("measuring_process", "MEASURING_PROCESS")
    measuring_process = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(measuring_process)
    measuring_process.outwait()

def call():
    with joblib.parallel_config("loky", n_jobs=2):
        total = sum(joblib.Parallel()(joblib.delayed(pow)(i, 2) for i in range(100)))
    return total, list(reusable_executor._executor._processes)

if "patience" in sys.argv:
    call()
    print(reusable_executor._executor._timeout)
serve(call)
""".replace("MEASURING_PROCESS", str(MEASURING_PROCESS))

LOCAL_CLUSTER = """
from distributed import Client, LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        serve_cluster(client)
"""

SCHEDULER_AND_WORKERS = """
import tempfile
from distributed import Client

known = os.path.join(tempfile.mkdtemp(), "scheduler.json")
dask = [sys.executable, "-m", "dask"]
here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", known]
subprocess.Popen([*dask, "scheduler", "--port", "0", *here])
subprocess.Popen([*dask, "worker", "--nworkers", "2", "--nthreads", "1", *here])
with Client(scheduler_file=known, timeout=60) as client:
    serve_cluster(client)
"""

STACKS = {"loky": LOKY, "LocalCluster": LOCAL_CLUSTER, "dask scheduler and dask worker": SCHEDULER_AND_WORKERS}


class Arm:
    """A process that calls when it is told, with its workers."""

    def __init__(self, sleeper, python, calls, folder, environment, *options):
        self.sleeper, self.said = sleeper, folder / "said"
        script = folder / "calls.py"
        script.write_text(CALLS + calls)
        with open(self.said, "w") as said:
            self.process = subprocess.Popen(
                [python, script, *options], env=os.environ | environment, start_new_session=True, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
            )  # fmt: skip
        sleeper.adopt(self.process.pid)

    def call(self):
        with suppress(BrokenPipeError):
            self.process.stdin.write("call\n")
            self.process.stdin.flush()
        answers, _, _ = select.select([self.process.stdout], [], [], 60)
        return json.loads((answers and self.process.stdout.readline()) or '["no answer", null, null]')

    def end(self):
        self.sleeper.end()
        self.process.wait()
        self.process.stdout.close()
        with suppress(BrokenPipeError):
            self.process.stdin.close()


@pytest.mark.parametrize(("options", "patience"), [([], 300.0), (["changed"], 7200.0)])
def test_the_patience_of_loky(tmp_path, options, patience):
    (tmp_path / "calls.py").write_text(CALLS + LOKY)
    command = [sys.executable, tmp_path / "calls.py", "patience", *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert float(done.stdout) == patience


@pytest.mark.slow
@pytest.mark.parametrize("how", ["signals", pytest.param("cgroup", marks=needs_cgroup)])
@pytest.mark.parametrize("stack", STACKS)
def test_what_slept_goes_on(tmp_path, stack, how):
    sleeper = Signals() if how == "signals" else freezer.sleeper()
    arm = Arm(sleeper, sys.executable, STACKS[stack], tmp_path, own_folders.environment(tmp_path / "own"))
    try:
        (before, workers, _), pids = arm.call(), set(sleeper.pids())
        for _ in range(3):
            sleeper.freeze()
            time.sleep(0.5)
            sleeper.thaw()
            assert arm.call()[:2] == [before, workers]
        assert before == sum(i * i for i in range(100))
        assert len(workers) == 2
        assert len(pids) >= 3
    finally:
        arm.end()


def main(seconds, python):
    """Let all stacks sleep, as they come and with what an arm changes, and print what they do then."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        arms, before = {}, {}
        for changed in (False, True):
            for stack, calls in STACKS.items():
                own = Path(tempfile.mkdtemp(dir=folder))
                environment = own_folders.environment(own / own.name) if changed else {}
                options = ["changed"] if changed else []
                arm = arms[stack, changed] = Arm(freezer.sleeper(), python, calls, own, environment, *options)
                closing.callback(arm.end)
                before[stack, changed] = arm.call()
        for arm in arms.values():
            arm.sleeper.freeze()
        time.sleep(seconds)
        for (stack, changed), arm in arms.items():
            (total, workers, _), said = before[stack, changed], len(arm.said.read_text())
            arm.sleeper.thaw()
            print(f"{stack}, {'changed' if changed else 'as it comes'}")
            for after in ("the thaw", "10 s more"):
                again = arm.call()
                print(f"  after {after}: same result {again[0] == total}, workers {again[1] == workers}; {again[2]} s")
                time.sleep(10)
            print(arm.said.read_text()[said:], flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
