"""Shared by all tests: a small checkout that real asv and breakeven commands run in."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from breakeven.train import entries
from breakeven.train.entries import Train, entry

# Where a shell starts the tests in the background, Ctrl-C is ignored, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent

TOY = '''
"""Toy benchmarks: every way a benchmark can end."""
import time
import joblib
from . import cluster

class Good:
    version = "1"
    params = [[1, 2], ["serial", "threads"]]
    param_names = ["n_samples", "strategy"]
    rounds, repeat, number, warmup_time = 2, 2, 1, 0
    def time_fit(self, n_samples, strategy):
        time.sleep(0.001 * n_samples)
    def track_score(self, n_samples, strategy):
        return 0.5

class Cluster:
    version = "1"
    rounds, repeat, number, warmup_time = 1, 1, 1, 0
    def setup(self):
        cluster.shared()
        joblib.Parallel(n_jobs=2)(joblib.delayed(int)() for _ in range(4))
    def time_ok(self):
        cluster.shared().submit(int).result()

class Raises(Cluster):
    def time_ok(self):
        raise RuntimeError("raised on purpose")

class RaisesInSetup(Cluster):
    def setup(self):
        super().setup()
        raise RuntimeError("raised in setup")

class Hangs(Cluster):
    timeout = 8
    def time_ok(self):
        time.sleep(600)

class Strays:
    version = "1"
    def track_left_by_others(self):
        import contextlib, os, psutil
        group = []
        for process in psutil.process_iter(["status"]):
            with contextlib.suppress(ProcessLookupError):
                if os.getpgid(process.pid) == os.getpgid(0) and process.info["status"] != "zombie":
                    group.append(process.pid)
        return len(group) - 2  # the server and itself

class Slow:
    version = "1"
    timeout = 600
    rounds, repeat, number, warmup_time = 1, 1, 1, 0
    def setup(self):
        cluster.shared()
        joblib.Parallel(n_jobs=2)(joblib.delayed(int)() for _ in range(4))
    def time_slow(self):
        time.sleep(300)
'''


class Checkout:
    """A folder with a tiny train, toy benchmarks and the real asv configuration."""

    def __init__(self, folder):
        self.folder = folder
        self.mark = uuid.uuid4().hex  # every process started below carries it in its environment
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DASK_", "BREAKEVEN_"))}
        self.env |= {"BREAKEVEN_TEST_MARK": self.mark, "HOME": str(folder), "COLUMNS": "200"}
        self.env["UV_CACHE_DIR"] = (
            os.environ.get("UV_CACHE_DIR")
            or subprocess.run([BIN / "uv", "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
        )

    def start(self, command, *args, **env):
        return subprocess.Popen(
            [BIN / command, *args], cwd=self.folder, env=self.env | env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def run(self, command, *args, **env):
        process = self.start(command, *args, **env)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output

    def processes(self):
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("BREAKEVEN_TEST_MARK") == self.mark and process.status() != "zombie":
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def results(self):
        return [p for p in (self.folder / "results").glob("*/*.json") if p.name != "machine.json"]


@pytest.fixture(scope="session")
def tiny_train():
    """Three releases: the newest stack, one that cannot import, one with an older joblib."""
    train = entries.load(ROOT / "releases.toml")
    newest = train.newest
    base = replace(newest, name="base", changed=newest.pins, moved={}, removed=(), published=None, side=False, note="")
    broken = {n: v for n, v in newest.pins.items() if n != "threadpoolctl"}
    later = [newest.date.replace(year=newest.date.year + n) for n in (1, 2)]
    second = entry("toy-broken", later[0], newest.pins, broken, set())
    third = entry("joblib-1.5.3", later[1], broken, newest.pins | {"joblib": "1.5.3"}, {"joblib"})
    return Train(train.python, (base, second, third))


@pytest.fixture
def checkout(tmp_path, tiny_train):
    """A fresh checkout whose environments are the repository's own, built once."""
    shutil.copy(ROOT / "asv.conf.json", tmp_path)
    entries.save(tiny_train, tmp_path / "releases.toml")
    (tmp_path / "benchmarks").mkdir()
    for name in ("__init__", "cluster", "turns", "versions"):
        shutil.copy(ROOT / "benchmarks" / f"{name}.py", tmp_path / "benchmarks")
    (tmp_path / "benchmarks" / "toy.py").write_text(TOY)
    (ROOT / ".breakeven" / "envs").mkdir(parents=True, exist_ok=True)
    (tmp_path / ".breakeven").mkdir()
    (tmp_path / ".breakeven" / "envs").symlink_to(ROOT / ".breakeven" / "envs")
    made = Checkout(tmp_path)
    assert made.run("asv", "machine", "--yes", "--machine", "toy-machine")[0] == 0
    yield made
    for process in made.processes():
        process.kill()
