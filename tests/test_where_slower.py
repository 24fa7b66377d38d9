"""Where a benchmark got slower: profiles that are read, compared, and taken of a real gate."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from breakeven.errors import BreakevenError
from breakeven.gate import where_slower
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.gate.where_slower import Where
from breakeven.harness import sampled_stacks
from breakeven.harness.record import Case
from breakeven.report import where_slower as report
from breakeven.statistics import stack_shares

CALL = "MainThread run (asv_runner/run.py);timeit (timeit.py);inner (<timeit-src>);time_fit (large_models.py:9)"

RAW = f"""\
{CALL};fit (sklearn/base.py:1151);sleep (pool.py) 7
{CALL};run (asv_runner/benchmarks/time.py);0x7fd8ad01e02a (libgomp-e985bcbb.so.1.0.0) 6
process 12:"python -c "from spawn import main; main(fd=3)"";{CALL};fit (sklearn/base.py:1151) 2
process 13:"python";_run (loky/process_executor.py:20);fit (sklearn/base.py:1151) 5
process 12:"python";run (asv_runner/server.py);timeit (breakeven/harness/measuring_process.py:206);wait (x.py) 11
process 12:"python" 4
"""


def test_what_is_read_belongs_to_the_calls():
    fit = "fit (sklearn/base.py)"
    assert sampled_stacks.read(RAW.splitlines()) == {
        ("time_fit (large_models.py)", fit, "sleep (pool.py)"): 7,
        ("time_fit (large_models.py)", fit): 2,
        ("time_fit (large_models.py)", "? (libgomp.so.1.0.0)"): 6,
        ("_run (loky/process_executor.py)", fit): 5,
    }


def test_stacks_come_back_as_they_were_written(tmp_path):
    stacks = Counter({("a (b c.py)", "d (<e f>)"): 3, ("a (b c.py)",): 12})
    sampled_stacks.write(tmp_path / "kept", stacks)
    assert sampled_stacks.load(tmp_path / "kept") == stacks


#: A call with two parts, one of which calls a helper.
SHARES = {
    ("fit",): 0.1, ("fit", "check"): 0.1, ("fit", "check", "convert"): 0.2, ("fit", "solve"): 0.4,
    ("fit", "solve", "step"): 0.2,
}  # fmt: skip


def drawn(rng, added, n=2000):
    """Samples of the call with time added to some of its stacks, relative to the whole."""
    share = np.array([share + added.get(stack, 0) for stack, share in SHARES.items()])
    return Counter(dict(zip(SHARES, rng.multinomial(n, share / share.sum()).tolist(), strict=True)))


@pytest.mark.parametrize("guilty", [("fit", "check", "convert"), ("fit", "check"), ("fit", "solve", "step")])
def test_a_function_that_became_slower_comes_first_or_after_its_caller(guilty):
    rng = np.random.default_rng(1)
    for _ in range(50):
        found = stack_shares.grown(drawn(rng, {}), drawn(rng, {guilty: 0.15}))
        # its caller, which is nearly all it, may come before it by chance
        assert guilty[-1] in [g.function for g in found[:2]]
        assert {g.function for g in found} <= set(guilty)
        assert found[0].after > found[0].before + 0.05


def test_nothing_is_listed_where_nothing_or_all_grew():
    rng = np.random.default_rng(2)
    for factor in (0.0, 1.0):
        everything = {stack: factor * share for stack, share in SHARES.items()}
        assert not any(stack_shares.grown(drawn(rng, {}), drawn(rng, everything)) for _ in range(200))
    assert stack_shares.grown({}, {("fit",): 3}) == []


def test_a_function_that_calls_itself_counts_once_a_sample():
    assert stack_shares.inclusive({("a", "b", "a"): 3, ("a",): 2}) == {"a": 5, "b": 3}


def test_the_flame_graph_lays_out_the_later_profile():
    before, after = {("a", "b"): 1, ("a", "c"): 1}, {("a", "b"): 1, ("a", "c"): 2, ("d",): 1}
    told = {(n.function, n.depth): (n.start, n.before, n.after) for n in stack_shares.tree(before, after)}
    assert told == {
        ("a", 0): (0.0, 1.0, 0.75),
        ("b", 1): (0.0, 0.5, 0.25),
        ("c", 1): (0.25, 0.5, 0.5),
        ("d", 0): (0.75, 0.0, 0.25),
    }


def test_the_slowest_are_profiled():
    ratios = {"a": 1.2, "b": 1.9, "c": 1.3, "d": 1.4, "e": 3.0}
    judged = [
        Judgement(Case(name, (), "time"), Verdict.PASS if name == "e" else Verdict.SLOWER, ratio=ratio)
        for name, ratio in ratios.items()
    ]
    judged.append(Judgement(Case("m", (), "peak memory"), Verdict.SLOWER, ratio=9.0))
    assert [j.case.label for j in where_slower.slowest(judged)] == ["b", "d", "c"]


def test_a_page_of_nothing_says_so(tmp_path):
    none = Where("toy.Busy", {"base": Counter(), "head": Counter()}, tmp_path / "busy")
    assert [row[0] for row in report.grid(none).rows] == ["none: all grew alike, or what grew waits"]


def test_a_process_that_cannot_be_looked_into_is_a_sentence():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with (
        pytest.raises(BreakevenError, match="py-spy may not look into its process: "),
        sampled_stacks._spying(ended.pid),
    ):
        pass


BUSY = """
import time
import joblib

HEAD = joblib.__version__ == "1.5.3"

def guilty(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass

def innocent(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass

class Busy:
    version = "1"
    repeat, number, warmup_time, timeout = (3, 10, 0.2), 1, 0, 20
    def time_fit(self):
        guilty(0.03 if HEAD else 0.01)
        innocent(0.02)
"""


@pytest.mark.measures
def test_a_gate_tells_where_a_benchmark_got_slower(checkout):
    (checkout.folder / "benchmarks" / "toy.py").write_text(BUSY)
    gate = ("breakeven", "gate", "base", "joblib-1.5.3", "--bench", "Busy", "--record", "kept.gate")
    status, output = checkout.run(*gate, "--markdown", "gate.md")
    assert status == Verdict.SLOWER, output
    text = (checkout.folder / "gate.md").read_text()
    first = text[text.index("| function |") :].splitlines()[2]
    assert first.startswith("| guilty (benchmarks/toy.py) | "), text
    shares = [float(cell.strip(" %")) for cell in first.split("|")[2:4]]
    assert shares[0] == pytest.approx(33, abs=10)
    assert shares[1] == pytest.approx(60, abs=10)
    kept = sorted(os.listdir(checkout.folder / "kept.where"))
    assert kept == ["toy.Busy.time_fit.base.folded", "toy.Busy.time_fit.head.folded", "toy.Busy.time_fit.html"]
    assert "guilty (benchmarks/toy.py)" in (checkout.folder / "kept.where" / kept[-1]).read_text()
    status, again = checkout.run("breakeven", "gate", "--from", "kept.gate", "--markdown", "again.md")
    assert status == Verdict.SLOWER, again
    assert (checkout.folder / "again.md").read_text() == text
