"""A cluster that the benchmarks of an arm use one after the other: real gates, and what is measured next."""

import re
import sys
from collections import Counter
from pathlib import Path

import psutil
import pytest

from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.harness import lent_cluster, record_file, rounds
from tests.fake_arm import FakeArm
from tests.test_rounds import begin, finish
from tests.test_suite import assert_nothing_left, wait_for

SHARE = '''
"""What may use a cluster after others did, and tells which one it was."""
import os
from . import cluster

class First:
    version = "1"
    rounds, repeat, number, warmup_time = 1, 3, 1, 0
    client = None
    def setup(self):
        if self.client is None:
            self.client = cluster.shared()
            with open(os.environ["TOLD"], "a") as told:
                print(type(self).__name__, self.client.scheduler.address, len(self.client.nthreads()), file=told)
        self.client.submit(int).result()
    def teardown(self):
        cluster.require_unchanged()
    def time_task(self):
        self.client.submit(int, pure=False).result()
    time_task.stated = {"kind": "time", "shares_cluster": True}

class Second(First):
    pass

class Kills(First):
    def time_task(self):
        self.future = self.client.submit(os._exit, 1, pure=False, retries=0)
        while len(self.client.nthreads()) == 2:
            pass
    time_task.stated = {"kind": "time", "shares_cluster": True}

class Alone(First):
    def time_task(self):
        self.client.submit(int, pure=False).result()
    time_task.stated = {"kind": "time"}
'''


@pytest.mark.measures
def test_benchmarks_of_a_side_use_its_cluster_once_each_and_nothing_is_left(stack_checkout):
    (stack_checkout.folder / "benchmarks" / "toy_share.py").write_text(SHARE)
    told = stack_checkout.folder / "told"
    command = ("gate", "base", "joblib-1.5.3", "--bench", "toy_share", "--budget", "120s", "--record", "kept.gate")
    status, output = stack_checkout.run("breakeven", *command, "--no-where", TOLD=str(told))
    assert status == 4, output  # of Kills
    assert_nothing_left(stack_checkout)
    kept = record_file.load(stack_checkout.folder / "kept.gate")
    failed = {m.label for m in kept.measured if m.reading.error}
    assert failed == {"toy_share.Kills.time_task"}
    uses = [line.split() for line in told.read_text().splitlines()]
    assert {workers for *_, workers in uses} == {"2"}
    assert max(Counter((name, address) for name, address, _ in uses).values()) == 1
    places = {name: [a for n, a, _ in uses if n == name] for name in ("First", "Second", "Alone")}
    assert len(places["First"]) >= 4
    assert set(places["First"]) & set(places["Second"])
    assert len({*places["First"], *places["Second"]}) < len(places["First"]) + len(places["Second"])
    assert not set(places["Alone"]) & {*places["First"], *places["Second"]}


@pytest.mark.measures
def test_a_killed_gate_leaves_no_cluster(stack_checkout):
    (stack_checkout.folder / "benchmarks" / "toy_share.py").write_text(SHARE)
    told = stack_checkout.folder / "told"
    command = ("gate", "base", "joblib-1.5.3", "--bench", "toy_share.(First|Second)", "--budget", "60s")
    process = stack_checkout.start("breakeven", *command, TOLD=str(told))
    assert wait_for(lambda: told.exists() and len(told.read_text().splitlines()) >= 3)
    process.kill()
    process.communicate()
    assert_nothing_left(stack_checkout)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit('no such scheduler')", "its cluster did not start: no such scheduler"),
        ("raise SystemExit(1)", "its cluster did not start: it ended without a word"),
        ("import time; time.sleep(60)", "its cluster did not start within 5 s"),
    ],
)
def test_one_that_does_not_start_says_why_and_leaves_nothing(tmp_path, code, why):
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "__init__.py").touch()
    (suite / "cluster.py").write_text(code)
    lent = lent_cluster.LentCluster(Path(sys.executable), suite, {"TOY": "1"})
    pids, folder = lent.sleeper.pids(), lent._folder
    with pytest.raises(BreakevenError, match=re.escape(why)):
        lent.address(5.0)
    lent.spoil()
    assert not lent.serves("a")
    lent.end()
    assert not folder.exists()
    assert not any(map(psutil.pid_exists, pids))


class Lender(FakeArm):
    """An arm whose benchmarks with a "shares" in their names use a cluster once each; no cluster is there in truth."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.clusters = []

    def shares_cluster(self, name, parameters):
        return "shares" in name

    def can_lend(self, name, parameters):
        return bool(self.clusters) and "shares" in name and name not in self.clusters[-1]

    def lend(self, name, parameters, anew):
        if anew or not self.can_lend(name, parameters):
            self.clusters.append([])
        self.clusters[-1].append(name)


def test_a_cluster_is_used_by_all_that_can_before_there_is_another(tmp_path, monkeypatch):
    monkeypatch.setattr(rounds, "LOOK", 0.001)
    times = {"shares_a": 0.1, "plain_b": 0.1, "shares_c": 0.1, "shares_d": 0.1}
    sides = {"base": Lender(times), "head": Lender(times, seed=1)}
    judged = finish(begin(sides), sides, tmp_path / "kept.gate")
    assert {j.verdict for j in judged.values()} == {verdicts.Verdict.PASS}
    clusters = sides["base"].clusters
    assert clusters == sides["head"].clusters
    n_rounds = sum(map(len, clusters))
    assert n_rounds >= 15
    assert n_rounds / len(clusters) > 2.5


def test_one_that_shares_with_no_other_starts_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(rounds, "LOOK", 0.001)
    times = {"shares_a": 0.1, "plain_b": 0.1}
    sides = {"base": Lender(times), "head": Lender(times, seed=1)}
    finish(begin(sides), sides, tmp_path / "kept.gate")
    assert sides["base"].clusters == []


class Loses(Lender):
    """A lender whose third cluster is lost after one benchmark has used it."""

    def can_lend(self, name, parameters):
        lost = len(self.clusters) == 3 and len(self.clusters[-1]) == 1
        return super().can_lend(name, parameters) and not lost


def test_both_sides_have_clusters_of_the_same_age_though_one_was_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(rounds, "LOOK", 0.001)
    times = {"shares_a": 0.1, "shares_c": 0.1, "shares_d": 0.1}
    sides = {"base": Lender(times), "head": Loses(times, seed=1)}
    finish(begin(sides), sides, tmp_path / "kept.gate")
    assert [1 for cluster in sides["head"].clusters if len(cluster) == 1]
    assert sides["base"].clusters == sides["head"].clusters
