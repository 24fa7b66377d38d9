"""Overrides that fail half-way: from a VCS address, and wheels of another platform. Nothing of them stays."""

import socket
import subprocess
import threading
import zipfile

import pytest

from breakeven.train import repository
from tests.conftest import sentence

pytestmark = pytest.mark.commands

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = """
import pathlib

METADATA = "Metadata-Version: 2.1\\nName: joblib\\nVersion: 99.0\\n"


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder, "joblib-99.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "WHEEL").write_text("Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return info.name


def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise RuntimeError("the compiler has gone")
"""


@pytest.fixture
def source(tmp_path_factory):
    """A repository that tells what it is, and does not build."""
    folder = tmp_path_factory.mktemp("source")
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    return folder


def tags(checkout):
    status, output = checkout.run("breakeven", "releases", "show", "base")  # builds the train
    assert status == 0, output
    return set(repository.tags(checkout.folder / ".breakeven" / "train.git"))


def test_an_address_that_does_not_build_is_not_measured_with_the_reason(checkout, source):
    head = f"base + joblib @ git+file://{source}"
    status, output = checkout.run("breakeven", "gate", "base", head, "--bench", "track_score", "--markdown", "gate.md")
    assert status == 4, output
    assert "Traceback" not in output
    assert "the compiler has gone" in (checkout.folder / "gate.md").read_text()
    status, output = checkout.run("breakeven", "releases", "check", head)
    assert status == 1
    assert "the compiler has gone" in sentence(output)
    assert checkout.run("breakeven", "releases", "check", "base")[0] == 0


def test_once_it_builds_the_same_address_is_measured(checkout, source):
    head = f"base + joblib @ git+file://{source}"
    assert checkout.run("breakeven", "releases", "check", head)[0] == 1
    backend = source / "backend.py"
    backend.write_text(
        BACKEND.replace('raise RuntimeError("the compiler has gone")', "")
        + """
    import zipfile
    name = "joblib-99.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("joblib.py", "__version__ = '99.0'")
        for file, text in (
            ("METADATA", METADATA),
            ("WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"),
            ("RECORD", ""),
        ):
            wheel.writestr(f"joblib-99.0.dist-info/{file}", text)
    return name
"""
    )
    subprocess.run(
        ["git", "-C", source, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qam", "b"], check=True
    )
    status, output = checkout.run("breakeven", "releases", "check", head)
    assert status == 0, output


def test_a_host_that_hangs_up_half_way_is_told_in_a_sentence(checkout):
    before = tags(checkout)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                with link:
                    link.recv(100)
                    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n001e# service=git")

        threading.Thread(target=hang_up, daemon=True).start()
        head = f"base + joblib @ git+http://127.0.0.1:{server.getsockname()[1]}/joblib.git"
        env = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        status, output = checkout.run("breakeven", "releases", "override", head, **env)
    assert status == 1, output
    assert "joblib" in sentence(output)
    assert tags(checkout) == before


def wheel(folder, tag):
    path = folder / f"joblib-99.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("joblib.py", "__version__ = '99.0'\n")
        for file, text in (
            ("METADATA", "Metadata-Version: 2.1\nName: joblib\nVersion: 99.0\n"),
            ("WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n"),
            ("RECORD", ""),
        ):
            packed.writestr(f"joblib-99.0.dist-info/{file}", text)
    return path


@pytest.mark.parametrize("tag", ["cp311-cp311-win_amd64", "cp38-cp38-manylinux_2_17_x86_64"])
def test_a_wheel_of_another_platform_is_not_measured_with_the_reason(checkout, tag):
    path = wheel(checkout.folder, tag)
    status, output = checkout.run("breakeven", "gate", "base", f"base + {path}", "--bench", "track_score")
    assert status == 4, output
    assert "Traceback" not in output
    assert "Not measured: 4 not measured, 0 pass, of 4 scores" in output
    status, output = checkout.run("breakeven", "releases", "check", f"base + {path}")
    assert status == 1
    assert "joblib" in sentence(output)
    assert checkout.run("breakeven", "releases", "check", "base")[0] == 0
