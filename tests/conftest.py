"""Shared by all tests: a small checkout that real asv and breakeven commands run in."""

import os
import platform
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest

from breakeven.train import entries
from breakeven.train.entries import Release, Train, entry
from tests.__main__ import TIERS

# Where a shell starts the tests in the background, Ctrl-C is ignored, under nohup a terminal that goes away, and what
# they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent

#: Tests of the suite itself, which runs on the Python of the stacks, with packages that the lock file has for it.
of_the_suite = pytest.mark.skipif(
    ".".join(platform.python_version_tuple()[:2]) != entries.load(ROOT / "releases.toml").python,
    reason="the suite runs on another Python",
)

TOY = '''
"""What needs nothing but joblib."""
import time
import joblib

class Good:
    version = "1"
    params = [[1, 2], ["serial", "threads"]]
    param_names = ["n_samples", "strategy"]
    rounds, repeat, number, warmup_time = 2, 2, 1, 0
    def time_fit(self, n_samples, strategy):
        time.sleep(0.001 * n_samples)
    def track_score(self, n_samples, strategy):
        return 0.5
    track_score.stated = {"kind": "score"}
'''

ON_CLUSTER = '''
"""Every way a benchmark with a cluster can end."""
import time
import joblib
from . import cluster

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
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DASK_", "BREAKEVEN_", "XDG_STATE"))}
        self.env |= {"BREAKEVEN_TEST_MARK": self.mark, "HOME": str(folder), "COLUMNS": "200"}
        self.env["BREAKEVEN_LOCK"] = str(folder / "lock")  # tests run at the same time
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

    def end(self):
        for process in self.processes():
            process.kill()

    def results(self):
        return [p for p in (self.folder / "results").glob("*/*.json") if p.name != "machine.json"]


def sentence(output):
    """Give the one sentence that a failed command ends in, checking that there is no more."""
    assert "Traceback" not in output, output
    assert "Logging error" not in output, output
    (found,) = [line for line in output.splitlines() if line.startswith("breakeven: ")]
    return found


def three_releases(pins, lacking):
    """Give a train of a stack, of the same without a package that it needs, and of the same with an older joblib."""
    train = entries.load(ROOT / "releases.toml")
    base = Release("base", train.newest.date, pins, changed=pins)
    broken = {n: v for n, v in pins.items() if n != lacking}
    later = [base.date.replace(year=base.date.year + n) for n in (1, 2)]
    second = entry("toy-broken", later[0], pins, broken, set())
    third = entry("joblib-1.5.3", later[1], broken, pins | {"joblib": "1.5.3"}, {"joblib"})
    return Train(train.python, (base, second, third))


@pytest.fixture(scope="session")
def tiny_train():
    """Three releases of joblib alone: built in a second, started in a tenth of one."""
    newest = entries.load(ROOT / "releases.toml").newest.pins
    return three_releases({name: newest[name] for name in ("joblib", "cloudpickle")}, lacking="cloudpickle")


@pytest.fixture(scope="session")
def stack_train():
    """Three releases of the whole stack, the newest there is."""
    return three_releases(entries.load(ROOT / "releases.toml").newest.pins, lacking="threadpoolctl")


@pytest.fixture(scope="session")
def machine_file(tmp_path_factory):
    """What asv writes about this machine."""
    made = Checkout(tmp_path_factory.mktemp("machine"))
    shutil.copy(ROOT / "asv.conf.json", made.folder)
    assert made.run("asv", "machine", "--yes", "--machine", "toy-machine")[0] == 0
    return made.folder / ".asv-machine.json"


def check_out(folder, train, machine_file):
    """Make a checkout with the repository's own environments and packages, which are built or fetched once."""
    for file in (ROOT / "asv.conf.json", machine_file):
        shutil.copy(file, folder)
    entries.save(train, folder / "releases.toml")
    (folder / "benchmarks").mkdir()
    shutil.copy(ROOT / "benchmarks" / "__init__.py", folder / "benchmarks")
    (folder / "benchmarks" / "toy.py").write_text(TOY)
    (folder / ".breakeven").mkdir()
    for shared in ("envs", "npm"):
        (ROOT / ".breakeven" / shared).mkdir(parents=True, exist_ok=True)
        (folder / ".breakeven" / shared).symlink_to(ROOT / ".breakeven" / shared)
    return Checkout(folder)


@pytest.fixture
def checkout(tmp_path, tiny_train, machine_file):
    """A fresh checkout whose releases hold joblib and nothing else."""
    made = check_out(tmp_path, tiny_train, machine_file)
    yield made
    made.end()


@pytest.fixture
def stack_checkout(tmp_path, stack_train, machine_file):
    """A fresh checkout whose releases are whole stacks, with toys that need scikit-learn or Dask."""
    made = check_out(tmp_path, stack_train, machine_file)
    for name in ("cluster", "versions"):
        shutil.copy(ROOT / "benchmarks" / f"{name}.py", tmp_path / "benchmarks")
    (tmp_path / "benchmarks" / "toy_cluster.py").write_text(ON_CLUSTER)
    yield made
    made.end()


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items):
    """Put each test into a tier, and those first that take longest.

    Whatever runs in a checkout starts commands; what no mark or fixture puts elsewhere is quick.
    """
    for item in items:
        if not any(item.get_closest_marker(tier) for tier in TIERS):
            item.add_marker(
                "commands" if {"checkout", "stack_checkout"} & set(getattr(item, "fixturenames", ())) else "quick"
            )
    # Files with tests that take minutes come first, so that no worker is left alone with them in the end.
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
