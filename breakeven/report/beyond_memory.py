"""What was measured of data beyond memory, as tables: what fits, what spills, what fails, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.filesize import decimal

from breakeven.harness.results import Value, plain
from breakeven.report import sizes
from breakeven.report.grid import Grid
from breakeven.report.sizes import Recorded

MODULE = "beyond_memory"

#: What is told beside the time, and its column.
TOLD = {
    "track_peak_memory": "peak memory",
    "track_worker_memory": "of it workers",
    "track_spilled": "spilled",
    "track_read": "read",
}

SCORE = "track_score"

#: What stands before the strategy in the parameters, by class.
BEFORE = {"KMeansOnDisk": "data / memory", "KMeansFrom": "source", "Guide": ""}


def outcome(time: Value, spilled: Value) -> str:
    """Say how a fit ended.

    Parameters
    ----------
    time, spilled : Value
        In seconds; in bytes.

    Returns
    -------
    str
        "fits", "spills", "fails" or "skipped".
    """
    if time.state != "measured":
        return "fails" if time.state == "failed" else time.state
    return "spills" if spilled.state == "measured" and spilled.number > 0 else "fits"


def grids(recorded: Recorded) -> Iterator[Grid]:
    """Tell what is recorded of data beyond memory.

    Parameters
    ----------
    recorded : mapping
        As :meth:`breakeven.results.Store.recorded` gives it.

    Yields
    ------
    Grid
        One a class of benchmarks; none of those that are not recorded.
    """
    for name, values in recorded.items():
        module, _, rest = name.partition(".")
        owner, _, method = rest.partition(".")
        if module != MODULE or method != "time_fit":
            continue
        rows = []
        for parameters, time in values.items():
            of = {track: _value(recorded, f"{MODULE}.{owner}.{track}", parameters) for track in (*TOLD, SCORE)}
            told = (_size(of[track]) for track in TOLD)
            score = of[SCORE]
            rows.append(
                (
                    *(str(plain(p)) for p in parameters),
                    outcome(time, of["track_spilled"]),
                    sizes.seconds(time),
                    *told,
                    f"{score.number:.6g}" if score.state == "measured" else "",
                )
            )
        first = BEFORE.get(owner, "")
        head = (*((first,) if first else ()), "strategy", "outcome", "time", *TOLD.values(), "score")
        yield Grid(f"{MODULE}.{owner}", head, rows)


def _value(recorded: Recorded, name: str, parameters: tuple[str, ...]) -> Value:
    return recorded.get(name, {}).get(parameters, Value("skipped"))


def _size(value: Value) -> str:
    return decimal(round(value.number)) if value.state == "measured" else ""
