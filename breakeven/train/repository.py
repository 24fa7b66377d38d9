"""The release train as a git repository: each release a commit, built on demand from the data."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from breakeven.errors import BreakevenError
from breakeven.state import STATE
from breakeven.train import resolver
from breakeven.train.entries import Release, Train

BRANCH = "main"
_WHO = "breakeven <breakeven@localhost>"
_FORMAT = "1"  # raise when the same data shall give other commits


def build(train: Train, state: Path = STATE) -> Path:
    """Write the train as commits, unless that has been done.

    Author, dates and content come from the data alone, so the hashes are the same everywhere.

    Parameters
    ----------
    train : Train
        The releases.
    state : Path
        Folder for what breakeven makes for itself.

    Returns
    -------
    Path
        A bare git repository; branch ``main`` is the main line, a tag names each release.
    """
    path = (state / "train.git").absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    script = _script(train)
    stamp, content = path / "breakeven-stamp", hashlib.sha256(script.encode()).hexdigest()
    with open(path.with_suffix(".lock"), "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == content):
            _git(None, "init", "--quiet", "--bare", "--object-format=sha1", f"--initial-branch={BRANCH}", str(path))
            _git(path, "fast-import", "--quiet", "--force", stdin=script)
            stamp.write_text(content)  # last, so that an interrupted build is done again
    return path


def commit(path: Path, parent: str, release: Release) -> str:
    """Add one commit beside the train, for a release with overrides.

    Parameters
    ----------
    path : Path
        The repository.
    parent : str
        Tag of the release below.
    release : Release
        What to add; its name becomes a tag.

    Returns
    -------
    str
        Hash of the commit.
    """
    below = _git(path, "rev-parse", f"refs/tags/{parent}").strip()
    lines = _commit_lines(f"refs/tags/{release.name}", release, mark=None, parent=below)
    _git(path, "fast-import", "--quiet", "--force", stdin="\n".join(lines) + "\n")
    return _git(path, "rev-parse", f"refs/tags/{release.name}").strip()


def pins(path: Path, name: str) -> dict[str, str]:
    """Read the stack of a commit, named by its hash or a tag."""
    return resolver.pins_of(_git(path, "show", f"{name}:requirements.txt"))


def tags(path: Path) -> dict[str, str]:
    """Read the hash of the commit that each tag names, overrides included."""
    listed = _git(path, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/tags")
    return dict(line.split(" ") for line in listed.splitlines())


def _git(path: Path | None, *args: str, stdin: str | None = None) -> str:
    where = ["-C", str(path)] if path else []
    try:
        done = subprocess.run(["git", *where, *args], input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BreakevenError("There is no git here, which keeps the release train") from None
    if done.returncode != 0:
        # after its reason, fast-import says where it has put a crash report
        reasons = [line for line in done.stderr.splitlines() if line.startswith("fatal: ")]
        reason = (reasons or done.stderr.splitlines() or [f"exit status {done.returncode}"])[0]
        raise BreakevenError(f"git {args[0]} failed for {path}: {reason.removeprefix('fatal: ')}")
    return done.stdout


def _script(train: Train) -> str:
    lines: list[str] = []
    tip = None
    for mark, release in enumerate(train.releases, start=1):
        parent = f":{tip}" if tip else None
        # A backport is a branch of its own, held by its tag alone.
        ref = f"refs/tags/{release.name}" if release.side else f"refs/heads/{BRANCH}"
        lines += _commit_lines(ref, release, mark, parent)
        if not release.side:
            lines += [f"reset refs/tags/{release.name}", f"from :{mark}", ""]
            tip = mark
    lines.append("done")
    return f"# format {_FORMAT}\n" + "\n".join(lines) + "\n"


def _commit_lines(ref: str, release: Release, mark: int | None, parent: str | None) -> list[str]:
    when = f"{int(release.date.timestamp())} +0000"
    content, message = resolver.text_of(release.pins), _message(release)
    lines = [f"commit {ref}"]
    if mark is not None:
        lines.append(f"mark :{mark}")
    lines += [f"author {_WHO} {when}", f"committer {_WHO} {when}", f"data {len(message.encode())}", message]
    if parent is not None:
        lines.append(f"from {parent}")
    return [*lines, "M 100644 inline requirements.txt", f"data {len(content.encode())}", content, ""]


def _message(release: Release) -> str:
    # What is found out later (broken, note) stays out: it must not change the hashes of what follows.
    body = [f"{n} {v}" for n, v in sorted(release.changed.items())] if len(release.changed) < 9 else []
    body += [f"moved: {n} {v}" for n, v in sorted(release.moved.items())]
    body += [f"removed: {n}" for n in release.removed]
    return release.name + ("\n\n" + "\n".join(body) if body else "")


def after(date: datetime) -> datetime:
    """Give the date of a commit that must sort right after one of this date."""
    return date + timedelta(seconds=1)
