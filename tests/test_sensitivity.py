"""Slower functions: each is where the table says, a changed package is slower in it, and what a gate says is told."""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

from breakeven.calibration import injection, loaded_modules, sensitivity
from breakeven.calibration.mutants import MUTANTS, Mutant
from breakeven.calibration.sensitivity import Beside, Finding
from breakeven.errors import BreakevenError
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import cases, profiles, record, record_file, rounds, suite
from breakeven.harness.record import Case, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.harness.results import label, parameter_sets
from breakeven.report import sensitivity as tables
from breakeven.train import entries, environments
from tests.conftest import ROOT
from tests.fake_arm import FakeArm


@pytest.fixture(scope="module")
def newest():
    train = entries.load(ROOT / "releases.toml")
    return environments.ensure(train.newest.pins, train.python, ROOT / ".breakeven")


# What is appended to a file runs in the module as it is; then the function in it takes a second of a clock that stands
# still otherwise, and the call of the slower one is timed by that clock.
SLOWER = """
import asyncio, importlib, inspect, json, sys, time

now = [0.0]
def clock():
    now[0] += 1e-4
    return now[0]

def fake(found):
    def second(*args, **kwargs):
        now[0] += 1
        return args
    async def coroutine(*args, **kwargs):
        return second(*args, **kwargs)
    plain = getattr(found, "__func__", found)
    made = coroutine if inspect.iscoroutinefunction(plain) else second
    return type(found)(made) if isinstance(found, (classmethod, staticmethod)) else made

took = {}
for name, module, path, text in json.load(sys.stdin):
    owner = module = importlib.import_module(module)
    *owners, last = path.split(".")
    for part in owners:
        owner = getattr(owner, part)
    found = vars(owner)[last]
    exec(text, vars(module))
    slower = vars(owner)[last]
    assert getattr(slower, "__func__", slower).__wrapped__ is getattr(found, "__func__", found), name
    assert type(slower) is type(found) or not isinstance(found, (classmethod, staticmethod)), name
    setattr(owner, last, fake(found))
    exec(text, vars(module))
    real, time.perf_counter = time.perf_counter, clock
    start = now[0]
    done = getattr(owner, last)()
    if inspect.iscoroutine(done):
        try:
            done.send(None)
        except StopIteration:
            pass
    took[name] = now[0] - start
    time.perf_counter = real
    setattr(owner, last, found)
print(json.dumps(took))
"""


@pytest.mark.commands
def test_every_function_is_there_in_the_newest_release_and_slower_once_changed(newest):
    asked = [(m.name, m.module, m.function, injection.slower_function(m.function, 0.3)) for m in MUTANTS]
    done = subprocess.run(
        [newest / "bin" / "python", "-c", SLOWER], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    took = json.loads(done.stdout.splitlines()[-1])
    assert took == {m.name: pytest.approx(1.3, abs=0.01) for m in MUTANTS}


# A function that calls itself.
RECURSION = """
import time
now = [0.0]
time.perf_counter = lambda: now.__setitem__(0, now[0] + 1e-4) or now[0]
def down(depth):
    now[0] += 1
    return depth and down(depth - 1)
"""


def test_a_recursion_is_slower_by_the_share_once():
    code = RECURSION + injection.slower_function("down", 0.5) + "\ndown(3)\nprint(now[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(4 * 1.5, abs=0.01)


def test_there_are_enough_of_different_names():
    assert len(MUTANTS) >= 20
    assert len({m.name for m in MUTANTS}) == len(MUTANTS)
    assert len({m.package for m in MUTANTS}) >= 7


def default_selection():
    """Give the timed benchmarks that a gate has by default: label, what is known of it, and its place."""
    listed = json.loads((ROOT / "results" / "benchmarks.json").read_text())
    for described in listed.values():
        if isinstance(described, dict) and described["type"] == "time":
            for at in profiles.selected(described, profiles.GATE):
                yield label(described["name"], parameter_sets(described)[at]), suite.read(described), at


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_few_benchmarks_of_the_default_selection_are_to_notice_it(mutant):
    n_expected = sum(mutant.expects(name) for name, _, _ in default_selection())
    assert n_expected <= 5
    assert (n_expected == 0) == bool(mutant.why)


def test_few_are_not_expected_to_be_noticed():
    assert sum(not m.benchmarks for m in MUTANTS) <= 7


@pytest.mark.commands
@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.benchmarks], ids=lambda m: m.name)
def test_what_is_to_notice_it_loads_its_file(newest, mutant):
    expected = [found for found in default_selection() if mutant.expects(found[0])]
    assert expected
    for _, benchmark, at in expected:
        assert mutant.module in loaded_modules.after(newest, ROOT / "benchmarks", benchmark.imports_at(at))


@pytest.mark.commands
def test_a_serial_process_has_not_loaded_dask(newest):
    serial, threads = (
        loaded_modules.after(newest, ROOT / "benchmarks", imports) for imports in ((), ("dask.array", "gone.at.all"))
    )
    assert "sklearn.cluster._kmeans" in serial
    assert "dask.tokenize" not in serial
    assert "dask.tokenize" in threads
    assert "distributed.scheduler" not in threads


# Pickles what takes a second of a clock of its own.
PICKLE = """
import time
now = [0.0]
time.perf_counter = lambda: now.__setitem__(0, now[0] + 1e-4) or now[0]
class Second:
    def __reduce__(self):
        now[0] += 1
        return Second, ()
import cloudpickle, importlib.metadata
cloudpickle.dumps(Second())
print(now[0], importlib.metadata.version("cloudpickle"), cloudpickle.__file__)
"""


@pytest.mark.commands
def test_a_changed_package_is_slower_and_otherwise_whole(newest, tmp_path):
    wheel = injection.slower_function_wheel(
        newest, "cloudpickle", "cloudpickle/cloudpickle.py", "dumps", 0.3, tmp_path / "wheels"
    )
    with zipfile.ZipFile(wheel) as packed:
        assert packed.testzip() is None
        packed.extractall(tmp_path / "site")
    done = subprocess.run(
        [newest / "bin" / "python", "-c", PICKLE], env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    took, version, place = done.stdout.split()
    assert float(took) == pytest.approx(1.3, abs=0.01)
    assert version.endswith("+slower300permille.dumps")
    assert place.startswith(str(tmp_path))


@pytest.mark.commands
def test_a_package_or_file_that_is_not_there_is_named(newest, tmp_path):
    with pytest.raises(BreakevenError, match="No no-such-package in"):
        injection.slower_function_wheel(newest, "no-such-package", "a.py", "b", 0.3, tmp_path)
    with pytest.raises(BreakevenError, match=r"cloudpickle [\d.]+ has no cloudpickle/gone\.py"):
        injection.slower_function_wheel(newest, "cloudpickle", "cloudpickle/gone.py", "b", 0.3, tmp_path)


def judgement(name, verdict, ratio, why=""):
    return Judgement(Case(name, (), "time"), verdict, why, ratio=ratio)


def test_what_was_noticed_is_told_and_what_was_not_is_named():
    noticed = Finding(
        Mutant("tokenise", "dask", "dask/tokenize.py", "tokenize", "Tokenizing"),
        0.3,
        (judgement("a.time_b", Verdict.SLOWER, 1.28), judgement("a.time_c", Verdict.PASS, 1.01)),
        90.0,
    )
    missed = Finding(Mutant("clone", "scikit-learn", "sklearn/base.py", "clone", "time_d"), 0.3,
                     (judgement("a.time_d", Verdict.UNDECIDED, 1.04), judgement("a.time_e", Verdict.PASS, 1.0),
                      judgement("a.time_f", Verdict.PASS, 1.0)))  # fmt: skip
    small = Finding(Mutant("fuse", "dask", "dask/a.py", "fuse", why="a tenth of a graph"), 0.3,
                    (judgement("a.time_d", Verdict.PASS, 1.03),))  # fmt: skip
    summed, soon, named, _, _, _, *rows = tables.markdown([noticed, missed, small])
    assert summed == "Of 3 functions made 30 % slower, 1 were noticed."
    assert soon == "The first benchmark was called slower after 1.5 min in the median, and 1.5 min at most."
    assert named == "Nothing noticed: clone, fuse (a tenth of a graph)."
    assert rows == [
        "| tokenise, 30 % | dask | `tokenize` | 1.5 | `a.time_b` +28 % |  | 1 pass |",
        "| clone, 30 % | scikit-learn | `clone` |  |  | `a.time_d` +4 % (undecided) | 2 pass |",
        "| fuse, 30 % | dask | `fuse` |  |  |  | 1 pass |",
    ]


def test_what_other_rules_said_beside_is_told():
    mutant, judged = Mutant("tokenise", "dask", "dask/tokenize.py", "tokenize", "Tokenizing"), Verdict.SLOWER
    beside = (Beside("a t-test of fixed rounds", 0, 2, 540.0), Beside("`asv continuous`", 3, 2, 720.0))
    found = Finding(mutant, 1.0, (judgement("a.time_b", judged, 2.0),), 126.0, beside)
    assert list(tables.sentences([found]))[-1] == (
        "Beside tokenise, called slower after 2.1 min: a t-test of fixed rounds, 2 rounds in 9.0 min, 0 slower; "
        "`asv continuous`, 2 rounds in 12.0 min, 3 slower."
    )


def test_a_pattern_chooses_by_name_package_and_function():
    assert [m.name for m in sensitivity.chosen(re.compile("tokenise"))] == ["tokenise"]
    assert {m.package for m in sensitivity.chosen(re.compile("^joblib$"))} == {"joblib"}
    with pytest.raises(BreakevenError, match="No mutant matches gone; there are: tokenise, "):
        sensitivity.chosen(re.compile("gone"))
    drawn = sensitivity.chosen(re.compile(""), 10)
    assert len({m.name for m in drawn}) == 10
    assert drawn == sensitivity.chosen(re.compile(""), 10)
    assert all(m.benchmarks for m in sensitivity.chosen(re.compile(""), len(MUTANTS)))


#: Calls of 0.1 s that take 0.2 s in HEAD if they are slower.
SLOWER_CALLS = {"a.time_slower": 0.2, "a.time_either": 0.1, "a.time_same": 0.1, "a.time_slower_too": 0.2}


class Undecided(FakeArm):
    """One benchmark takes one of two times, far apart: nothing can be said of it."""

    def read(self, name, parameters, process):
        self.times = {**self.times, "a.time_either": self.rng.choice([0.05, 0.2])}
        return super().read(name, parameters, process)


def fake_gate(folder, monkeypatch, budget):
    """Begin a record of arms that are no processes."""
    monkeypatch.setattr(rounds, "LOOK", 0.001)
    sides = {"base": FakeArm(dict.fromkeys(SLOWER_CALLS, 0.1)), "head": Undecided(SLOWER_CALLS, seed=1)}
    offered = {side: arm.benchmarks for side, arm in sides.items()}
    stacks = {side: Stack(side, {"numpy": side}) for side in sides}
    asked = Settings(budget, "", "gate", 0.05, control=1.0)
    kept, file = record.begin(stacks, cases.listed(offered, "", "gate"), asked), RecordFile(folder / "kept.gate")
    file.begin(kept)
    return kept, sides, file


def test_those_that_are_to_notice_are_measured_first_for_half_of_the_time(tmp_path, monkeypatch):
    kept, sides, file = fake_gate(tmp_path, monkeypatch, 3.0)
    mutant = Mutant("a", "b", "c.py", "d", r"time_slower$|time_either")
    *_, judged = sensitivity.expected_first(kept, sides, file, 3.0, mutant)
    measured = record_file.load(file.path)
    others = [m for m in measured.measured if m.label in ("a.time_same", "a.time_slower_too")]
    before = measured.measured[: measured.measured.index(others[0])]
    assert {m.label for m in before} == {"a.time_slower", "a.time_either"}
    assert sum(m.wall for m in before) >= 1.5  # one of them stays open
    assert (measured.finished, measured.budget) == (True, 3.0)
    verdicts = {j.case.benchmark: j.verdict for j in judged}
    assert verdicts["a.time_slower"] is verdicts["a.time_slower_too"] is Verdict.SLOWER
    assert verdicts["a.time_same"] is Verdict.PASS


def test_a_gate_that_does_not_know_where_to_look_ends_with_the_first_that_is_slower(tmp_path, monkeypatch):
    kept, sides, file = fake_gate(tmp_path, monkeypatch, 60.0)
    *_, judged = sensitivity.until_slower(kept, sides, file, 60.0)
    assert [j.verdict for j in judged].count(Verdict.SLOWER) == 1
    measured = record_file.load(file.path)
    assert measured.finished
    assert sensitivity.seconds_until_slower(measured) == pytest.approx(measured.spent)
    assert measured.spent < 60


# Takes the name of the layer that is to notice; pickling takes long enough to be timed.
TOY = """
import time
import cloudpickle

class Slow:
    def __reduce__(self):
        time.sleep(0.02)
        return Slow, ()

class Pickling:
    version = "1"
    repeat, number, warmup_time, timeout = (3, 10, 0.2), 1, 0, 20
    def time_functions(self):
        cloudpickle.dumps(Slow())
    def time_nothing(self):
        time.sleep(0.02)
"""


@pytest.mark.measures
@pytest.mark.slow
def test_a_slower_function_is_measured_once_and_told(checkout):
    (checkout.folder / "benchmarks" / "joblib_layers.py").write_text(TOY)
    asked = ("--mutant", "pickle a function", "--share", "50%", "--budget", "90s")
    status, output = checkout.run("breakeven", "sensitivity", "base", *asked)
    assert status == 0, output
    assert "1 of 1: pickle a function, cloudpickle dumps" in output
    folder = checkout.folder / "results" / "toy-machine" / "sensitivity"
    (kept,) = folder.iterdir()
    assert kept.name == "base--pickle-a-function-50.gate"
    (finding,) = sensitivity.load(folder)
    # each process imports the whole suite, and so what is made slower
    assert {j.case.benchmark.rpartition(".")[2] for j in finding.judged} == {
        "time_functions",
        "time_nothing",
        "time_fit",
    }
    assert [j.case.benchmark for j in finding.noticed] == ["joblib_layers.Pickling.time_functions"]
    assert 0 < finding.seconds < 90

    before = kept.read_bytes()
    status, output = checkout.run("breakeven", "sensitivity", "base", *asked, "--markdown")
    assert status == 0, output
    assert kept.read_bytes() == before  # not measured again
    assert output.startswith("Of 1 functions made 50 % slower, 1 were noticed.\n")
    assert checkout.run("breakeven", "sensitivity", "--from", str(folder), "--markdown") == (0, output)
    status, output = checkout.run("breakeven", "sensitivity", "--from", "nowhere")
    assert status == 1
    assert "nowhere holds no gates of slower functions" in output


@pytest.mark.measures
@pytest.mark.slow
def test_the_same_time_is_given_to_other_rules(checkout):
    (checkout.folder / "benchmarks" / "joblib_layers.py").write_text(TOY)
    asked = ("--mutant", "pickle a function", "--random", "1", "--share", "100%", "--budget", "90s")
    status, output = checkout.run("breakeven", "sensitivity", "base", *asked, "--beside")
    assert status == 0, output
    folder = checkout.folder / "results" / "toy-machine" / "sensitivity" / "blind"
    assert sorted(path.suffix for path in folder.iterdir()) == [".asv", ".gate", ".t-test"]
    (finding,) = sensitivity.load(folder)
    # `toy`'s calls are there, too, for nothing says where to look
    assert {j.case.benchmark.partition(".")[0] for j in finding.judged} == {"joblib_layers", "toy"}
    assert [j.case.benchmark for j in finding.noticed] == ["joblib_layers.Pickling.time_functions"]
    t_test, asv = finding.beside
    assert t_test.rounds >= 2
    assert asv.slower >= 1  # it finds so large a slowdown, too
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert checkout.run("breakeven", "sensitivity", "base", *asked, "--beside")[0] == 0
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_beside_goes_with_random(checkout):
    status, output = checkout.run("breakeven", "sensitivity", "base", "--beside")
    assert status == 2
    assert "--beside goes with --random" in output
