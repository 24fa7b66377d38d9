"""One virtual environment a stack: built once, shared by every command, never half-built."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.train import resolver
from breakeven.train.entries import IMPORTS

#: Everything that breakeven builds for itself, beside the checkout's own files.
WORKSHOP = Path(".breakeven")

# Written last, so its absence means "not built" whatever else is there.
_READY = "breakeven-ready.json"


class BrokenStackError(BreakevenError):
    """The stack installs, but one of its packages does not import."""


def directory(pins: Mapping[str, str], python: str, workshop: Path = WORKSHOP, copy: str = "") -> Path:
    """Where the environment of a stack lives.

    Parameters
    ----------
    pins : mapping of str to str
        The stack.
    python : str
        Version of Python.
    workshop : Path
        Folder for everything that breakeven builds.
    copy : str
        Names a second environment of the same pins.

    Returns
    -------
    Path
        The same for the same pins; the environment may not exist yet.
    """
    text = f"{python}\n{_harness()}\n{resolver.text_of(pins)}{copy}"
    return (workshop / "envs" / hashlib.sha256(text.encode()).hexdigest()[:16]).absolute()


def ensure(pins: Mapping[str, str], python: str, workshop: Path = WORKSHOP, copy: str = "") -> Path:
    """Give the environment of a stack, building it if it does not exist.

    Parameters
    ----------
    pins : mapping of str to str
        The stack.
    python : str
        Version of Python.
    workshop : Path
        Folder for everything that breakeven builds.
    copy : str
        Names a second environment of the same pins.

    Returns
    -------
    Path
        The environment.

    Raises
    ------
    UvError
        A package cannot be had or does not install; the next call tries again.
    BrokenStackError
        It installs, but does not import; remembered.
    """
    path = directory(pins, python, workshop, copy)
    ready = path / _READY
    if not ready.exists():
        with _lock(path):
            if not ready.exists():  # another process may have built it while we waited
                resolver.create_environment(path, python, _installable(pins, workshop), [_harness()])
                files.write(ready, json.dumps({"broken": _import_failure(path)}))
    reason = json.loads(ready.read_text())["broken"]
    if reason:
        raise BrokenStackError(reason)
    return path


def wheel_path(filename: str, digest: str, workshop: Path = WORKSHOP) -> Path:
    """Where a wheel that an override named is kept.

    Parameters
    ----------
    filename : str
        The wheel's file name.
    digest : str
        SHA-256 of its content, in hexadecimal.
    workshop : Path
        Folder for everything that breakeven builds.

    Returns
    -------
    Path
    """
    return (workshop / "wheels" / digest[:16] / filename).absolute()


def _installable(pins: Mapping[str, str], workshop: Path) -> dict[str, str]:
    found = {}
    for name, pin in pins.items():
        if pin.startswith("@ wheel:"):
            digest, filename = pin.removeprefix("@ wheel:").split("/")
            place = wheel_path(filename, digest, workshop)
            if not place.exists():
                raise BreakevenError(
                    f"The wheel {filename} of {name} is not on this machine: name it again as override"
                )
            found[name] = f"@ {place.as_uri()}"
        else:
            found[name] = pin
    return found


def _harness() -> str:
    # asv runs benchmarks through this package; it is no part of the release under test.
    return f"asv_runner=={version('asv_runner')}"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel releases it however the process ends
        yield


def _import_failure(path: Path) -> str:
    for module in IMPORTS:
        done = subprocess.run(
            [path / "bin" / "python", "-I", "-c", f"import {module}"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            return f"import {module}: {lines[-1]}".replace(str(path), "")
    return ""
