"""Two measurements do not run at once on a machine: the second one waits, and says for whom."""

import signal
import subprocess
import sys

import pytest

from breakeven.harness import one_at_a_time

pytestmark = pytest.mark.commands

HOLD = """
import sys, time
from breakeven.harness import one_at_a_time
sys.argv = ["breakeven", "gate"]
with one_at_a_time.held(print):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(checkout):
    """Hold the checkout's lock in another process."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], env=checkout.env, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


MEASURING = [
    ["run", "base"],
    ["gate", "base", "newest"],
    ["blame", "base", "newest", "--call", "1"],
    ["calibrate", "base", "--inject", ""],
]


@pytest.mark.parametrize("command", MEASURING, ids=lambda command: command[0])
def test_the_second_waits_says_why_and_can_be_interrupted(checkout, holder, command):
    waiting = checkout.start("breakeven", *command)
    first = waiting.stdout.readline()
    assert f"Waiting until process {holder.pid} (breakeven gate) has ended: two measurements at once" in first
    assert checkout.env["BREAKEVEN_LOCK"] in first
    waiting.send_signal(signal.SIGINT)
    output, _ = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert output.strip().splitlines() == ["breakeven: interrupted; what was finished is kept"]


def test_it_goes_on_when_the_first_was_killed(checkout, holder):
    waiting = checkout.start("breakeven", "run", "base", "--bench", "track_score")
    assert waiting.stdout.readline().startswith("Waiting until")
    holder.kill()
    output, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == 0, output
    assert "decided" in output


def test_what_does_not_measure_does_not_wait(checkout, holder):
    status, output = checkout.run("breakeven", "releases", "list")
    assert (status, "Waiting" in output) == (0, False)


def test_a_lock_that_cannot_be_is_told_in_a_sentence(checkout, tmp_path):
    absent = tmp_path / "absent" / "lock"
    status, output = checkout.run("breakeven", "run", "base", BREAKEVEN_LOCK=str(absent))
    assert status == 1
    assert output == f"breakeven: Cannot lock {absent}: No such file or directory. BREAKEVEN_LOCK names another file\n"


def test_the_usual_place_is_one_for_the_whole_machine(monkeypatch):
    monkeypatch.delenv("BREAKEVEN_LOCK", raising=False)
    monkeypatch.setattr("tempfile.tempdir", "/somewhere")
    assert str(one_at_a_time.place()) == "/somewhere/breakeven.lock"


def test_a_link_in_place_of_the_lock_is_not_followed(checkout, tmp_path):
    """In a folder that all users share, a stranger could make one that leads to a file of the user's."""
    kept, link = tmp_path / "kept", tmp_path / "link"
    kept.write_text("of worth")
    link.symlink_to(kept)
    status, output = checkout.run("breakeven", "run", "base", BREAKEVEN_LOCK=str(link))
    assert (status, kept.read_text()) == (1, "of worth")
    assert output.startswith(f"breakeven: Cannot lock {link}: Too many levels of symbolic links. BREAKEVEN_LOCK names")


def test_who_waits_leaves_the_name_of_the_holder(checkout, holder):
    waiting = checkout.start("breakeven", "run", "base")
    assert str(holder.pid) in waiting.stdout.readline()
    assert (checkout.folder / "lock").read_text() == f"process {holder.pid} (breakeven gate)"
    waiting.kill()
    waiting.communicate(timeout=30)
