"""A user's own code in place of the suite: a script, an expression, a folder of asv benchmarks."""

import json
import re
import shutil
import timeit
from pathlib import Path

import pytest

from breakeven import state
from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import asv_config, own_code, record_file
from tests.conftest import ROOT

SCRIPT = """
import joblib
from beside import N


def setup():
    global numbers
    numbers = list(range(N))


def time_hash():
    joblib.hash(numbers)


def track_count():
    return len(numbers)
"""

SUITE = ROOT / "tests" / "asv_style"


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Keep what is made for a user's code in a folder of the test's own."""
    monkeypatch.setattr(state, "STATE", tmp_path / "state")
    return tmp_path / "state"


def settings(chosen):
    return json.loads(chosen.config.read_text())


def test_nothing_named_is_the_suite_of_the_clone(monkeypatch):
    monkeypatch.setattr(state, "CLONE", True)
    assert own_code.chosen() == own_code.Chosen(Path("asv.conf.json"), state.STATE, own=False)


def test_each_state_of_a_script_has_a_folder_of_its_own(kept, tmp_path):
    script = tmp_path / "my-script.py"
    script.write_text(SCRIPT)
    first = own_code.chosen(script=script)
    assert first == own_code.chosen(script=script)
    folder = Path(settings(first)["benchmark_dir"])
    assert (folder / "my_script.py").read_text() == SCRIPT
    assert kept in first.records.parents
    assert settings(first)["results_dir"] == str(first.records / "results")
    script.write_text(SCRIPT + "\n")
    assert own_code.chosen(script=script).records != first.records


def test_what_stands_beside_a_script_belongs_to_its_state(kept, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    before = own_code.chosen(script=script).records
    (tmp_path / "beside.py").write_text("N = 1\n")
    assert own_code.chosen(script=script).records != before


def test_files_of_a_suite_belong_to_its_state_but_for_what_is_made_there(kept, tmp_path):
    suite = shutil.copytree(SUITE / "benchmarks", tmp_path / "benchmarks")

    def after(name, content):
        (suite / name).parent.mkdir(exist_ok=True)
        (suite / name).write_bytes(content)
        return own_code.chosen(suite=suite).records

    states = [after(*file) for file in (("config.json", b"{}"), ("config.json", b"{}\n"), ("common.py", b""))]
    assert len(set(states)) == 3
    for name, content in (("cache/made", b"1"), ("__pycache__/common.pyc", b"2"), ("large", bytes(1_000_000))):
        assert after(name, content) == states[-1]
    assert after("latin.py", b"# -*- coding: latin-1 -*-\nname = '\xe4'\n") != states[-1]


def test_a_suite_that_is_not_python_is_told_in_a_sentence(checkout):
    suite = checkout.folder / "theirs"
    suite.mkdir()
    (suite / "__init__.py").touch()
    (suite / "latin.py").write_bytes(b"name = '\xe4'\n")
    status, output = checkout.run("breakeven", "gate", "base", "newest", "--suite", "theirs")
    assert status == 4, output
    assert "SyntaxError: (unicode error)" in output
    assert "Traceback" not in output


def test_results_of_own_code_are_apart_from_those_of_the_suite(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "RESULTS", tmp_path / "theirs")
    for named in ({"call": "1"}, {"suite": SUITE}):
        made = own_code.chosen(**named)
        assert settings(made)["results_dir"] == str(tmp_path / "theirs" / "own" / made.records.name)
    assert json.loads(asv_config.written(kept, {}).read_text())["results_dir"] == str(tmp_path / "theirs")


def function(made, **given):
    """Load what is made of an expression, as asv does."""
    module = {"__name__": "expression", **given}
    exec((Path(settings(made)["benchmark_dir"]) / "expression.py").read_text(), module)
    return module["time_call"]


def test_a_call_is_timed_as_by_timeit(kept):
    """Its setup runs once, and what both of them bind is one name."""
    setup = "from math import sqrt; n = 15; found.append('setup')"
    made = own_code.chosen(setup=setup, call="n += 1\nfound.append(sqrt(n))")
    found = []
    call = function(made, found=found)
    timer = timeit.Timer(call, timer=call.timer)
    assert 0 < timer.timeit(1) + timer.timeit(2) < 1
    assert found == ["setup", 4.0, 17**0.5, 18**0.5]
    assert own_code.chosen(setup="n = 17", call="n").records != made.records


def test_a_call_keeps_to_itself_what_its_setup_does_not_know(kept):
    setup = "import math; _setup = number = [2]"
    made = own_code.chosen(setup=setup, call="root = math.sqrt(2)\nfor _ in number: root")
    call = function(made)
    call.timer()
    call()
    assert call.number == 0  # asv's choice, whatever is called so
    assert "root" not in call.__globals__


def test_a_folder_is_measured_where_it_is(kept, tmp_path):
    by_config, by_folder = own_code.chosen(suite=SUITE), own_code.chosen(suite=SUITE / "benchmarks")
    assert {settings(made)["benchmark_dir"] for made in (by_config, by_folder)} == {str(SUITE / "benchmarks")}
    assert settings(by_config)["default_benchmark_timeout"] == 50


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"script": Path("absent.py")}, "Cannot read the script absent.py: No such file"),
        ({"script": ROOT / "docs" / "overview.png"}, "it is not text"),
        ({"script": ROOT / "README.md"}, "README.md is not Python: "),
        ({"call": "sort("}, "--call is not Python: "),
        ({"call": "from math import *"}, "--call is not Python: import * only allowed at module level"),
        ({"setup": "import"}, "--setup needs --call"),
        ({"call": "1", "setup": "import"}, "--setup is not Python: "),
        ({"suite": ROOT / "docs"}, "docs is no folder of asv benchmarks: it has no __init__.py"),
        ({"suite": SUITE, "call": "1"}, "Give one of --script, --call with --setup, and --suite"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(kept, named, told):
    with pytest.raises(BreakevenError) as refused:
        own_code.chosen(**named)
    assert told in str(refused.value)
    assert refused.value.status == USAGE


def test_blame_asks_for_a_benchmark_or_for_code(checkout):
    status, output = checkout.run("breakeven", "blame", "base", "newest")
    assert status == USAGE
    assert "Name a benchmark with --bench, or give code of your own with --script or --call" in output


def test_a_number_that_only_asv_knows_of_is_compared_as_a_score(checkout):
    (checkout.folder / "script.py").write_text("import joblib\ndef track_it():\n    return len(joblib.__version__)\n")
    status, output = checkout.run("breakeven", "gate", "base", "newest", "--script", "script.py")
    assert status == 0, output
    assert "script.track_it" in output
    (checkout.folder / "script.py").write_text(
        "import joblib\ndef track_it():\n    return float(joblib.__version__[:3])\n"
    )
    status, output = checkout.run("breakeven", "gate", "base", "newest", "--script", "script.py")
    assert status == 1, output
    assert "score changed" in output


@pytest.mark.measures
def test_a_script_is_measured_on_releases_and_told_side_by_side(checkout):
    (checkout.folder / "script.py").write_text(SCRIPT)
    (checkout.folder / "beside.py").write_text("N = 1000\n")
    status, output = checkout.run("breakeven", "run", "base", "newest", "--script", "script.py")
    assert status == 0, output
    head, *rows = [line for line in output.splitlines() if line.startswith(("┃", "│"))]
    assert head.split() == ["┃", "benchmark", "┃", "base", "┃", "joblib-1.5.3", "┃"]
    assert {row.split()[1]: row.count("ms") for row in rows} == {"script.time_hash": 2, "script.track_count": 0}
    assert not checkout.results()  # they are apart from those of the suite
    status, output = checkout.run("breakeven", "gate", "base", "newest", "--script", "script.py", "--budget", "20s")
    assert "script.time_hash" in output
    assert "script.track_count" in output
    assert status in (0, 1, 3), output
    assert not list((checkout.folder / ".breakeven").glob("gates/*"))


@pytest.mark.measures
def test_the_setup_of_a_call_runs_once_in_each_process_and_calls_are_batched(checkout):
    setups = checkout.folder / "setups"
    setup = f"import os, time; open({str(setups)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(0.2); n = 0"
    status, output = checkout.run("breakeven", "run", "base", "newest", "--setup", setup, "--call", "n += 1")
    assert status == 0, output
    assert re.search(r"expression\.time_call .* ms .* ms", output), output
    (path,) = (checkout.folder / ".breakeven" / "own").glob("expression-*/results/*/rounds/*.rounds")
    measured = record_file.load(path).measured
    assert all(m.reading.number > 1000 and len(m.samples) > 1 for m in measured)
    processes = setups.read_text().split()
    assert len(set(processes)) == len(processes) == len(measured)


#: Of two releases the second is slower: with the older joblib.
SLOWER = "import time, joblib; slow = joblib.__version__ == '1.5.3'", "time.sleep(0.02 if slow else 0.01)"


@pytest.mark.measures
@pytest.mark.parametrize("named", [("--setup", SLOWER[0], "--call", SLOWER[1]), ("--script", "script.py")])
def test_blame_follows_own_code(checkout, named):
    (checkout.folder / "script.py").write_text(f"{SLOWER[0]}\ndef time_sleep():\n    {SLOWER[1]}\n")
    status, output = checkout.run("breakeven", "blame", "base", "newest", *named, "--budget", "1m")
    assert status == 0, output
    assert "joblib" in output
    assert "x slower" in output


@pytest.mark.measures
def test_a_script_is_tried_on_a_release_against_itself(checkout):
    (checkout.folder / "script.py").write_text(f"{SLOWER[0]}\ndef time_sleep():\n    {SLOWER[1]}\n")
    asked = ("calibrate", "base", "--script", "script.py", "--inject", "", "--gates", "1", "--budget", "10s")
    status, output = checkout.run("breakeven", *asked)
    assert status == 0, output
    assert "script.time_sleep" in output
    (path,) = (checkout.folder / ".breakeven" / "own").glob("script-*/results/*/calibration/base-gate-0-01.gate")
    assert record_file.load(path).measured


@pytest.mark.measures
def test_a_suite_that_knows_nothing_of_breakeven_is_gated(stack_checkout):
    """Its classes alternate, though each clears what another has kept beside the suite's modules."""
    suite = shutil.copytree(SUITE, stack_checkout.folder / "theirs") / "benchmarks"
    asked = ("gate", "base", "newest", "--suite", "theirs", "--budget", "60s", "--bench", "cholesky|cyclic")
    status, output = stack_checkout.run("breakeven", *asked)
    assert status in (0, 1, 3), output
    for benchmark in ("time_fit", "time_predict", "peakmem_fit", "track_train_score"):
        assert f"linear_model.RidgeBenchmark.{benchmark}('cholesky')" in output
    for benchmark in ("time_fit", "peakmem_fit", "track_train_score"):
        assert f"linear_model.LassoBenchmark.{benchmark}('cyclic')" in output
    assert "lsqr" not in output
    assert "not measured" not in output
    assert not (suite / "cache" / "fitted").exists()


#: Each release and class keeps files beside the module, of which all are to be its own.
KEEPS = """
from pathlib import Path
import joblib

PLACE = Path(__file__).parent / "cache" / "kept"


class First:
    def setup_cache(self):
        PLACE.parent.mkdir(exist_ok=True)
        PLACE.write_text(f"First {joblib.__version__}")
        Path("kept").write_text("in a folder that asv makes")

    def track_kept(self):
        assert PLACE.read_text() == f"First {joblib.__version__}", PLACE.read_text()
        return len(Path("kept").read_text())


class Second(First):
    def setup_cache(self):
        PLACE.parent.mkdir(exist_ok=True)
        assert not PLACE.exists()
        PLACE.write_text(f"Second {joblib.__version__}")

    def track_kept(self):
        assert PLACE.read_text() == f"Second {joblib.__version__}", PLACE.read_text()
        return 1


class Without:
    def track_kept(self):
        assert not PLACE.exists()
        return 1
"""


def test_files_beside_a_suite_s_modules_are_those_of_the_same_release_and_class(checkout):
    suite = checkout.folder / "theirs"
    suite.mkdir()
    (suite / "__init__.py").touch()
    (suite / "keeps.py").write_text(KEEPS)
    temporary = checkout.folder / "tmp"
    temporary.mkdir()
    asked = ("gate", "base", "newest", "--suite", "theirs")
    status, output = checkout.run("breakeven", *asked, TMPDIR=str(temporary))
    assert status == 0, output
    for name in ("First", "Second", "Without"):
        assert f"keeps.{name}.track_kept" in output
    assert "not measured" not in output
    assert not (suite / "cache").exists()
    assert not list(temporary.glob("be-suite-*"))


def test_the_script_of_the_docs_is_one(kept, tmp_path):
    text = (ROOT / "docs" / "own-code.md").read_text()
    script = tmp_path / "snippet.py"
    script.write_text(re.search(r"<!-- script -->\n```python\n(.*?)```", text, re.DOTALL).group(1))
    own_code.chosen(script=script)
    module = {}
    exec(script.read_text(), module)
    module["setup"]()
    module["time_nnls"]()
    module["peakmem_nnls"]()
    assert module["track_residual"]() == pytest.approx(module["nnls"](module["A"], module["b"])[1])
    options = re.findall(r'--(setup|call) "(.*?)"', text)
    own_code.chosen(**dict(options[:2]))
