"""What the wheel brings: the suite, the train and asv's configuration, as copies of the clone's."""

import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.commands

SUITE = "breakeven/suite/"


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
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
