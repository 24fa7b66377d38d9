"""Calls to uv: resolve a set of pins as of a moment, create an environment from pins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from packaging.utils import canonicalize_name
from uv import find_uv_bin

from breakeven.errors import BreakevenError

#: Found once, here, because finding it is not safe in threads.
UV = os.fsdecode(find_uv_bin())


class UvError(BreakevenError):
    """uv refused; the message is the first cause that uv names."""


class NoSolutionError(UvError):
    """Nothing that is published satisfies the requirements."""


def _run(args: list[str], stdin: str | None = None) -> str:
    command = [UV, *args]
    # An activated environment must not leak into what is resolved or installed.
    env = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    # it inherits what is marked as inheritable: the lock of the environment that it builds
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=env, check=False, close_fds=False)
    if done.returncode != 0:
        cause = _first_cause(done.stderr)
        raise NoSolutionError(cause) if "No solution found" in cause else UvError(cause)
    return done.stdout


def _first_cause(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    causes = [line for line in lines if line.lower().startswith(("cause:", "caused by:"))]
    errors = [line for line in lines if line.lower().startswith("error:")]
    # what a build backend has said, after which uv may give a hint
    backend = lines[lines.index("[stderr]") + 1 :] if "[stderr]" in lines else []
    backend = [line for line in backend if not line.lower().startswith("hint:")]
    chosen = (errors[:1] + causes[-1:] + backend[-1:]) or lines[:1] or ["uv failed without a message"]
    return " ".join(chosen)


def pins_of(text: str) -> dict[str, str]:
    """Read pins from a requirements text.

    Parameters
    ----------
    text : str
        Lines ``name==version`` or ``name @ address``; blank lines and comments are passed over.

    Returns
    -------
    dict of str to str
        Normalised name to version, or to ``@ address`` for a direct reference.
    """
    pins = {}
    for raw in text.splitlines():
        line = raw.split(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        if " @ " in line:
            name, address = line.split(" @ ", 1)
            pins[str(canonicalize_name(name.split("[")[0]))] = f"@ {address.strip()}"
        else:
            name, version = line.split("==", 1)
            pins[str(canonicalize_name(name.split("[")[0]))] = version.split(";")[0].strip()
    return pins


def text_of(pins: Mapping[str, str]) -> str:
    """Write pins, as `pins_of` gives them, as a requirements text: one line each, in name order."""
    lines = (f"{name} {v}" if v.startswith("@ ") else f"{name}=={v}" for name, v in sorted(pins.items()))
    return "".join(f"{line}\n" for line in lines)


def resolve(
    requirements: Iterable[str],
    python: str,
    *,
    when: datetime | None = None,
    preferences: Mapping[str, str] | None = None,
    dependencies: bool = True,
) -> dict[str, str]:
    """Resolve requirements to pins, as the package index stood at a moment.

    Parameters
    ----------
    requirements : iterable of str
        PEP 508 requirements.
    python : str
        Version of Python, ``"3.11"``.
    when : datetime, optional
        Only what was published before this moment is considered (uv's ``--exclude-newer``).
    preferences : mapping of str to str, optional
        Pins to keep wherever the requirements allow it.
    dependencies : bool
        Whether to follow dependencies.

    Returns
    -------
    dict of str to str
        Name to version.

    Raises
    ------
    NoSolutionError
        Nothing satisfies the requirements.
    UvError
        The index cannot be reached.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, output = Path(folder, "asked.in"), Path(folder, "pins.txt")
        asked.write_text("".join(f"{r}\n" for r in requirements))
        # uv keeps the versions that its output file already holds unless it must move them.
        output.write_text(text_of(preferences or {}))
        args = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version", python]
        # uv's default takes a pre-release where no release fits: numba 0.63.0b1 under numpy 2.4.1, which
        # it only seemed to allow.
        args += ["--prerelease", "explicit"]
        if when is not None:
            # Wheels only: a release that must be compiled does not "install on Python 3.11".
            args += ["--only-binary", ":all:", "--exclude-newer", when.strftime("%Y-%m-%dT%H:%M:%SZ")]
            # Nothing is built then, so any Python will do; uv takes seconds to look for one that is not there.
            args += ["--python", sys.executable]
        if not dependencies:
            args.append("--no-deps")
        _run([*args, str(asked), "--output-file", str(output)])
        return pins_of(output.read_text())


def create_environment(path: Path, python: str, pins: Mapping[str, str], extra: Iterable[str]) -> None:
    """Create a virtual environment that holds exactly the given pins.

    Parameters
    ----------
    path : Path
        Where; an existing environment is replaced.
    python : str
        Version of Python.
    pins : mapping of str to str
        Complete set of pins; installed without resolving.
    extra : iterable of str
        Requirements of the harness, installed without their dependencies.

    Raises
    ------
    UvError
        A package cannot be had or does not install.
    """
    # uv itself clears nothing that is not a whole environment, such as what a full disk has left of one
    shutil.rmtree(path, ignore_errors=True)
    try:
        _run(["venv", "--quiet", "--no-project", "--python", python, str(path)])
        with tempfile.TemporaryDirectory() as folder:
            requirements = Path(folder, "requirements.txt")
            requirements.write_text(text_of(pins) + "".join(f"{line}\n" for line in extra))
            # Compiled bytecode: without it each process of a benchmark pays seconds of imports.
            install = ["pip", "install", "--quiet", "--no-deps", "--compile-bytecode"]
            _run([*install, "--python", str(path), "-r", str(requirements)])
    except UvError:
        shutil.rmtree(path, ignore_errors=True)  # the disk may be full
        raise
