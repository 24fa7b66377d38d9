"""Extend the train: find what was published since its last entry, and let each release join it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush

from packaging.version import Version

from breakeven.train import environments, publication, resolver, tracked
from breakeven.train.entries import Release, Train, Waiting, difference, entry

# The other dependencies move on these days, so that an upgrade of theirs is never blamed on a tracked package.
_DEPENDENCY_MONTHS = (1, 7)

_DEPENDENCIES, _RETRY = "dependencies", "retry"
_A_DAY = timedelta(days=1)


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
        After each change, so that the caller can save it: the work is lost by no interruption.
    """
    since = publication.last_known(train)
    new = publication.unknown(train, until)
    events, ahead = [w for w in new if not w.needs_python], [w for w in new if w.needs_python]
    report(f"{len(events)} releases published since {since:%Y-%m-%d}")
    for held in ahead:
        report(f"{held.published:%Y-%m-%d}  {held.package} {held.version} waits: {held.why}")
    if ahead:
        train = with_waiting(train, ahead)
        yield train
    # Wheels for the train's Python may come later than those for a newer one.
    here = {(e.package, e.version) for e in events}
    train = replace(train, waiting=tuple(w for w in train.waiting if (w.package, w.version) not in here))
    queue = [(e.published, e.package, e.version) for e in events]
    queue += [(when, _DEPENDENCIES, "") for when in _dependency_days(since, until)] + [(until, _RETRY, "")]
    heapify(queue)
    while queue:
        when, package, v = heappop(queue)
        # What waits goes first: numpy 2.2.0, once numba allows it, joins before the 2.2.1 of that day.
        refused: set[tuple[str, str]] = set()
        for held in train.waiting:
            series = (held.package, publication.series(held.version))
            if series in refused or not held.may_join(train.python):  # what stops a series' oldest stops its others
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
            held = Waiting(when, package, v)
            report(f"{when:%Y-%m-%d}  {package} {v} waits: {held.why}")
            train = with_waiting(train, [held])
            yield train
            # Often only the other half of a release is missing and there an hour later.
            if when + _A_DAY <= until:
                heappush(queue, (when + _A_DAY, _RETRY, ""))
    last = _dependencies(train, until)
    # Every night some dependency has moved; what no measurement loads is no news.
    if last is not None and {*last.changed, *last.removed} & {*tracked.LOADED}:
        yield _append(train, last, report)


def with_waiting(train: Train, new: Iterable[Waiting]) -> Train:
    """Let versions wait, in order of date beside those that do."""
    return replace(train, waiting=tuple(sorted({*train.waiting, *new})))


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


def _resolve(
    before: Mapping[str, str], fixed: Mapping[str, str], keep: Mapping[str, str], python: str, when: datetime
) -> dict[str, str]:
    asked = tracked.requirements(before, fixed)
    after = resolver.resolve(asked, python, when=when, preferences=keep)
    again = tracked.requirements(after, fixed)
    if len(again) < len(asked):  # the move itself made setuptools superfluous
        after = resolver.resolve(again, python, when=when, preferences=after)
    return after


def _join(train: Train, package: str, v: str, when: datetime) -> Release | None:
    before = train.newest.pins
    partner = tracked.released_with(package)
    own = {package, partner} if partner else {package}
    side = package in before and Version(v) < Version(before[package])
    try:
        after = _resolve(before, dict.fromkeys(own, v), before, train.python, when)
    except resolver.NoSolutionError:
        return None
    if any(Version(after[p]) < Version(before[p]) for p in tracked.names(before) if p not in own):
        return None  # an upgrade that takes another tracked package back is none: wait for a stack that allows it
    return replace(entry(f"{partner or package}-{v}", when, before, after, own), side=side)


def _dependencies(train: Train, when: datetime) -> Release | None:
    before = train.newest.pins
    fixed = {p: before[p] for p in tracked.names(before)}
    after = _resolve(before, fixed, {}, train.python, when)
    if not difference(before, after):
        return None
    return entry(f"dependencies-{when:%Y-%m-%d}", when, before, after, set(before) | set(after))


def _import_or_move(train: Train, release: Release) -> Release:
    reason = check(release, train.python)
    if not reason:
        return release
    before = train.newest.pins
    fixed = {p: release.pins[p] for p in tracked.names(release.pins)}
    after = _resolve(release.pins, fixed, {}, train.python, release.date)
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
