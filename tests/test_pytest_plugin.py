"""pytest itself, with benchmarks as items that are checked once each."""

import shutil
from xml.etree import ElementTree

import pytest

from breakeven.pytest_plugin import items
from tests.conftest import ROOT

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.commands

SUITE = ROOT / "tests" / "asv_style"

#: One strategy gives another answer, one does not run, one skips itself; what is timed and not scored only runs.
TOY = """
import os

STATED = {name: {"one_core": name == "serial"} for name in ("serial", "other", "dask-joblib", "raises", "skips")}


class Search:
    params = [[200, 2000], list(STATED)]
    param_names = ["n_samples", "strategy"]
    repeat, number, warmup_time = 3, 2, 0

    def setup(self, n_samples, strategy):
        if strategy == "skips":
            raise NotImplementedError("not here")

    def time_fit(self, n_samples, strategy):
        if strategy == "raises":
            raise RuntimeError("raised on purpose")
        with open(os.environ["CALLED"], "a") as file:
            file.write(f"{n_samples} {strategy}\\n")

    def track_score(self, n_samples, strategy):
        return 0.9 + (1e-3 if strategy == "other" else 1e-9) * (strategy != "serial")

    time_fit.stated = {"workload": "toy.Search", "call": "fit", "kind": "time", "strategies": STATED}
    track_score.stated = time_fit.stated | {"kind": "score", "tolerance": 1e-6}


def time_nothing():
    pass
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """A folder of benchmarks, and pytest's own results of runs in it."""
    folder = pytester.mkdir("suite")
    (folder / "__init__.py").write_text('import sys\n\nassert "pytest" not in sys.modules  # asv imports it\n')
    (folder / "toy.py").write_text(TOY)
    monkeypatch.setenv("BREAKEVEN_STATE", str(pytester.path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("CALLED", str(pytester.path / "called"))

    def run(*args):
        return pytester.runpytest_subprocess("--benchmarks=suite", *args)

    return run


def listed(run):
    return [line for line in run.outlines if "::" in line and " " not in line]


def test_without_the_option_nothing_of_it_is_imported(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert "breakeven.pytest_plugin.plugin" in sys.modules
            assert not {"asv", "numpy", "breakeven.errors"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_every_benchmark_and_parameter_set_is_an_item(suite):
    found = listed(suite("--collect-only", "-q"))
    assert "suite/toy.py::Search.time_fit[2000-dask-joblib]" in found
    assert "suite/toy.py::time_nothing" in found
    assert len(found) == 21


def test_items_are_named_and_selected_as_everywhere(suite):
    assert listed(suite("--collect-only", "-q", "-m", "other and toy.Search", "-k", "time_fit and 200-")) == [
        "suite/toy.py::Search.time_fit[200-other]"
    ]
    one = "suite/toy.py::Search.time_fit[2000-dask-joblib]"
    assert listed(suite("--collect-only", "-q", "--strict-markers", one)) == [one]
    assert len(listed(suite("--collect-only", "-q", "--benchmarks-smallest"))) == 11


def test_each_runs_once_and_its_score_is_compared_with_that_of_serial(suite, pytester):
    run = suite("-k", "2000 or nothing", "-rA", "--junitxml=out.xml")
    run.assert_outcomes(passed=6, failed=3, skipped=2)
    run.stdout.fnmatch_lines_random(
        [
            "FAILED suite/toy.py::Search.time_fit[[]2000-raises] - RuntimeError: raised on purpose",
            "FAILED suite/toy.py::Search.time_fit[[]2000-other] - score 0.901 is not 0.9, that of *'serial'*",
            "FAILED suite/toy.py::Search.track_score[[]2000-other] - score 0.901 is not 0.9*",
            "PASSED suite/toy.py::Search.time_fit[[]2000-dask-joblib]",
        ]
    )
    called = (pytester.path / "called").read_text().splitlines()
    assert sorted(called) == ["2000 dask-joblib", "2000 other", "2000 serial"]
    cases = ElementTree.parse(pytester.path / "out.xml").getroot()[0].findall("testcase")
    assert len(cases) == 11


def test_it_stops_at_the_first_and_runs_the_last_failed(suite):
    suite("-x", "-k", "time_fit").assert_outcomes(failed=1, passed=1)
    suite("--lf").assert_outcomes(failed=1)


def test_workers_of_xdist_check(suite):
    suite("-n", "2", "-k", "2000 or nothing").assert_outcomes(passed=6, failed=3, skipped=2)


def test_a_suite_that_knows_nothing_of_breakeven_is_checked_beside_tests(suite, pytester, tmp_path):
    pytester.makepyfile("def test_it(): pass")
    theirs = shutil.copytree(SUITE, tmp_path / "theirs")
    run = pytester.runpytest_subprocess(
        f"--benchmarks={theirs}", theirs / "benchmarks", pytester.path, "-k", "not lsqr and not random"
    )
    run.assert_outcomes(passed=8)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--base", "a", "--head", "b"], "--base, --head, --budget and what a gate lets pass are for --benchmarks"),
        (["--benchmarks-tolerance", "5%"], "--base, --head, --budget and what a gate lets pass are for --benchmarks"),
        (["--benchmarks=suite", "--benchmarks-tolerance", "5%"], "Give both --base and --head"),
        (["--benchmarks=suite", "--base", "a"], "Give both --base and --head"),
        (["--benchmarks=suite", "--base", "a", "--head", "b", "-n", "2"], "its workers would disturb each other"),
        (["--benchmarks=suite", "--base", "a", "--head", "b", "--budget", "soon"], "'soon' is not a duration"),
        (
            ["--benchmarks=suite", "--base", "a", "--head", "b", "--benchmarks-memory-tolerance", "some"],
            "'some' is not a share between 0 and 100 %",
        ),
        (["--benchmarks=suite", "--base", "newst", "--head", "b"], "Unknown release 'newst'. Did you mean newest?"),
        (
            ["--benchmarks=suite", "--base", "a", "--head", "b", "--benchmarks-accepted", "no.toml"],
            "Cannot read no.toml: No such file",
        ),
        (["--benchmarks", "suite/toy.py"], "suite/toy.py is no folder of asv benchmarks"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(suite, pytester, args, told):
    run = pytester.runpytest_subprocess(*args)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines([f"ERROR: *{told.replace('[', '[[]')}*"])
    assert "Traceback" not in run.stderr.str()


def test_a_suite_that_does_not_import_is_told_in_a_sentence(suite, pytester):
    (pytester.path / "suite" / "toy.py").write_text("import no_such_module\n")
    run = suite()
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["ERROR: The suite cannot be listed: *no_such_module*"])


def test_a_name_given_by_hand_has_a_file_too(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "part.py").touch()
    assert items.place(tmp_path, "inner.part.Class.time_it") == (tmp_path / "inner" / "part.py", "Class.time_it")
    assert items.place(tmp_path, "by.hand") == (tmp_path / "__init__.py", "by.hand")
