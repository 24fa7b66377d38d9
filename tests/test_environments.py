"""Environments are built once and never half-built."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from breakeven.train import environments, resolver, tracked
from breakeven.train.tracked import Package

pytestmark = pytest.mark.commands

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
PINS = {"six": "1.16.0"}


@pytest.fixture(autouse=True)
def _imports(monkeypatch):
    monkeypatch.setattr(tracked, "TRACKED", (Package("six", ("six",)),))


@pytest.fixture
def builds(monkeypatch):
    """Count the builds."""
    counted = []
    create = resolver.create_environment
    monkeypatch.setattr(resolver, "create_environment", lambda *args: (counted.append(1), create(*args)))
    return counted


def test_built_once_with_exactly_the_pins(tmp_path, builds):
    path = environments.ensure(PINS, PYTHON, tmp_path)
    assert environments.ensure(PINS, PYTHON, tmp_path) == path
    assert len(builds) == 1
    listed = subprocess.run(
        [resolver.UV, "pip", "freeze", "--python", path], capture_output=True, text=True, check=True
    ).stdout.split()
    assert [p.split("==")[0] for p in listed] == ["asv-runner", "six"]


def test_bytecode_is_compiled(tmp_path):
    path = environments.ensure(PINS, PYTHON, tmp_path)
    assert list(path.glob("lib/*/site-packages/__pycache__/six.*.pyc"))


def test_what_does_not_import_is_told_and_remembered(tmp_path, builds, monkeypatch):
    monkeypatch.setattr(tracked, "TRACKED", (Package("six", ("six", "no_such_module")),))
    for _ in range(2):
        with pytest.raises(environments.BrokenStackError, match="import no_such_module: ModuleNotFoundError"):
            environments.ensure(PINS, PYTHON, tmp_path)
    assert len(builds) == 1


def test_a_failed_install_leaves_nothing_ready_and_is_tried_again(tmp_path, builds):
    for _ in range(2):
        with pytest.raises(resolver.UvError, match=r"six==0\.0\.0"):
            environments.ensure({"six": "0.0.0"}, PYTHON, tmp_path)
    assert len(builds) == 2


BUILD = """
import sys
from pathlib import Path
from breakeven.train import environments
environments._import_failure = lambda *args: __import__("time").sleep(60)  # caught right before the end
environments.ensure({"six": "1.16.0"}, sys.argv[1], Path(sys.argv[2]))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_is_not_taken_for_whole(tmp_path, builds, how):
    root = Path(environments.__file__).parent.parent
    process = subprocess.Popen([sys.executable, "-c", BUILD, PYTHON, tmp_path], cwd=root, stderr=subprocess.DEVNULL)
    path = environments.directory(PINS, PYTHON, tmp_path)
    while not list(path.glob("lib/*/site-packages/six.py")):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, how)
    process.wait()
    assert environments.ensure(PINS, PYTHON, tmp_path) == path
    assert len(builds) == 1


def test_two_commands_at_once_build_once(tmp_path, builds):
    threads = [threading.Thread(target=environments.ensure, args=(PINS, PYTHON, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1


def test_an_environment_is_not_named_by_a_link_to_it(tmp_path):
    (tmp_path / "envs").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "envs").symlink_to(tmp_path / "envs")
    there = environments.directory(PINS, PYTHON, tmp_path / "other")
    assert there == environments.directory(PINS, PYTHON, tmp_path)


def test_other_pins_are_another_environment(tmp_path):
    assert environments.directory(PINS, PYTHON, tmp_path) != environments.directory({"six": "1.17.0"}, PYTHON, tmp_path)
