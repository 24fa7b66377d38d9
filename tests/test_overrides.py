"""Overrides of every kind become commits that are the same wherever they are made."""

import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest

from breakeven.errors import BreakevenError
from breakeven.train import environments, overrides, repository, resolver, tracked
from breakeven.train.entries import Release, Train
from breakeven.train.tracked import Package

pytestmark = pytest.mark.commands

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def known(monkeypatch):
    """A train of two small packages."""
    monkeypatch.setattr(tracked, "TRACKED", (Package("six", ("six",)), Package("toolz", ("toolz",))))
    pins = {"six": "1.16.0", "toolz": "0.12.0"}
    return Train(PYTHON, (Release("base", datetime(2024, 1, 1, tzinfo=UTC), pins, changed=pins),))


@pytest.fixture
def wheel(tmp_path):
    """A wheel of six that has never been released."""
    path = tmp_path / "dist" / "six-99.0+local.1-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("six.py"), "__version__ = '99.0+local.1'\n")
        info = "six-99.0+local.1.dist-info"
        archive.writestr(
            zipfile.ZipInfo(f"{info}/METADATA"), "Metadata-Version: 2.1\nName: six\nVersion: 99.0+local.1\n"
        )
        archive.writestr(
            zipfile.ZipInfo(f"{info}/WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(
            zipfile.ZipInfo(f"{info}/RECORD"), f"six.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return path


def installed_version(release, state):
    path = environments.ensure(release.pins, PYTHON, state)
    command = [path / "bin" / "python", "-c", "import six; print(six.__version__)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_version(known, tmp_path):
    release = overrides.resolve(known, "base + six==1.15.0", tmp_path)
    assert release.name == "base+six-1.15.0"
    assert release.pins == {"six": "1.15.0", "toolz": "0.12.0"}
    assert repository.pins(tmp_path / "train.git", release.name) == release.pins
    assert installed_version(release, tmp_path) == "1.15.0"


def test_a_wheel_is_the_same_commit_everywhere(known, wheel, tmp_path):
    first, second = (overrides.resolve(known, f"base + {wheel}", tmp_path / place) for place in ("one", "two"))
    assert first == second
    assert str(tmp_path) not in resolver.text_of(first.pins)
    tags = [repository.tags(tmp_path / place / "train.git")[first.name] for place in ("one", "two")]
    assert tags[0] == tags[1]
    assert installed_version(first, tmp_path / "one") == "99.0+local.1"


def test_a_source_folder_is_frozen(known, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "six"\nversion = "98.0"\n[tool.hatch.build.targets.wheel]\ninclude = ["six.py"]\n'
    )
    (folder / "six.py").write_text("__version__ = '98.0'\n")
    before = overrides.resolve(known, f"base + {folder}", tmp_path)
    assert installed_version(before, tmp_path) == "98.0"
    (folder / "six.py").write_text("__version__ = '98.0 edited'\n")
    after = overrides.resolve(known, f"base + {folder}", tmp_path)
    assert after.name != before.name
    assert installed_version(after, tmp_path) == "98.0 edited"
    assert installed_version(before, tmp_path) == "98.0"


def test_a_vcs_address_is_pinned_to_its_commit(known, tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "six"\nversion = "97.0"\n[tool.hatch.build.targets.wheel]\ninclude = ["six.py"]\n'
    )
    (repository / "six.py").write_text("__version__ = '97.0'\n")
    git = ["git", "-C", repository, "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run(["git", "init", "-q", repository], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    release = overrides.resolve(known, f"base + six @ git+{repository.as_uri()}", tmp_path)
    assert release.pins["six"].endswith(head)
    assert release.name == f"base+six-{head[:12]}"
    assert installed_version(release, tmp_path) == "97.0"


def test_a_package_is_laid_over_as_of_the_releases_day(known, tmp_path):
    release = overrides.resolve(known, "base", tmp_path, laid_over=["cloudpickle"])
    assert release.name == "base+cloudpickle-3.0.0"  # there are newer ones since
    assert release.pins == known.newest.pins | {"cloudpickle": "3.0.0"}
    assert overrides.resolve(known, "base + six==1.15.0", tmp_path, laid_over=["cloudpickle"]).pins == {
        "six": "1.15.0", "toolz": "0.12.0", "cloudpickle": "3.0.0",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "message"), [("six", "base holds six already"), ("./six", "'./six' is not the name of a package")]
)
def test_only_what_a_release_lacks_is_laid_over_it(known, tmp_path, name, message):
    with pytest.raises(BreakevenError, match=message):
        overrides.resolve(known, "base", tmp_path, laid_over=[name])


@pytest.mark.parametrize(
    ("command", "releases"),
    [
        (("run", "base", "--bench", "toy.Good.track_score"), ("base",)),
        (("gate", "base", "joblib-1.5.3", "--bench", "toy.Good.track_score"), ("base", "joblib-1.5.3")),
    ],
)
def test_commands_lay_packages_over_each_release(checkout, command, releases):
    status, output = checkout.run("breakeven", *command, "--with", "locket")
    assert status == 0, output
    tags = repository.tags(checkout.folder / ".breakeven" / "train.git")
    assert sum("+locket-" in tag for tag in tags) == len(releases)


def test_a_release_alone_is_itself(known, tmp_path):
    assert overrides.resolve(known, "base", tmp_path) == known.newest


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("bas + six==1.15.0", "Unknown release 'bas'. Did you mean base"),
        ("base + ./no/such.whl", "No wheel at ./no/such.whl"),
        ("base + nonsense", "Cannot read the override 'nonsense'"),
        ("base + six==0.0.1", "six==0.0.1"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(known, tmp_path, spec, message):
    with pytest.raises(BreakevenError) as caught:
        overrides.resolve(known, spec, tmp_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_many_overrides_have_a_short_tag_that_no_others_have(tmp_path):
    pins = {f"package-{k}": "1.2.3" for k in range(40)}
    one, other = (overrides._tag("base", set(pins), pins | {"package-39": last}) for last in ("1", "2"))
    assert one != other
    assert max(map(len, (one, other))) < 200
