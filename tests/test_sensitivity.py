"""Slower functions: each is where the table says, a changed package is slower in it, and what a gate says is told."""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

from breakeven.calibration import injection, sensitivity
from breakeven.calibration.mutants import MUTANTS, Mutant
from breakeven.calibration.sensitivity import Finding
from breakeven.errors import BreakevenError
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import profiles
from breakeven.harness.record import Case
from breakeven.harness.results import label, parameter_sets
from breakeven.report import sensitivity as tables
from breakeven.train import entries, environments
from tests.conftest import ROOT


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
    asked = [
        (m.name, m.file.removesuffix(".py").replace("/", "."), m.function, injection.slower_function(m.function, 0.3))
        for m in MUTANTS
    ]
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


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_few_benchmarks_are_to_notice_it(mutant):
    listed = json.loads((ROOT / "results" / "benchmarks.json").read_text())
    timed = [
        described for name, described in listed.items() if isinstance(described, dict) and described["type"] == "time"
    ]
    selected = [
        label(described["name"], parameter_sets(described)[at])
        for described in timed
        for at in profiles.selected(described, profiles.FULL)
    ]
    assert 1 <= sum(re.search(mutant.benchmarks, name) is not None for name in selected) <= 5


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
    missed = Finding(Mutant("clone", "scikit-learn", "sklearn/base.py", "clone", "x"), 0.3,
                     (judgement("a.time_d", Verdict.UNDECIDED, 1.04),))  # fmt: skip
    summed, soon, named, _, _, _, *rows = tables.markdown([noticed, missed])
    assert summed == "Of 2 functions made 30 % slower, 1 were noticed."
    assert soon == "The first benchmark was called slower after 1.5 min in the median, and 1.5 min at most."
    assert named == "Nothing noticed: clone."
    assert rows == [
        "| tokenise, 30 % | dask | `tokenize` | 1.5 | `a.time_b` +28 % | `a.time_c` +1 % (pass) |",
        "| clone, 30 % | scikit-learn | `clone` |  |  | `a.time_d` +4 % (undecided) |",
    ]


def test_a_pattern_chooses_by_name_package_and_function():
    assert [m.name for m in sensitivity.chosen(re.compile("tokenise"))] == ["tokenise"]
    assert {m.package for m in sensitivity.chosen(re.compile("^joblib$"))} == {"joblib"}
    with pytest.raises(BreakevenError, match="No mutant matches gone; there are: tokenise, "):
        sensitivity.chosen(re.compile("gone"))
    drawn = sensitivity.chosen(re.compile(""), 10)
    assert len({m.name for m in drawn}) == 10
    assert drawn == sensitivity.chosen(re.compile(""), 10)


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
