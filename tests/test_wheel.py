"""What `.ci/build` makes: a wheel with copies of the suite, the train and asv's configuration, and the whole source."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from breakeven import __version__
from tests.conftest import ROOT

pytestmark = pytest.mark.commands

SUITE = "breakeven/suite/"


def source():
    """List what belongs to the repository, by its paths."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]


def script(folder, name, *args, **env):
    command = [folder / ".ci" / name, *map(str, args)]
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the repository, with this environment in place of one from the lock file."""
    folder = tmp_path_factory.mktemp("copy")
    for name in source():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "Makefile").write_text(".venv/ready:\n")
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    status, output = script(folder, "build", folder / "dist")
    assert status == 0, output
    return folder


@pytest.fixture(scope="module")
def wheel(copy):
    (found,) = (copy / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def brought(wheel):
    with zipfile.ZipFile(wheel) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_suite_is_a_copy_of_the_clones(brought):
    code = [path for folder in ("benchmarks", "trials") for path in (ROOT / folder).rglob("*.py")]
    clones = [*code, ROOT / "releases.toml", ROOT / "asv.conf.json"]
    expected = {f"{SUITE}{path.relative_to(ROOT)}": path.read_bytes() for path in clones}
    assert {name: data for name, data in brought.items() if name.startswith(SUITE)} == expected


def test_there_is_no_second_source_of_it():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in tracked if name.startswith(SUITE)]


def test_what_is_read_at_run_time_is_in_it(brought):
    package = [p for p in (ROOT / "breakeven").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert {str(path.relative_to(ROOT)) for path in package} <= set(brought)


def test_the_source_is_whole(copy):
    (found,) = (copy / "dist").glob("*.tar.gz")
    with tarfile.open(found) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert set(source()) <= names
    assert not [name for name in names if name.startswith((".venv", "dist"))]


def test_a_tag_of_another_version_is_refused(copy, tmp_path):
    status, output = script(copy, "build", tmp_path, "v9.9.9")
    assert (status, list(tmp_path.iterdir())) == (2, [])
    assert f"The tag is v9.9.9, but the version is {__version__}" in output


@pytest.fixture
def users(tmp_path):
    """Variables of a user who has another state folder, with the environments and packages that the tests share."""
    (tmp_path / "state").mkdir()
    for shared in ("envs", "npm"):
        (ROOT / ".breakeven" / shared).mkdir(parents=True, exist_ok=True)
        (tmp_path / "state" / shared).symlink_to(ROOT / ".breakeven" / shared)
    return {"BREAKEVEN_STATE": str(tmp_path / "state"), "BREAKEVEN_LOCK": str(tmp_path / "lock")}


@pytest.mark.slow
def test_what_a_user_gets_works(copy, wheel, users):
    status, output = script(copy, "wheel", wheel, sys.executable, **users)
    assert status == 0, output
    assert "expression.time_call" in output
    assert "Rests on" in output
    assert "1 passed" in output


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_what_a_user_gets_gates_on_other_pythons(copy, wheel, users, version):
    """Of those that pyenv has; the workflow that publishes has every one."""
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"no Python {version} by pyenv")
    status, output = script(copy, "wheel", wheel, found[-1], "short", **users)
    assert status == 0, output
    assert "expression.time_call" in output


@pytest.mark.slow
def test_a_wheel_without_its_suite_does_not_pass(copy, wheel, users, brought, tmp_path):
    poor = tmp_path / wheel.name
    with zipfile.ZipFile(poor, "w") as packed:
        for name, data in brought.items():
            if not name.startswith(SUITE):
                packed.writestr(name, data)
    status, output = script(copy, "wheel", poor, sys.executable, **users)
    assert status != 0, output
    assert "expression.time_call" not in output
