"""A full disk, and folders that may not be written, for real: each ends in a sentence, and what was measured stays."""

import os
import shutil
import subprocess

import pytest

from breakeven import lines
from breakeven.errors import BreakevenError
from breakeven.harness import record_file, results
from breakeven.train import entries, repository
from tests.conftest import BIN, sentence
from tests.test_suite import assert_nothing_left

pytestmark = pytest.mark.commands

FULL = "No space left on device"
ONE = r"toy.Good.time_fit\(2, 'serial'"


@pytest.fixture
def small(tmp_path_factory):
    """A file system in memory, and a way to give it another size."""
    folder = tmp_path_factory.mktemp("small")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "breakeven-test", folder]
    done = subprocess.run(mount, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    if done is None or done.returncode != 0:
        if os.environ.get("BREAKEVEN_TEST_ROOT") == "required":
            raise AssertionError(done)
        pytest.skip("needs root, to mount a small file system")

    def sized(size):
        subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)

    yield folder, sized
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("size", ["64k", "3m"], ids=["its train", "an environment"])
def test_what_is_half_built_on_a_full_disk_is_built_anew_once_there_is_room(checkout, small, size):
    folder, sized = small
    sized(size)
    command = ("breakeven", "releases", "check", "base")
    status, output = checkout.run(*command, BREAKEVEN_STATE=str(folder))
    assert (status, FULL in sentence(output)) == (1, True), output
    sized("300m")
    status, output = checkout.run(*command, BREAKEVEN_STATE=str(folder))
    assert (status, output) == (0, "base installs and imports\n")


def test_a_gate_whose_environment_found_no_room_is_measured_once_there_is(checkout, small):
    folder, sized = small
    sized("3m")
    command = ("breakeven", "gate", "base", "joblib-1.5.3", "--bench", "track_score")
    status, output = checkout.run(*command, BREAKEVEN_STATE=str(folder))
    assert (status, FULL in output, "Traceback" in output) == (4, True, False), output
    sized("300m")
    status, output = checkout.run(*command, BREAKEVEN_STATE=str(folder))
    assert status == 0, output


def test_a_record_on_a_full_disk_keeps_its_rounds_and_goes_on_once_there_is_room(checkout, small):
    folder, sized = small
    sized("8k")
    path = folder / "kept.gate"
    command = ("breakeven", "gate", "base", "joblib-1.5.3", "--bench", "time_fit", "--record", str(path))
    status, output = checkout.run(*command, "--budget", "60s")
    assert (status, sentence(output)) == (4, f"breakeven: Cannot write {path}: {FULL}"), output
    before = record_file.load(path)
    assert before.measured
    assert not before.torn
    sized("10m")
    status, output = checkout.run(*command, "--budget", "61s")
    assert status in (0, 1, 3), output
    assert f"Going on with {path}: {len(before.measured)} processes" in output
    assert record_file.load(path).measured[: len(before.measured)] == before.measured
    assert_nothing_left(checkout)


def test_results_on_a_full_disk_stay_readable_and_a_run_goes_on(checkout, small):
    folder, sized = small
    sized("36k")
    command = ("breakeven", "run", "base", "--bench", "toy.Good")
    status, output = checkout.run(*command, BREAKEVEN_RESULTS=str(folder))
    assert (status, FULL in sentence(output)) == (1, True), output
    sized("10m")
    status, output = checkout.run(*command, BREAKEVEN_RESULTS=str(folder))
    assert status == 0, output
    train = entries.load(checkout.folder / "releases.toml")
    commit = repository.tags(repository.build(train, checkout.folder / ".breakeven"))["base"]
    recorded = results.Store(folder, "toy-machine").recorded(commit)
    assert {v.state for v in recorded["toy.Good.time_fit"].values()} == {"measured"}


def test_a_log_that_finds_no_room_ends_no_measurement(checkout, small):
    folder, sized = small
    sized("4m")
    (folder / "envs").symlink_to(checkout.folder / ".breakeven" / "envs")
    assert checkout.run("breakeven", "releases", "show", "base", BREAKEVEN_STATE=str(folder))[0] == 0
    with pytest.raises(OSError, match=FULL):
        (folder / "rest").write_bytes(bytes(5 * 2**20))
    status, output = checkout.run(
        "breakeven", "gate", "base", "joblib-1.5.3", "--bench", ONE, "--budget", "10s", "--record", "kept.gate",
        BREAKEVEN_STATE=str(folder),
    )  # fmt: skip
    assert status in (0, 1, 3), output
    assert "Logging error" not in output


def test_lines_that_find_no_room_leave_no_part_of_them(small):
    folder, sized = small
    sized("8k")
    path = folder / "lines"
    lines.write(path, ["first"])
    with pytest.raises(BreakevenError, match=FULL):
        lines.write(path, [os.urandom(20_000).hex()])
    with pytest.raises(BreakevenError, match=FULL):
        lines.write(path, [os.urandom(20_000).hex()], append=False)
    lines.write(path, ["second"])
    assert lines.read(path.read_bytes()) == (["first", "second"], path.stat().st_size)


MEASURING = [
    ["releases", "show", "base"],
    ["releases", "check", "base"],
    ["releases", "override", "base + joblib==1.5.2"],
    ["run", "base"],
    ["gate", "base", "joblib-1.5.3"],
    ["gate", "base", "joblib-1.5.3", "--call", "1"],
    ["blame", "base", "newest", "--bench", "track_score"],
    ["calibrate", "base", "--inject", ""],
    ["advise", "--measure", "script.py:f", "--n-samples", "100"],
]


@pytest.fixture
def locked(tmp_path_factory):
    """A folder that nobody may write."""
    folder = tmp_path_factory.mktemp("locked")
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def bound(checkout, command, *args, **env):
    """Run a command by whom permissions bind: root without its capabilities, or whoever runs this."""
    if os.geteuid() != 0:
        return checkout.run(command, *args, **env)
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv, or another user than root")
    setpriv = (shutil.which("setpriv"), "--bounding-set=-all", "--inh-caps=-all")
    return checkout.run(*setpriv, str(BIN / command), *args, **env)


@pytest.mark.parametrize("command", MEASURING, ids=" ".join)
def test_a_state_folder_that_may_not_be_written_is_told_in_a_sentence(checkout, locked, command):
    (checkout.folder / "script.py").write_text("def f(): pass\n")
    status, output = bound(checkout, "breakeven", *command, BREAKEVEN_STATE=str(locked))
    assert status == (4 if command[0] == "gate" else 1), output
    assert "Permission denied" in sentence(output)
    assert str(locked) in sentence(output)
    assert not list(locked.iterdir())


def test_results_that_may_not_be_written_are_told_in_a_sentence(checkout, locked):
    status, output = bound(
        checkout, "breakeven", "run", "base", "--bench", "track_score", BREAKEVEN_RESULTS=str(locked)
    )
    assert status == 1, output
    assert "Permission denied" in sentence(output)


def test_asvs_own_command_ends_in_a_sentence_too(checkout, locked):
    status, output = bound(checkout, "asv", "run", BREAKEVEN_STATE=str(locked))
    assert status != 0
    assert "Traceback" not in output
    assert "Permission denied" in output


def test_a_home_folder_that_may_not_be_written_is_no_hindrance(checkout):
    """asv keeps a description of the machine there; without one it is described anew."""
    done = checkout.run("breakeven", "run", "base", "--bench", "track_score", HOME="/dev/null")
    assert done[0] == 0, done[1]
    (kept,) = (p for p in (checkout.folder / "results").glob("*/machine.json"))
    assert kept.parent.name != "toy-machine"  # whose description is in the checkout's home folder
    status, output = checkout.run("breakeven", "report", HOME="/dev/null")
    assert status == 0, output
