"""Real gates between two releases of a tiny train, with benchmarks whose truth is known."""

import signal
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from breakeven.gate import verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import record_file
from breakeven.harness.record import side_by_side

pytestmark = pytest.mark.measures

# HEAD is the release with the older joblib.
TOY = """
import subprocess
import time
import joblib

HEAD = joblib.__version__ == "1.5.3"

class Timed:
    version = "1"
    repeat, number, warmup_time, timeout = (3, 10, 0.2), 1, 0, 20

class Same(Timed):
    params = [["a", "b"]]
    param_names = ["which"]
    def time_fit(self, which):
        time.sleep(0.02)

class Prepared(Timed):
    def setup(self):
        pass
    def time_fit(self):
        time.sleep(0.02)

class Batches(Timed):
    number = 3
    def time_fit(self):
        time.sleep(0.007)

class Slower(Timed):
    def time_fit(self):
        time.sleep(0.04 if HEAD else 0.02)

class Faster(Timed):
    def time_fit(self):
        time.sleep(0.01 if HEAD else 0.02)

class Within(Timed):
    def time_fit(self):
        time.sleep(0.0214 if HEAD else 0.02)

class Crashes(Timed):
    def time_fit(self):
        if HEAD:  # while something that it has started goes on to write, as workers of a cluster do
            subprocess.Popen(["sh", "-c", "while sleep 0.001; do echo and the cluster is closed; done"])
            time.sleep(0.1)
            raise RuntimeError("crashed on purpose")

class Hangs(Timed):
    timeout = 2
    def time_fit(self):
        time.sleep(0.01 if not HEAD else 60)

class Skips(Timed):
    def setup(self):
        if HEAD:
            raise NotImplementedError("not on this release")
    def time_fit(self):
        pass

class Cached(Timed):
    def setup_cache(self):
        open("data.txt", "w").write("x")
        return 3
    def time_fit(self, cached):
        assert cached == 3 and open("data.txt").read() == "x"
        time.sleep(0.02)

class CacheFails(Timed):
    def setup_cache(self):
        if HEAD:
            raise RuntimeError("no data on purpose")
        return 3
    def time_fit(self, cached):
        pass

if HEAD:
    class OnlyNew(Timed):
        def time_fit(self):
            pass

class Score:
    version = "1"
    def track_score(self):
        return 0.90 if HEAD else 0.91
    track_score.stated = {"kind": "score"}

class Near:
    version = "1"
    def track_score(self):
        return 0.90 if HEAD else 0.91
    track_score.stated = {"kind": "score", "tolerance": 0.05}

class Grows:
    version = "1"
    def track_peak_memory(self):
        return 150 if HEAD else 100
    track_peak_memory.stated = {"kind": "peak memory"}

class Told:
    version = "1"
    def track_spilled(self):
        return 0
    track_spilled.stated = {"kind": "spilled"}

class Shrinks:
    version = "1"
    def track_peak_memory(self):
        return 100 if HEAD else 150
    track_peak_memory.stated = {"kind": "peak memory"}
"""

OLD, NEW = "base", "joblib-1.5.3"

SAME = r"Same.time_fit\('b'\)"  # with one of its parameters


@pytest.fixture
def gated(checkout):
    (checkout.folder / "benchmarks" / "toy.py").write_text(TOY)

    def run(bench, *args, base=OLD, head=NEW):
        given = ("--bench", bench, "--record", "kept.gate", "--no-where")
        status, output = checkout.run("breakeven", "gate", base, head, *given, *args)
        path = checkout.folder / "kept.gate"
        judged = verdicts.judge(record_file.load(path)) if path.exists() else []
        return status, output, {j.case.label: j for j in judged}

    return run


def test_an_unchanged_benchmark_passes(gated):
    status, output, judged = gated("Same")
    assert status == Verdict.PASS, output
    assert {j.verdict for j in judged.values()} == {Verdict.PASS}
    assert len(judged) == 2
    assert "Pass: a slowdown beyond 5 % is excluded in 2 of 2 timed" in output


@pytest.mark.parametrize("name", ["Faster", "Prepared", "Batches"])
def test_calls_are_made_in_turns_by_a_suite_that_knows_nothing_of_it(gated, checkout, name):
    """With a setup, without one, and with several calls a sample."""
    status, output, judged = gated(name)
    assert status == Verdict.PASS, output
    pairs = list(record_file.load(checkout.folder / "kept.gate").pairs(f"toy.{name}.time_fit"))
    assert pairs
    for base, head in pairs:
        assert len(base.reading.turns) == len(base.samples) > 1
        assert set(base.reading.turns) == set(head.reading.turns)
        assert len(side_by_side(base, head)) >= 4


def test_a_benchmark_gets_what_its_setup_cache_made(gated):
    folders = set(Path(tempfile.gettempdir()).glob("tmp*"))
    status, output, judged = gated("Cached")
    assert status == Verdict.PASS, output
    assert judged["toy.Cached.time_fit"].verdict is Verdict.PASS
    assert not [p for p in set(Path(tempfile.gettempdir()).glob("tmp*")) - folders if (p / "data.txt").exists()]


def test_a_parameter_set_can_be_selected(gated):
    status, _, judged = gated(r"Same.time_fit\('b'\)")
    assert status == Verdict.PASS
    assert list(judged) == ["toy.Same.time_fit('b')"]


def test_a_slower_one_fails_and_a_faster_one_is_told(gated):
    status, output, judged = gated(f"Slower|Faster|{SAME}")
    assert status == Verdict.SLOWER
    assert judged["toy.Slower.time_fit"].verdict is Verdict.SLOWER
    assert 1.5 < judged["toy.Slower.time_fit"].ratio < 2.5
    assert judged["toy.Faster.time_fit"].verdict is Verdict.PASS
    assert judged["toy.Faster.time_fit"].change == -1
    assert "Slower: 1 slower, 2 pass, of 3 timed" in output


def test_a_slowdown_within_the_tolerance_passes_and_is_told(gated):
    status, output, judged = gated("Within", "--tolerance", "25%", "--memory-tolerance", "0.2")
    assert status == Verdict.PASS
    assert judged["toy.Within.time_fit"].verdict is Verdict.PASS


WITHOUT_A_NUMBER = {
    "Crashes.time_fit": "on HEAD only: RuntimeError: crashed on purpose",
    "Hangs.time_fit": "on HEAD only: timed out: a call took longer than 2 s",
    "Skips.time_fit": "on HEAD only: skipped",
    "CacheFails.time_fit": "on HEAD only: its setup_cache failed: RuntimeError: no data on purpose",
    "OnlyNew.time_fit": "the suite offers it only on joblib-1.5.3",
}


def test_what_gives_no_number_never_passes(gated):
    status, output, judged = gated("|".join([*WITHOUT_A_NUMBER, SAME]))
    assert status == Verdict.NOT_MEASURED
    for name, why in WITHOUT_A_NUMBER.items():
        assert (judged[f"toy.{name}"].verdict, judged[f"toy.{name}"].why) == (Verdict.NOT_MEASURED, why)
    assert "Not measured: 5 not measured, 1 pass, of 6 timed" in output


def test_a_changed_score_fails_unless_the_workload_lets_it_pass(gated):
    status, output, judged = gated("Score|Near")
    assert status == Verdict.SLOWER
    assert judged["toy.Near.track_score"].verdict is Verdict.PASS
    assert judged["toy.Score.track_score"].word == "score changed"
    assert "0.91 became 0.9" in output


def test_more_memory_fails_after_a_second_look(gated):
    status, _, judged = gated("Grows|Shrinks")
    assert status == Verdict.SLOWER
    assert judged["toy.Shrinks.track_peak_memory"].rounds == 1
    grown = judged["toy.Grows.track_peak_memory"]
    assert (grown.word, grown.rounds) == ("more memory", verdicts.MEMORY_ROUNDS)


def test_a_budget_that_ends_first_leaves_it_undecided_and_a_larger_one_goes_on(gated, checkout):
    status, output, judged = gated(f"{SAME}|Slower", "--budget", "1s")
    assert status == Verdict.UNDECIDED
    assert "Undecided" in output
    before = record_file.load(checkout.folder / "kept.gate").measured
    status, output, judged = gated(f"{SAME}|Slower", "--budget", "5m")
    assert status == Verdict.SLOWER
    assert "Going on with kept.gate" in output
    assert record_file.load(checkout.folder / "kept.gate").measured[: len(before)] == before


def test_a_killed_gate_goes_on_where_it_was(gated, checkout):
    process = checkout.start("breakeven", "gate", OLD, NEW, "--bench", f"{SAME}|Slower", "--record", "kept.gate")
    path = checkout.folder / "kept.gate"
    while not (path.exists() and len(record_file.load(path).measured) >= 4):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    nothing_left(checkout)
    before = record_file.load(path).measured
    status, output, _ = gated(f"{SAME}|Slower")
    assert status == Verdict.SLOWER
    assert record_file.load(path).measured[: len(before)] == before


def test_an_interrupted_gate_keeps_what_is_finished_and_leaves_no_process(checkout):
    (checkout.folder / "benchmarks" / "toy.py").write_text(TOY)
    process = checkout.start("breakeven", "gate", OLD, NEW, "--bench", f"{SAME}|Slower", "--record", "kept.gate")
    path = checkout.folder / "kept.gate"
    while not (path.exists() and record_file.load(path).measured):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output.count("interrupted; what was finished is kept") == 1
    assert record_file.load(path).measured
    nothing_left(checkout)


def test_a_terminal_that_goes_away_loses_nothing(gated, checkout):
    process = checkout.start("breakeven", "gate", OLD, NEW, "--bench", f"{SAME}|Slower", "--record", "kept.gate")
    path = checkout.folder / "kept.gate"
    while not (path.exists() and record_file.load(path).measured):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    process.communicate()
    nothing_left(checkout)
    before = record_file.load(path).measured
    status, output, _ = gated(f"{SAME}|Slower")
    assert status == Verdict.SLOWER
    assert record_file.load(path).measured[: len(before)] == before


def test_a_gate_that_is_stopped_and_goes_on_loses_nothing(checkout):
    """For longer than a call may take: while the gate sleeps itself, no time passes."""
    (checkout.folder / "benchmarks" / "toy.py").write_text(
        TOY.replace("timeout = (3, 10, 0.2), 1, 0, 20", "timeout = (3, 10, 0.2), 1, 0, 2")
    )
    process = checkout.start("breakeven", "gate", OLD, NEW, "--bench", SAME, "--record", "kept.gate")
    path = checkout.folder / "kept.gate"
    while not (path.exists() and record_file.load(path).measured):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGSTOP)
    time.sleep(4)
    process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == Verdict.PASS, output


def nothing_left(checkout):
    for _ in range(100):
        if not checkout.processes():
            break
        time.sleep(0.1)
    assert not checkout.processes()


def test_verdicts_come_from_the_file_alone(gated, checkout):
    status, output, judged = gated("Slower|Same|Score|Crashes", "--markdown", "a.md", "--junit", "a.xml")
    again, _ = checkout.run("breakeven", "gate", "--from", "kept.gate", "--markdown", "b.md", "--junit", "b.xml")
    assert again == status
    for suffix in ("md", "xml"):
        assert (checkout.folder / f"a.{suffix}").read_text() == (checkout.folder / f"b.{suffix}").read_text()
    tree = ElementTree.parse(checkout.folder / "a.xml").getroot()
    assert (tree.get("tests"), tree.get("failures"), tree.get("errors")) == ("5", "2", "1")
    text = (checkout.folder / "a.md").read_text()
    assert text.startswith("**Slower: ")
    assert "joblib" in text
