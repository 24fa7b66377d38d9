"""One virtual environment a stack: built once, shared by every command, never half-built."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.state import STATE
from breakeven.train import resolver, tracked

# Written last, so its absence means "not built" whatever else is there.
_READY = "breakeven-ready.json"


class BrokenStackError(BreakevenError):
    """The stack installs, but one of its packages does not import."""


def directory(pins: Mapping[str, str], python: str, state: Path = STATE, copy: str = "") -> Path:
    """Where the environment of a stack lives.

    Parameters
    ----------
    pins : mapping of str to str
        The stack.
    python : str
        Version of Python.
    state : Path
        Folder for what breakeven makes for itself.
    copy : str
        Names a second environment of the same pins.

    Returns
    -------
    Path
        The same for the same pins; the environment may not exist yet.
    """
    text = f"{python}\n{_harness()}\n{resolver.text_of(pins)}{copy}"
    # The real place: scripts in it name their interpreter, and a link may go.
    return (state / "envs" / hashlib.sha256(text.encode()).hexdigest()[:16]).resolve()


def ensure(pins: Mapping[str, str], python: str, state: Path = STATE, copy: str = "") -> Path:
    """Give the environment of a stack, building it if it does not exist.

    Parameters
    ----------
    pins : mapping of str to str
        The stack.
    python : str
        Version of Python.
    state : Path
        Folder for what breakeven makes for itself.
    copy : str
        Names a second environment of the same pins.

    Raises
    ------
    UvError
        A package cannot be had or does not install; the next call tries again.
    BrokenStackError
        It installs, but does not import; remembered.
    """
    path = directory(pins, python, state, copy)
    ready = path / _READY
    if not ready.exists():
        with _lock(path):
            if not ready.exists():  # another process may have built it while we waited
                resolver.create_environment(path, python, _installable(pins, state), [_harness()])
                files.write(ready, json.dumps({"broken": _import_failure(path, pins)}))
    reason = json.loads(ready.read_text())["broken"]
    if reason:
        raise BrokenStackError(reason)
    return path


def wheel_path(filename: str, digest: str, state: Path = STATE) -> Path:
    """Where a wheel that an override named is kept, by the SHA-256 of its content in hexadecimal."""
    return (state / "wheels" / digest[:16] / filename).absolute()


def _installable(pins: Mapping[str, str], state: Path) -> dict[str, str]:
    found = {}
    for name, pin in pins.items():
        if pin.startswith("@ wheel:"):
            digest, filename = pin.removeprefix("@ wheel:").split("/")
            place = wheel_path(filename, digest, state)
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
        os.set_inheritable(handle.fileno(), True)  # uv holds it too: it goes on writing if this process is killed
        yield


def _import_failure(path: Path, pins: Mapping[str, str]) -> str:
    for module in tracked.imports(pins):
        done = subprocess.run(
            [path / "bin" / "python", "-I", "-c", f"import {module}"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            return f"import {module}: {lines[-1]}".replace(str(path), "")
    return ""
