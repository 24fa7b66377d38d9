"""Extend the train: find what was published since its last entry, and let each release join it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

from packaging.version import Version

from breakeven.train import environments, resolver
from breakeven.train.entries import TRACKED, Release, Train, Waiting, difference, entry

# distributed is the one to ask about: it appears a little after the dask of the same version that it needs.
_DATED = ("numpy", "scipy", "scikit-learn", "joblib", "distributed", "dask-ml")

# The other dependencies move on these days, so that an upgrade of theirs is never blamed on a tracked package.
_DEPENDENCY_MONTHS = (1, 7)

_DEPENDENCIES, _RETRY = "dependencies", "retry"
_AN_HOUR, _A_DAY = timedelta(hours=1), timedelta(days=1)

#: A package's newest version as of a number of whole hours since the epoch.
Lookup = Callable[[int], str | None]


def steps(newest: Lookup, low: int, high: int) -> Iterator[tuple[int, str]]:
    """Find every change of a step function by bisection.

    Parameters
    ----------
    newest : callable
        Version as of an hour; it must never return to a version it had left.
    low, high : int
        Hours since the epoch; changes after `low` up to `high` are found.

    Yields
    ------
    tuple of (int, str)
        First hour of a version, and the version, in order.
    """
    yield from _between(newest, low, newest(low), high, newest(high))


def _between(newest: Lookup, low: int, at_low: str | None, high: int, at_high: str | None) -> Iterator[tuple[int, str]]:
    if at_low == at_high:
        return
    if high - low == 1:
        if at_high is not None:
            yield high, at_high
        return
    middle = (low + high) // 2
    at_middle = newest(middle)
    yield from _between(newest, low, at_low, middle, at_middle)
    yield from _between(newest, middle, at_middle, high, at_high)


def published(package: str, python: str, since: datetime, until: datetime, seen: set[str]) -> dict[str, datetime]:
    """Find when each version of a package was published, with no other source than the resolver.

    Backports are found too: a series' own newest version is asked for as well as the package's.

    Parameters
    ----------
    package : str
        Name.
    python : str
        Version of Python it must install on.
    since, until : datetime
        Published after `since`, up to `until`; to the hour.
    seen : set of str
        Versions known before, whose series may have got a backport.

    Returns
    -------
    dict of str to datetime
        Version to date.
    """

    def lookup(requirement: str) -> Lookup:
        def newest(hour: int) -> str | None:
            when = datetime.fromtimestamp(hour * 3600, UTC)
            try:
                return resolver.resolve([requirement], python, when=when, dependencies=False)[package]
            except resolver.UvError as err:
                if "No solution found" in str(err):  # the series did not exist yet
                    return None
                raise

        return newest

    low, high = int(since.timestamp()) // 3600, int(until.timestamp()) // 3600
    found = {v: hour for hour, v in steps(lookup(package), low, high)}
    series = {_series(v) for v in [*found, *seen]}
    for prefix in sorted(series):
        of_series = lookup(f"{package}=={prefix}.*")
        last = of_series(high)
        if last is not None and last not in found and last not in seen:
            found |= {v: hour for hour, v in steps(of_series, low, high) if v not in found}
    return {v: datetime.fromtimestamp(hour * 3600, UTC) for v, hour in found.items()}


def _series(v: str) -> str:
    return ".".join(v.split(".")[:2])


def extend(train: Train, until: datetime, report: Callable[[str], None]) -> Iterator[Train]:
    """Let everything published since the train's last entry join it.

    Parameters
    ----------
    train : Train
        The train so far.
    until : datetime
        Usually now.
    report : callable
        Told what happens, a line at a time.

    Yields
    ------
    Train
        After each new entry, so that the caller can save it: the work is lost by no interruption.
    """
    since = max([r.published or r.date for r in train.releases] + [w.published for w in train.waiting])
    known = {(p, v) for r in train.releases for p, v in r.changed.items()}
    known |= {(w.package, w.version) for w in train.waiting}
    with ThreadPoolExecutor(len(_DATED)) as pool:
        # An hour back: of two releases of one hour, an interruption may have kept one.
        seen = {p: {v for package, v in known if package == p} for p in _DATED}
        dates = pool.map(lambda p: published(p, train.python, since - _AN_HOUR, until, seen[p]), _DATED)
        events = [
            (when, package, v)
            for package, found in zip(_DATED, dates, strict=True)
            for v, when in found.items()
            if (package, v) not in known
        ]
    report(f"{len(events)} releases published since {since:%Y-%m-%d}")
    queue = sorted(
        events + [(when, _DEPENDENCIES, "") for when in _dependency_days(since, until)] + [(until, _RETRY, "")]
    )
    while queue:
        when, package, v = heappop(queue)
        # What waits goes first: numpy 2.2.0, once numba allows it, joins before the 2.2.1 of that day.
        refused: set[tuple[str, str]] = set()
        for held in train.waiting:
            series = (held.package, _series(held.version))
            if series in refused:  # what stops a series' oldest stops its others
                continue
            late = _join(train, held.package, held.version, when)
            if late is None:
                refused.add(series)
            else:
                train = replace(train, waiting=tuple(w for w in train.waiting if w != held))
                train = _append(train, replace(late, published=held.published), report)
                yield train
        if package == _RETRY:
            continue
        joined = _dependencies(train, when) if package == _DEPENDENCIES else _join(train, package, v, when)
        if joined is not None:
            train = _append(train, joined, report)
            yield train
        elif package != _DEPENDENCIES:
            report(f"{when:%Y-%m-%d}  {package} {v} waits: the other packages do not allow it yet")
            train = replace(train, waiting=(*train.waiting, Waiting(when, package, v)))
            yield train
            # Often only the other half of a release is missing and there an hour later.
            if when + _A_DAY <= until:
                heappush(queue, (when + _A_DAY, _RETRY, ""))
    last = _dependencies(train, until)
    if last is not None:
        yield _append(train, last, report)


def _dependency_days(since: datetime, until: datetime) -> Iterator[datetime]:
    for year in range(since.year, until.year + 1):
        for month in _DEPENDENCY_MONTHS:
            day = datetime(year, month, 1, tzinfo=UTC)
            if since < day <= until:
                yield day


def _append(train: Train, release: Release, report: Callable[[str], None]) -> Train:
    checked = _import_or_move(train, release)
    state = f"broken: {checked.broken}" if checked.broken else checked.note or "imports"
    moved = f" (moves {', '.join(checked.moved)})" if checked.moved else ""
    report(f"{checked.date:%Y-%m-%d}  {checked.name}{moved}: {state}")
    return replace(train, releases=(*train.releases, checked))


def roots(pins: Mapping[str, str], fixed: Mapping[str, str]) -> list[str]:
    """The requirements that every stack is resolved from.

    Parameters
    ----------
    pins : mapping of str to str
        The stack before, which tells whether setuptools must be held.
    fixed : mapping of str to str
        Tracked packages that must have a certain version.

    Returns
    -------
    list of str
        PEP 508 requirements.
    """
    asked = [f"{p}=={fixed[p]}" if p in fixed else p for p in TRACKED]
    # dask-ml up to 2024.4.4 and dask-glm up to 0.3.2 import pkg_resources, which newer setuptools lack.
    if Version(pins.get("dask-ml", "0")) < Version("2025") or Version(pins.get("dask-glm", "0")) < Version("0.4"):
        asked.append("setuptools<80")
    return asked


def _resolve(
    before: Mapping[str, str], fixed: Mapping[str, str], keep: Mapping[str, str], python: str, when: datetime
) -> dict[str, str]:
    after = resolver.resolve(roots(before, fixed), python, when=when, preferences=keep)
    if len(roots(after, fixed)) < len(roots(before, fixed)):  # the move itself made setuptools superfluous
        after = resolver.resolve(roots(after, fixed), python, when=when, preferences=after)
    return after


def _join(train: Train, package: str, v: str, when: datetime) -> Release | None:
    before = train.newest.pins
    own = {"dask", "distributed"} if package == "distributed" else {package}
    fixed = dict.fromkeys(own, v)
    name = f"{'dask' if package == 'distributed' else package}-{v}"
    side = Version(v) < Version(before[package])
    try:
        after = _resolve(before, fixed, before, train.python, when)
    except resolver.UvError as err:
        if "No solution found" in str(err):
            return None
        raise
    if any(Version(after[p]) < Version(before[p]) for p in TRACKED if p not in own):
        return None  # an upgrade that takes another tracked package back is none: wait for a stack that allows it
    return replace(entry(name, when, before, after, own), side=side)


def _dependencies(train: Train, when: datetime) -> Release | None:
    before = train.newest.pins
    tracked = {p: before[p] for p in TRACKED}
    after = _resolve(before, tracked, {}, train.python, when)
    if not difference(before, after):
        return None
    return entry(f"dependencies-{when:%Y-%m-%d}", when, before, after, set(before) | set(after))


def _import_or_move(train: Train, release: Release) -> Release:
    reason = check(release, train.python)
    if not reason:
        return release
    before = train.newest.pins
    tracked = {p: release.pins[p] for p in TRACKED}
    after = _resolve(release.pins, tracked, {}, train.python, release.date)
    moved = replace(
        entry(release.name, release.date, before, after, set(release.changed)),
        published=release.published,
        side=release.side,
        note=f"The other dependencies moved to what was current that day; without that: {reason}",
    )
    if after != release.pins and not check(moved, train.python):
        return moved
    return replace(release, broken=reason)


def check(release: Release, python: str) -> str:
    """Install a release and import its packages.

    Parameters
    ----------
    release : Release
        The release.
    python : str
        Version of Python.

    Returns
    -------
    str
        Why it does not import; empty where it does.

    Raises
    ------
    UvError
        It could not be installed at all.
    """
    try:
        environments.ensure(release.pins, python)
    except environments.BrokenStackError as err:
        return str(err)
    return ""
