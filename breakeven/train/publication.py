"""When each version of a package was published, and on which Python it installs, with no other source than uv."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from packaging.version import Version

from breakeven.train import resolver, tracked
from breakeven.train.entries import Train, Waiting

#: How many minor versions of Python after the train's are asked: one comes a year, and packages drop those of 3 years.
PYTHONS_AHEAD = 4

_AN_HOUR = timedelta(hours=1)

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
    hour : int
        First hour of a version, in order.
    version : str
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


def published(
    package: str, python: str, since: datetime, until: datetime, seen: Collection[str], above: str = ""
) -> dict[str, datetime]:
    """Find the versions of a package that were published within a time.

    Backports are found too: a series' own newest version is asked for as well as the package's.

    Parameters
    ----------
    package : str
        Name.
    python : str
        Version of Python it must install on.
    since, until : datetime
        Published after `since`, up to `until`; to the hour.
    seen : collection of str
        Versions known before, whose series may have got a backport.
    above : str
        Apart from backports, only versions newer than this one count.

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
            except resolver.NoSolutionError:  # there was no such version yet
                return None

        return newest

    low, high = int(since.timestamp()) // 3600, int(until.timestamp()) // 3600
    found = {v: hour for hour, v in steps(lookup(f"{package}>{above}" if above else package), low, high)}
    for prefix in sorted({series(v) for v in [*found, *seen]}):
        of_series = lookup(f"{package}=={prefix}.*")
        last = of_series(high)
        if last is not None and last not in found and last not in seen:
            found |= {v: hour for hour, v in steps(of_series, low, high) if v not in found}
    return {v: datetime.fromtimestamp(hour * 3600, UTC) for v, hour in found.items()}


def series(v: str) -> str:
    """Give the first two numbers of a version, which its backports share."""
    return ".".join(v.split(".")[:2])


def unknown(train: Train, until: datetime) -> list[Waiting]:
    """Find the versions of tracked packages that the train does not know yet.

    Parameters
    ----------
    train : Train
        The train so far.
    until : datetime
        Usually now.

    Returns
    -------
    list of Waiting
        Those for the train's Python that were published since its last entry, and those that need a newer one and
        have a higher number than all others.
    """
    dated = tracked.dated()
    with ThreadPoolExecutor(len(dated)) as pool:
        return [w for found in pool.map(lambda package: _unknown(train, package, until), dated) for w in found]


def _unknown(train: Train, package: str, until: datetime) -> list[Waiting]:
    held = [w for w in train.waiting if w.package == package]
    known = {r.pins[package] for r in train.releases if package in r.pins}
    known |= {w.version for w in held if w.may_join(train.python)}
    # An hour back: of two releases of one hour, an interruption may have kept one.
    since = last_known(train) - _AN_HOUR
    dates = published(package, train.python, since, until, known)
    found = [Waiting(when, package, v) for v, when in dates.items() if v not in known]
    ahead = {w.version for w in held if not w.may_join(train.python)}
    # A newer Python has the train's own versions too, hence only what is above them. The last entry may be later.
    start = train.releases[0].date if known else since
    for python in _later(train.python):
        told = known | ahead | {w.version for w in found}
        dates = published(package, python, start, until, ahead, above=max(told, key=Version, default=""))
        new = [Waiting(when, package, v, python) for v, when in dates.items() if v not in told]
        ahead |= {w.version for w in new}
        found += new
    return found


def last_known(train: Train) -> datetime:
    """Give the moment up to which the train knows everything for its own Python."""
    waiting = [w.published for w in train.waiting if w.may_join(train.python)]
    return max([r.published or r.date for r in train.releases] + waiting)


def _later(python: str) -> list[str]:
    major, minor = map(int, python.split(".")[:2])
    return [f"{major}.{minor + n}" for n in range(1, PYTHONS_AHEAD + 1)]
