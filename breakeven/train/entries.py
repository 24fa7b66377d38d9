"""The release train as data: read and write ``releases.toml``, look releases up, tell what changed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import tomlkit
from packaging.version import Version

from breakeven import files, state
from breakeven.errors import BreakevenError, suggestion

#: The train that a clone has, or that the installed package brings.
RELEASES_FILE = state.SUITE / state.TRAIN_NAME

#: Where `breakeven releases update` keeps a longer one outside of a clone.
LONGER_FILE = state.STATE / "longer-train.toml"

HEADER = """\
The release train: a base set of pins, then one entry a release in date order.
`breakeven releases update` extends it; docs/releases.md explains the keys."""


@dataclass(frozen=True)
class Release:
    """One release of the stack.

    Attributes
    ----------
    name : str
        Tag name, ``scikit-learn-1.5.0``.
    date : datetime
        When it joined the train (UTC): the moment it was published, or, where the other
        packages did not yet allow it, the moment they did.
    pins : dict of str to str
        The full stack.
    changed : dict of str to str
        Pins of the released package itself.
    moved : dict of str to str
        Other pins that the resolver was forced to move with it.
    removed : tuple of str
        Packages that left the stack.
    published : datetime, optional
        When the package was published, where that was earlier than `date`.
    side : bool
        A backport: published when a newer version was out already, so it hangs beside the
        train on a branch of its own.
    note : str
        What a reader should know of this entry.
    broken : str
        Why it does not import; empty where it does.
    """

    name: str
    date: datetime
    pins: dict[str, str]
    changed: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    published: datetime | None = None
    side: bool = False
    note: str = ""
    broken: str = ""


@dataclass(frozen=True, order=True)
class Waiting:
    """A version that is published, but is in no stack yet.

    Attributes
    ----------
    published : datetime
        When.
    package, version : str
        What.
    needs_python : str
        The oldest Python that it installs on, where that is newer than the train's; empty where the other packages
        do not allow it.
    """

    published: datetime
    package: str
    version: str
    needs_python: str = ""

    @property
    def why(self) -> str:
        """The reason in words."""
        return f"needs Python {self.needs_python}" if self.needs_python else "the other packages do not allow it yet"

    def may_join(self, python: str) -> bool:
        """Whether it installs on this version of Python, so that only the other packages can keep it out."""
        return not self.needs_python or Version(self.needs_python) <= Version(python)


@dataclass(frozen=True)
class Train:
    """All releases in date order.

    Attributes
    ----------
    python : str
        Version of Python that the stacks are resolved for.
    releases : tuple of Release
        The base first.
    waiting : tuple of Waiting
        What may join later.
    """

    python: str
    releases: tuple[Release, ...]
    waiting: tuple[Waiting, ...] = ()

    @property
    def main(self) -> tuple[Release, ...]:
        """The releases on the main line, backports left out."""
        return tuple(r for r in self.releases if not r.side)

    @property
    def newest(self) -> Release:
        """The last release of the main line."""
        return self.main[-1]

    def find(self, name: str) -> Release:
        """Look a release up by its tag name.

        Parameters
        ----------
        name : str
            Tag name; ``oldest`` and ``newest`` stand for the ends of the main line, ``previous`` for the
            one before the newest.

        Raises
        ------
        BreakevenError
            No such release; the nearest names are suggested.
        """
        ends = {"oldest": self.main[0], "previous": self.main[-2:][0], "newest": self.newest}
        by_name = {r.name: r for r in self.releases} | ends
        if name not in by_name:
            raise BreakevenError(f"Unknown release '{name}'.{suggestion(name, by_name)}")
        return by_name[name]


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """Tell which pins differ between two stacks.

    Parameters
    ----------
    before, after : mapping of str to str
        Pins.

    Returns
    -------
    dict of str to tuple
        Package to (version before, version after), in name order; ``None`` where absent.
    """
    names = sorted(before.keys() | after.keys())
    return {n: (before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)}


def entry(name: str, date: datetime, before: Mapping[str, str], after: dict[str, str], changed: set[str]) -> Release:
    """Make the release that leads from one stack to the next.

    Parameters
    ----------
    name : str
        Tag name.
    date : datetime
        Date of the release.
    before, after : mapping of str to str
        The stacks.
    changed : set of str
        The packages that the release is of; every other difference counts as moved with it.
    """
    delta = difference(before, after)
    new = {n: v for n, (_, v) in delta.items() if v is not None}
    return Release(
        name=name,
        date=date,
        pins=after,
        changed={n: v for n, v in new.items() if n in changed},
        moved={n: v for n, v in new.items() if n not in changed},
        removed=tuple(n for n, (_, v) in delta.items() if v is None),
    )


def place(clone: bool = state.CLONE, brought: Path = RELEASES_FILE, longer: Path = LONGER_FILE) -> Path:
    """Say which file holds the train.

    Parameters
    ----------
    clone : bool
        Whether this runs in a clone.
    brought : Path
        The train of the clone, or of the installed package.
    longer : Path
        What an update has made of it outside of a clone.

    Returns
    -------
    Path
        In a clone its own; elsewhere the one with the newer release, as a newer package brings a longer train, too.
    """
    if clone or not longer.exists():
        return brought
    return max((longer, brought), key=lambda path: load(path).newest.date)


def load(path: Path | None = None) -> Train:
    """Read the train.

    Parameters
    ----------
    path : Path, optional
        The file; that of `place` by default.

    Raises
    ------
    BreakevenError
        The file is missing or damaged.
    """
    path = path or place()
    try:
        data = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise BreakevenError(f"No {path}") from None
    except tomllib.TOMLDecodeError as err:
        raise BreakevenError(f"{path} is not valid TOML: {err}") from None
    try:
        pins: dict[str, str] = dict(data["base"]["pins"])
        releases = [Release(data["base"]["name"], data["base"]["date"], dict(pins), changed=dict(pins))]
        for item in data.get("release", []):
            after = pins | item["changed"] | item.get("moved", {})
            after = {n: v for n, v in after.items() if n not in item.get("removed", [])}
            releases.append(
                Release(
                    name=item["name"],
                    date=item["date"],
                    pins=after,
                    changed=item["changed"],
                    moved=item.get("moved", {}),
                    removed=tuple(item.get("removed", ())),
                    published=item.get("published"),
                    side=item.get("side", False),
                    note=item.get("note", ""),
                    broken=item.get("broken", ""),
                )
            )
            if not releases[-1].side:
                pins = after
        waiting = tuple(Waiting(**item) for item in data.get("waiting", []))
        return Train(data["python"], tuple(releases), waiting)
    except (KeyError, TypeError) as err:
        raise BreakevenError(f"{path} lacks a key or has one of the wrong type: {err}") from None


def save(train: Train, path: Path = RELEASES_FILE if state.CLONE else LONGER_FILE) -> None:
    """Write the train, replacing the file in one step."""
    document = tomlkit.document()
    for line in HEADER.splitlines():
        document.add(tomlkit.comment(line))
    document.add("python", tomlkit.item(train.python))
    base, *rest = train.releases
    document.add("base", tomlkit.item({"name": base.name, "date": base.date, "pins": base.pins}))
    items = tomlkit.aot()
    for release in rest:
        items.append(_table(release))
    document.add("release", items)
    if train.waiting:
        held = tomlkit.aot()
        for item in train.waiting:
            held.append(tomlkit.item({key: value for key, value in vars(item).items() if value}))
        document.add("waiting", held)
    files.write(path, tomlkit.dumps(document))


def _table(release: Release) -> tomlkit.items.Table:
    table = tomlkit.table()
    table.add("name", release.name)
    table.add("date", release.date)
    if release.published is not None:
        table.add("published", release.published)
    if release.side:
        table.add("side", True)
    for key, pins in (("changed", release.changed), ("moved", release.moved)):
        if pins or key == "changed":
            inline = tomlkit.inline_table()
            inline.update(dict(sorted(pins.items())))
            table.add(key, inline)
    if release.removed:
        table.add("removed", list(release.removed))
    for key, text in (("note", release.note), ("broken", release.broken)):
        if text:
            table.add(key, text)
    return table
