"""A real scheduler and real workers on loopback: refused with another release, brought to the right one, and lost."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress

import psutil
import pytest

from breakeven.harness import existing_cluster, results, workers_here
from breakeven.train import entries, environments, resolver
from tests.conftest import ROOT
from tests.test_suite import recorded, wait_for

pytestmark = pytest.mark.commands

SUITE = '''
"""Fits on the cluster that tell when they begin, and one benchmark that needs no cluster."""
import os
import pathlib
import time
import numpy
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
from . import cluster
from .workload import Workload

def begin():
    pathlib.Path(os.environ["BEGUN"]).touch()

class Search(Workload):
    params = [[2_000], ["dask-joblib"]]
    repeat, only_in, rounds_in, timeout_in = 1, ("quick",), {"quick": 1}, {"quick": 120}
    def estimator(self, strategy):
        return GridSearchCV(SVC(random_state=0), {"C": numpy.logspace(-2, 2, 100)}, cv=5)
    def time_fit(self, n_samples, strategy):
        begin()
        super().time_fit(n_samples, strategy)
    def track_score(self, n_samples, strategy):
        begin()
        return super().track_score(n_samples, strategy)

class Ones(BaseEstimator):
    def fit(self, rows):
        cluster.shared().submit(numpy.ones, 80_000_000).result().sum()

class Greedy(Workload):
    """Each task takes 600 MB."""
    params = [[1], ["dask-joblib"]]
    repeat, only_in, rounds_in, timeout_in = 1, ("quick",), {"quick": 1}, {"quick": 120}
    def data(self, n_samples, strategy):
        return (0,)
    def estimator(self, strategy):
        return Ones()

class Then:
    version = "1"
    def track_one(self):
        return 1

class ThenOnTheCluster:
    version = "1"
    def track_workers(self):
        return len(cluster.shared().nthreads())
'''


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Cluster:
    """``dask scheduler`` and ``dask worker`` as a user starts them, in an environment of their own."""

    def __init__(self, environment, folder, n_workers=2, memory="2GB", protocol="tcp", **env):
        self.dask, self.folder, self.n_workers, self.memory = environment / "bin" / "dask", folder, n_workers, memory
        self.port, self.processes = free_port(), {}
        self.protocol, self.address, self.env = protocol, f"{protocol}://127.0.0.1:{self.port}", os.environ | env

    def start(self, *what):
        for name in what or ("scheduler", "workers"):
            command = (
                ["scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--protocol", self.protocol,
                 "--dashboard-address", ":0"]
                if name == "scheduler"
                else ["worker", self.address, "--nworkers", str(self.n_workers), "--nthreads", "1",
                      "--memory-limit", self.memory, "--local-directory", str(self.folder), "--no-dashboard",
                      "--host", "127.0.0.1", "--death-timeout", "60"]
            )  # fmt: skip
            with open(self.folder / f"{name}.log", "a") as log:
                self.processes[name] = subprocess.Popen(
                    [self.dask, *command],
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env=self.env,
                )
        return self

    def workers(self):
        """Give the processes that compute, below the nannies."""
        found = psutil.Process(self.processes["workers"].pid).children(recursive=True)
        return [p for p in found if "multiprocessing.spawn" in " ".join(p.cmdline())]

    def stop(self, *what):
        for name in what or tuple(self.processes):
            process = self.processes.pop(name)
            below = psutil.Process(process.pid).children(recursive=True)
            for member in [process, *below]:  # the nannies first, or they start workers anew
                with suppress(psutil.NoSuchProcess):  # a nanny replaces workers meanwhile
                    member.kill()
            process.wait()


@contextmanager
def running(*args, **kwargs):
    cluster = Cluster(*args, **kwargs).start()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def newest():
    train = entries.load(ROOT / "releases.toml")
    return environments.ensure(train.newest.pins, train.python, ROOT / ".breakeven")


@pytest.fixture
def suite(stack_checkout):
    """The suite's own machinery with the benchmarks above in place of the toys."""
    folder = stack_checkout.folder / "benchmarks"
    shutil.rmtree(folder)
    shutil.copytree(ROOT / "benchmarks", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "fits.py").write_text(SUITE)
    stack_checkout.env["BEGUN"] = str(stack_checkout.folder / "begun")
    return stack_checkout


def begun(suite):
    assert wait_for((suite.folder / "begun").exists), "the fit did not begin"
    time.sleep(1)


def start(suite, cluster, bench):
    return suite.start(
        "asv", "run", "--show-stderr", "--bench", bench, "base^!", DASK_SCHEDULER_ADDRESS=cluster.address
    )


def finish(process):
    output, _ = process.communicate(timeout=200)
    return process.returncode, output


@pytest.mark.slow
def test_every_dask_strategy_runs_on_the_configured_cluster(suite, newest, tmp_path):
    with running(newest, tmp_path, n_workers=3) as cluster:
        status, output = finish(start(suite, cluster, "fits.(Search|Then)"))
        assert status == 0, output
        assert recorded(suite, "fits.ThenOnTheCluster.track_workers")[()].number == 3
        with_cluster = recorded(suite, "fits.Search.track_score")[("2000", "'dask-joblib'")].number
        memory = recorded(suite, "fits.Search.track_peak_memory")[("2000", "'dask-joblib'")].number
    # 3 workers and this side of them have each imported scikit-learn
    assert memory > 4 * 80e6
    status, output = suite.run("asv", "run", "--bench", "fits.Search.track_score", "base^!")
    assert status == 0, output
    assert recorded(suite, "fits.Search.track_score")[("2000", "'dask-joblib'")].number == with_cluster


@pytest.mark.parametrize(
    "command",
    [
        ("asv", "run"),
        pytest.param(("breakeven", "run"), marks=pytest.mark.slow),
        pytest.param(("breakeven", "gate", "base", "joblib-1.5.3"), marks=pytest.mark.slow),
    ],
)
def test_a_scheduler_that_does_not_answer_is_one_sentence_and_nothing_is_recorded(suite, command):
    address = f"tcp://127.0.0.1:{free_port()}"
    status, output = suite.run(*command, "--bench", "fits.Then", DASK_SCHEDULER_ADDRESS=address)
    assert status not in (0, None)
    assert f"No Dask scheduler answers at {address}" in output
    assert "Traceback" not in output
    assert suite.results() == []


def test_a_scheduler_without_workers_is_refused(suite, newest, tmp_path):
    cluster = Cluster(newest, tmp_path).start("scheduler")
    try:
        status, output = finish(start(suite, cluster, "fits.Then"))
    finally:
        cluster.stop()
    assert status != 0
    assert f"The Dask scheduler at {cluster.address} has no workers" in output
    assert suite.results() == []


def test_its_workers_on_this_machine_are_known(newest, tmp_path, monkeypatch):
    with running(newest, tmp_path, n_workers=3) as cluster:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
        pins = resolver.text_of(entries.load(ROOT / "releases.toml").newest.pins)
        found = existing_cluster.require(newest, pins, ROOT / "benchmarks")
        assert found.n_workers == 3
        assert set(found.here) == {p.pid for p in cluster.workers()}


def test_a_worker_is_here_if_its_machine_and_its_process_are():
    host, pid, started = workers_here.who()
    assert workers_here.is_here((host, pid, started))
    assert not workers_here.is_here(("another", pid, started))
    assert not workers_here.is_here((host, pid, started + 60))
    assert not workers_here.is_here((host, 2**22 + 1, started))  # more than Linux has


@pytest.mark.slow
def test_workers_of_another_release_are_refused_and_can_be_brought_to_it(suite, tmp_path, stack_train):
    """A cluster as it stands beside the suite: an environment of its own, with pip, of an older scikit-learn."""
    base = stack_train.releases[0]
    other = base.pins | {"scikit-learn": "1.8.0", "joblib": "1.5.3"}
    resolver.create_environment(tmp_path / "cluster", stack_train.python, other, ["pip"])
    run = ("breakeven", "run", "base", "--bench", "fits.ThenOnTheCluster")
    with running(tmp_path / "cluster", tmp_path) as cluster:
        status, output = suite.run(*run, DASK_SCHEDULER_ADDRESS=cluster.address)
        assert status == 1, output
        told = f"has joblib 1.5.3 instead of {base.pins['joblib']}, scikit-learn 1.8.0 instead of"
        assert told in output
        assert "(and 1 more)" in output
        assert "--sync-workers installs it on the workers" in output
        assert suite.results() == []
        status, output = suite.run(*run, "--sync-workers", DASK_SCHEDULER_ADDRESS=cluster.address)
        assert status == 0, output
        assert recorded(suite, "fits.ThenOnTheCluster.track_workers")[()].number == 2
        # and now without being asked
        status, output = suite.run(*run, DASK_SCHEDULER_ADDRESS=cluster.address)
        assert status == 0, output
    installed = {p.name for p in (tmp_path / "cluster").glob("lib/*/site-packages/scikit_learn-*")}
    assert installed == {f"scikit_learn-{base.pins['scikit-learn']}.dist-info"}


@pytest.mark.slow
def test_workers_that_cannot_install_a_release_say_why(suite, tmp_path, stack_train):
    other = stack_train.releases[0].pins | {"joblib": "1.5.3"}
    resolver.create_environment(tmp_path / "cluster", stack_train.python, other, [])  # without pip
    with running(tmp_path / "cluster", tmp_path) as cluster:
        status, output = suite.run(
            "breakeven", "run", "base", "--bench", "Then", "--sync-workers", DASK_SCHEDULER_ADDRESS=cluster.address
        )
    assert status == 1
    assert "The workers could not install the release" in output
    assert "No module named pip" in output
    assert suite.results() == []


@pytest.mark.slow
def test_a_worker_lost_during_a_fit_gives_no_time_but_the_right_score(suite, newest, tmp_path):
    with running(newest, tmp_path, n_workers=2) as cluster:
        process = start(suite, cluster, "fits.(Search.time_fit|Then)")
        begun(suite)
        cluster.workers()[0].kill()
        status, output = finish(process)
        assert status == 2, output
        assert "The cluster changed during the measurement: 1 of 2 workers were lost" in output
        assert recorded(suite, "fits.Search.time_fit")[("2000", "'dask-joblib'")].state == "failed"
        assert recorded(suite, "fits.Then.track_one")[()].number == 1
        assert recorded(suite, "fits.ThenOnTheCluster.track_workers")[()].state == "measured"
        (suite.folder / "begun").unlink()
        process = start(suite, cluster, "fits.Search.track_score")
        begun(suite)
        cluster.workers()[0].kill()
        status, output = finish(process)
    value = recorded(suite, "fits.Search.track_score")[("2000", "'dask-joblib'")]
    assert value.state == "failed" or value.number == pytest.approx(expected_score(suite))


def expected_score(suite):
    status, output = suite.run("asv", "run", "--bench", "fits.Search.track_score", "base^!")
    assert status == 0, output
    return recorded(suite, "fits.Search.track_score")[("2000", "'dask-joblib'")].number


@pytest.mark.slow
def test_all_workers_lost_is_a_failure_within_the_time_limit(suite, newest, tmp_path):
    with running(newest, tmp_path) as cluster:
        process = start(suite, cluster, "fits.(Search.time_fit|Then)")
        begun(suite)
        cluster.stop("workers")
        status, output = finish(process)
    assert status == 2, output
    assert recorded(suite, "fits.Search.time_fit")[("2000", "'dask-joblib'")].state == "failed"
    assert recorded(suite, "fits.Then.track_one")[()].number == 1
    assert recorded(suite, "fits.ThenOnTheCluster.track_workers")[()].state == "failed"
    assert "has no workers" in output


def test_a_restarted_scheduler_is_a_failure_and_the_next_benchmark_runs(suite, newest, tmp_path):
    with running(newest, tmp_path) as cluster:
        process = start(suite, cluster, "fits.(Search.time_fit|Then)")
        begun(suite)
        cluster.stop()
        cluster.start()
        status, output = finish(process)
    assert status == 2, output
    assert recorded(suite, "fits.Search.time_fit")[("2000", "'dask-joblib'")].state == "failed"
    assert recorded(suite, "fits.Then.track_one")[()].number == 1
    assert recorded(suite, "fits.ThenOnTheCluster.track_workers")[()].number == 2


def test_a_worker_that_runs_out_of_memory_is_a_failure_and_the_next_benchmark_runs(suite, newest, tmp_path):
    with running(newest, tmp_path, memory="400MB") as cluster:
        status, output = finish(start(suite, cluster, "fits.(Greedy.time_fit|Then)"))
    assert status == 2, output
    assert recorded(suite, "fits.Greedy.time_fit")[("1", "'dask-joblib'")].state == "failed"
    assert recorded(suite, "fits.Then.track_one")[()].number == 1
    assert recorded(suite, "fits.ThenOnTheCluster.track_workers")[()].state == "measured"


@pytest.mark.slow
def test_ctrl_c_leaves_the_cluster_usable(suite, newest, tmp_path):
    with running(newest, tmp_path) as cluster:
        process = start(suite, cluster, "fits.Search.time_fit")
        begun(suite)
        os.killpg(process.pid, signal.SIGINT)
        status, output = finish(process)
        assert status != 0
        assert "Traceback" not in output
        status, output = finish(start(suite, cluster, "fits.ThenOnTheCluster"))
        assert status == 0, output
    assert results.Store(suite.folder / "results", "toy-machine").description()["machine"] == "toy-machine"


@pytest.mark.parametrize("name", ["newest", pytest.param("oldest", marks=pytest.mark.slow)])
def test_all_packages_of_the_train_are_compared(name):
    train = entries.load(ROOT / "releases.toml")
    release = train.newest if name == "newest" else train.releases[0]
    environment = environments.ensure(release.pins, train.python, ROOT / ".breakeven")
    script = """
import copy, json
from distributed.versions import get_versions
from benchmarks import versions
own = get_versions(packages=versions.PACKAGES)
other = copy.deepcopy(own)
other["packages"] = {name: version and "0" for name, version in other["packages"].items()}
print(json.dumps(versions.differences({"client": own, "scheduler": other, "workers": {"w": other}})))
"""
    done = subprocess.run(
        [environment / "bin" / "python", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    scheduler, worker = done.stdout.split('", "')
    for package in ("numpy", "scipy", "scikit-learn", "joblib", "dask", "distributed", "dask-ml"):
        assert f" {package} 0 instead of {release.pins[package]}" in worker
        assert (f" {package} 0 instead of" in scheduler) == (package in ("dask", "distributed"))
