"""Scripts that fork, print megabytes, end by themselves or never end: told in a line, and all else is measured."""

import json
import textwrap

import pytest

from breakeven.gate.verdicts import Verdict
from breakeven.harness import record_file
from tests.conftest import sentence
from tests.test_suite import assert_nothing_left

pytestmark = pytest.mark.commands

FINE = """
import os, subprocess, sys, time, joblib

def track_fine():
    return len(joblib.__name__)

CHILD = False

def fork():
    global CHILD
    CHILD = CHILD or os.fork() == 0
"""

#: By name: a benchmark beside that, and what is told of it.
FAILING = {
    "ends its process": ("os._exit(0)", "it ended before it gave a number"),
    "exits": ("sys.exit(0)", "SystemExit: 0"),
    "is killed": ("os.kill(os.getpid(), 9)", "it ended without a word"),
    "prints megabytes": ("print('x' * 5_000_000); raise ValueError('y' * 50_000)", "ValueError: yyy"),
    "colours what it says": (r"raise ValueError('\x1b[31mred\x07 [/bold]')", "ValueError:  [31mred  [/bold]"),
    "never ends": ("while True: pass", "timed out"),
    "never ends, deaf": ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", "timed out"),
}

#: What is measured nevertheless, and leaves nothing behind.
RUNNING = {
    "prints": "print('x' * 1_000_000)",  # by the hundred
    # comes back twice; a child forks no more, or a fault of ours would fill the machine
    "forks": "fork(); time.sleep(0.01)",
    "forks a child that stays": "time.sleep(0.01 if os.fork() else 600)",
    "leaves a process behind": "subprocess.Popen(['sleep', '600'])",
    "leaves a daemon behind": "subprocess.Popen(['sleep', '600'], start_new_session=True)",
}


def gated(checkout, script, *args):
    (checkout.folder / "script.py").write_text(FINE + textwrap.dedent(script))
    command = ("gate", "base", "joblib-1.5.3", "--script", "script.py", "--budget", "10s", "--record", "kept.gate")
    return checkout.run("breakeven", *command, *args)


def whys(checkout):
    record = record_file.load(checkout.folder / "kept.gate")
    return {m.label: m.reading.error for m in record.measured}


@pytest.mark.parametrize("kind", ["track", "time"])
@pytest.mark.parametrize("name", FAILING)
def test_what_fails_is_told_in_a_line_and_the_rest_is_judged(checkout, name, kind):
    body, told = FAILING[name]
    status, output = gated(checkout, f"def {kind}_it():\n    {body}\n{kind}_it.timeout = 2\n")
    assert status == Verdict.NOT_MEASURED
    assert "Traceback" not in output
    assert len(output) < 20_000
    found = whys(checkout)
    assert found["script.track_fine"] == ""
    assert told in found[f"script.{kind}_it"]
    assert len(found[f"script.{kind}_it"]) < 600
    assert_nothing_left(checkout)


@pytest.mark.parametrize("kind", ["track", "time"])
@pytest.mark.parametrize("name", RUNNING)
def test_what_a_benchmark_leaves_behind_is_ended(checkout, name, kind):
    status, output = gated(checkout, f"def {kind}_it():\n    {RUNNING[name]}\n    return 1\n{kind}_it.number = 1\n")
    assert status in (Verdict.PASS, Verdict.SLOWER, Verdict.UNDECIDED), output
    assert set(whys(checkout).values()) == {""}
    assert_nothing_left(checkout)


def test_a_setup_that_never_ends_is_ended(checkout):
    script = "def time_it(): pass\ntime_it.setup = lambda: time.sleep(600)\ntime_it.timeout = 2\n"
    assert gated(checkout, script)[0] == Verdict.NOT_MEASURED
    assert "timed out" in whys(checkout)["script.time_it"]
    assert_nothing_left(checkout)


@pytest.mark.parametrize(
    "line",
    [
        "os._exit(0)",
        "sys.exit(0)",
        "while True: time.sleep(1)",
        "print('x' * 5_000_000); raise ValueError('y' * 50_000)",
        "subprocess.Popen(['sleep', '600'], start_new_session=True, stdout=-3, stderr=-3); raise ValueError",
    ],
)
def test_a_script_that_is_hostile_as_soon_as_it_is_imported(checkout, line):
    config = checkout.folder / "asv.conf.json"
    config.write_text(config.read_text().replace("{", '{\n"install_timeout": 5,', 1))
    status, output = gated(checkout, line)
    assert status == Verdict.NOT_MEASURED, output
    assert "Traceback" not in output
    assert "Not measured: base: The suite cannot be listed: " in output
    assert len(output) < 20_000
    assert_nothing_left(checkout)


def test_run_records_what_was_measured_beside_a_hostile_one(checkout):
    (checkout.folder / "script.py").write_text(FINE + "def track_it():\n    os._exit(0)\n")
    status, output = checkout.run("breakeven", "run", "base", "--script", "script.py")
    assert status == 1
    assert sentence(output).startswith("breakeven: 1 failed; all others are recorded.")
    (kept,) = (checkout.folder / ".breakeven" / "own").glob("script-*/results/*/*-*.json")
    results = json.loads(kept.read_text())["results"]
    assert results["script.track_fine"][0] == [6]
