"""The command line explains itself, and fails in one sentence."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import pytest
import typer.main

from breakeven import cli
from breakeven.train import entries
from tests.conftest import ROOT

pytestmark = pytest.mark.commands


def commands(group, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group) or hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        yield (*path, name), command


ALL = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("path", [p for p, c in ALL.items() if not hasattr(c, "commands")], ids=" ".join)
def test_each_command_has_help_with_an_example(path):
    assert re.search(r"[Ee]xample", ALL[path].help)
    assert ALL[path].help.splitlines()[0].endswith(".")


def test_what_only_some_commands_need_is_not_imported_by_all():
    told = "import sys, breakeven.cli, breakeven.pytest_plugin.collection; print('bokeh' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_commands_are_those_of_the_readme():
    assert {" ".join(p) for p in ALL} == {
        "releases", "releases list", "releases show", "releases diff", "releases update", "releases check",
        "releases override", "run", "report", "advise", "gate", "calibrate", "blame", "simulate", "workers",
        "two-hosts", "doctor", "self-test", "compatibility", "sensitivity",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (["SVCDefault.fit", "--n-samples", "20000"], 0, "extrapolated"),
        (["KMeansFromScratch", "--n-samples", "3000", "--memory", "1MB"], 0, "no strategy fits in the memory"),
        (["--evaluate"], 0, "median regret"),
        (["Frest", "--n-samples", "10"], 2, "Did you mean Forest?"),
        (["GridSearch", "--n-samples", "10"], 2, "Which one?"),
        (["Forest"], 2, "Give --n-samples"),
        (["Forest", "--n-samples", "10", "--memory", "much"], 2, "'much' is not a size"),
    ],
)
def test_advice_from_the_committed_results(args, status, said):
    command = Path(sys.executable).with_name("breakeven")
    done = subprocess.run(
        [command, "advise", *args, "--machine", "shared-2core"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert said in " ".join((done.stdout + done.stderr).split())


def test_a_damaged_train_is_told_in_a_sentence(checkout):
    (checkout.folder / "releases.toml").write_text("[base")
    status, output = checkout.run("breakeven", "releases", "list")
    assert status == 1
    assert output.startswith("breakeven: releases.toml is not valid TOML")


def test_list_show_and_diff(checkout):
    status, output = checkout.run("breakeven", "releases", "list")
    assert status == 0
    assert [line.split()[1] for line in output.splitlines()] == ["base", "toy-broken", "joblib-1.5.3"]
    status, output = checkout.run("breakeven", "releases", "show", "newest")
    assert "\njoblib==1.5.3\n" in output
    assert checkout.run("breakeven", "releases", "show", "previous")[1].startswith("# toy-broken, ")
    status, output = checkout.run("breakeven", "releases", "diff", "toy-broken", "newest")
    assert "cloudpickle (absent) -> " in output


def test_check_tells_what_does_not_import(checkout):
    status, output = checkout.run("breakeven", "releases", "check", "toy-broken")
    assert status == 1
    assert output.startswith("breakeven: import joblib: ModuleNotFoundError")


def test_report_without_results_says_so(checkout):
    status, output = checkout.run("breakeven", "report")
    assert status == 1
    assert "run the suite first" in output
    assert "Traceback" not in output


def test_without_a_release_the_newest_that_was_measured_is_read(checkout):
    """The train grows each night, and results do not."""
    known = entries.load(ROOT / "releases.toml")
    newest = known.newest
    pins = newest.pins | {"toolz": "99.0"}
    later = entries.entry("dependencies-later", newest.date + timedelta(days=1), newest.pins, pins, set())
    entries.save(replace(known, releases=(*known.releases, later)), checkout.folder / "releases.toml")
    shutil.copytree(ROOT / "results", checkout.folder / "results")
    for command in (["report", "--bench", "GridSearchSmall"], ["advise", "GridSearchSmall", "--n-samples", "3000"]):
        status, output = checkout.run("breakeven", *command, "--machine", "shared-2core")
        assert status == 0, output
        told = re.search(r"^(\S+) is the newest release that was measured on 'shared-2core'$", output, re.MULTILINE)
        assert told.group(1) in {release.name for release in known.releases}
        status, output = checkout.run("breakeven", *command, "--machine", "shared-2core", "--release", "newest")
        assert status == 1
        assert "Nothing is recorded for dependencies-later" in output


def test_a_bad_pattern_is_an_error(checkout):
    status, output = checkout.run("breakeven", "run", "--bench", "(Grid")
    assert status == 2
    assert "'(Grid' is not a regular expression: missing )" in output


def test_no_benchmark_selected_is_an_error(checkout):
    status, output = checkout.run("breakeven", "run", "--bench", "no_such_benchmark")
    assert status == 1
    assert "No benchmark matches no_such_benchmark" in output
