"""A release with something changed on top: another version, a wheel, a source folder, a VCS address."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from packaging.utils import canonicalize_name, parse_wheel_filename

from breakeven.errors import BreakevenError
from breakeven.state import STATE
from breakeven.train import repository, resolver, tracked
from breakeven.train.entries import Release, Train, entry
from breakeven.train.environments import wheel_path

#: Characters of a tag; the rest of a longer one is told by a hash.
LONGEST = 150


def resolve(train: Train, spec: str, state: Path = STATE, laid_over: Sequence[str] = ()) -> Release:
    """Give the release that a specification names, committing its overrides if it has any.

    Parameters
    ----------
    train : Train
        The releases.
    spec : str
        ``RELEASE`` or ``RELEASE + OVERRIDE + ...``; an override is a PEP 508 requirement
        (``joblib==1.4.0``), the path of a wheel or of a source folder, or a VCS address.
    state : Path
        Folder for what breakeven makes for itself.
    laid_over : sequence of str
        Packages that no stack holds, by name: each becomes an override, in the version that was newest on the day of
        the release and goes with its tracked packages.

    Returns
    -------
    Release
        Its name is a tag of the train repository, for use with every asv command.

    Raises
    ------
    BreakevenError
        The release is unknown, an override cannot be read, or nothing satisfies all of it.
    """
    name, *changes = (part.strip() for part in re.split(r"\s+\+\s+|\s+\+(?=\S)", spec.strip()))
    base = train.find(name)
    path = repository.build(train, state)
    if not (changes or laid_over):
        return base
    asked, preferred = [_requirement(change, state) for change in changes], base.pins
    if laid_over:
        preferred = base.pins | _of_the_day(laid_over, base, train.python)
        asked += [f"{name}=={preferred[str(canonicalize_name(name))]}" for name in laid_over]
    own = {str(canonicalize_name(re.split(r"[ =<>~!\[@]", a, maxsplit=1)[0])) for a in asked}
    kept = [r for r in tracked.requirements(base.pins, {}) if r not in own]
    pins = resolver.resolve([*kept, *asked], train.python, preferences=preferred)
    # What the release held beside what is asked for (a pinned setuptools, say) stays.
    pins = base.pins | {n: _frozen(n, v, state) for n, v in pins.items()}
    release = entry(_tag(base.name, own, pins), repository.after(base.date), base.pins, pins, own)
    repository.commit(path, base.name, release)
    return release


def _of_the_day(names: Sequence[str], base: Release, python: str) -> dict[str, str]:
    """Give what packages, and what they depend on, were when a release joined the train, beside its tracked ones."""
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise BreakevenError(f"'{name}' is not the name of a package: give others as overrides, after ` + `")
        if canonicalize_name(name) in base.pins:
            raise BreakevenError(f"{base.name} holds {name} already")
    fixed = {name: base.pins[name] for name in tracked.names(base.pins)}
    asked = [*tracked.requirements(base.pins, fixed), *names]
    return resolver.resolve(asked, python, when=base.date, preferences=base.pins)


def _requirement(change: str, state: Path) -> str:
    path = Path(change).expanduser()
    if change.endswith(".whl"):
        if not path.is_file():
            raise BreakevenError(f"No wheel at {change}")
        return _stored(path, state)
    if path.is_dir():
        return _stored(_built(path, state), state)
    if change.startswith(("git+", "hg+", "svn+", "bzr+")) or re.match(
        r"[A-Za-z0-9._-]+(\[.*\])?\s*(@|[=<>~!])", change
    ):
        return change
    raise BreakevenError(
        f"Cannot read the override '{change}': give a requirement such as joblib==1.4.0, "
        "the path of a wheel or of a source folder, or NAME @ git+ADDRESS"
    )


def _built(folder: Path, state: Path) -> Path:
    """Freeze a source folder as a wheel, so that a later edit cannot change what was measured."""
    state.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(dir=state, prefix="wheel-"))
    command = [resolver.UV, "build", "--quiet", "--wheel", "--out-dir", str(target), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(target.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        reason = (done.stderr.strip().splitlines() or ["no wheel came out"])[-1]
        raise BreakevenError(f"{folder} does not build: {reason}")
    return wheels[0]


def _stored(wheel: Path, state: Path) -> str:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    place = wheel_path(wheel.name, digest, state)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(wheel, place)
    return f"{parse_wheel_filename(wheel.name)[0]} @ {place.as_uri()}"


def _frozen(name: str, pin: str, state: Path) -> str:
    """Write a stored wheel without this machine's path, so that its commit is the same everywhere."""
    stored = (state / "wheels").absolute().as_uri()
    if pin.startswith(f"@ {stored}"):
        digest, filename = pin.removeprefix(f"@ {stored}/").split("/")
        return f"@ wheel:{digest}/{unquote(filename)}"
    return pin


def _tag(base: str, own: set[str], pins: Mapping[str, str]) -> str:
    parts = [base]
    for name in sorted(own):
        pin = pins[name]
        if pin.startswith("@ wheel:"):
            digest, filename = pin.removeprefix("@ wheel:").split("/")
            pin = f"{parse_wheel_filename(filename)[1]}-{digest[:8]}"
        elif pin.startswith("@ "):
            pin = pin.rsplit("@", 1)[-1][:12]
        parts.append(f"{name}-{pin}")
    tag = re.sub(r"[^A-Za-z0-9.+_-]", "-", "+".join(parts))
    # git keeps a tag as a file
    return tag if len(tag) <= LONGEST else f"{tag[:LONGEST]}-{hashlib.sha256(tag.encode()).hexdigest()[:8]}"
