"""A record's file: append-only, one line an event, each line compressed by itself, so that a kill costs one line.

``gzip -cd FILE`` shows the lines. Each is a JSON object with one key that says what it is:

``record``
    The first line: ``format``, and what was asked: the fields of `Record` but those that follow.
``arms``
    More arms: name to `Stack`.
``cases``
    More cases, or cases that have more arms now: a list of `Case`.
``guess``
    What is thought of a case's noise before its first round: ``label``, ``scale`` and ``spread`` of `Guess`.
``process``
    One fresh process: the fields of `Measured`, with those of its `Reading` and of its `Course`.
``budget``
    Seconds that it may take in all from now on.
``finished``
    Whether the rounds came to their own end.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from breakeven import lines
from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import old_records
from breakeven.harness.accepted import Accepted
from breakeven.harness.reading import Course, Reading
from breakeven.harness.record import Case, Measured, Record, Stack
from breakeven.harness.room import Need
from breakeven.statistics.sequential import Guess

#: Format of the lines. Older ones are read by `breakeven.harness.old_records`.
FORMAT = 4

#: Fields of `Record` that have lines of their own, or are not kept.
_OWN_LINES = ("measured", "guesses", "finished", "torn")


class RecordFile:
    """Where a record is kept while it grows.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, record: Record) -> None:
        """Write the record as it is, in place of what was there.

        Parameters
        ----------
        record : Record
            With what it has measured already.
        """
        lines.write(self.path, _lines(record), append=False)

    def processes(self, measured: Iterable[Measured]) -> list[Measured]:
        """Add processes, and give them with the digits that are kept, so that what is said of them stays the same."""
        return [_measured(kept["process"]) for kept in self._add(*({"process": asdict(m)} for m in measured))]

    def guess(self, label: str, guess: Guess) -> Guess:
        """Add what is thought of a case's noise, and give it with the digits that are kept."""
        (kept,) = self._add({"guess": {"label": label, **asdict(guess)}})
        return _guess(kept["guess"])

    def arms(self, arms: Mapping[str, Stack]) -> None:
        """Add arms."""
        self._add({"arms": {name: asdict(stack) for name, stack in arms.items()}})

    def cases(self, cases: Iterable[Case]) -> None:
        """Add cases, or replace those of the same name."""
        self._add({"cases": [asdict(c) for c in cases]})

    def budget(self, seconds: float) -> None:
        """Let it go on."""
        self._add({"budget": seconds}, {"finished": False})

    def finished(self) -> None:
        """Say that the rounds came to their own end."""
        self._add({"finished": True})

    def _add(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        return lines.write(self.path, events)


def load(path: Path) -> Record:
    """Read a record.

    Parameters
    ----------
    path : Path
        The file; a last line that a kill or a full disk has torn is dropped, and ``torn`` says so.

    Returns
    -------
    Record

    Raises
    ------
    BreakevenError
        There is no such file, or it is not a record.
    """
    return _read(path)[0]


def resumed(path: Path, new: Record, growing: bool = False) -> Record | None:
    """Read what the same rounds have measured before, ready for more: a torn last line is cut off.

    Parameters
    ----------
    path : Path
        The file.
    new : Record
        What is about to begin.
    growing : bool
        Whether arms and cases are added as they are needed, so that they may differ.

    Returns
    -------
    Record or None
        None if there is no file.

    Raises
    ------
    BreakevenError
        The file is damaged, or of another gate.
    """
    if not path.exists():
        return None
    old, end = _read(path)
    if old.question(growing) != new.question(growing):
        raise BreakevenError(f"{path} holds another gate: give it another name, or remove it", USAGE)
    if end is None:
        RecordFile(path).begin(old)
    elif old.torn:
        os.truncate(path, end)
    return old


def _read(path: Path) -> tuple[Record, int | None]:
    """Read a record, and say where its last whole line ends; None of an old format, which is written anew."""
    try:
        data = path.read_bytes()
        if data[:1] == b"{":
            events: Iterable[Any]
            events, end, torn = old_records.lines(json.loads(data)), None, False
        else:
            events, end = lines.read(data)
            torn = end < len(data)
            if events and events[0]["record"]["format"] == old_records.FORMAT:
                events, end = old_records.renamed(events), None
        record = _folded(events)
    except FileNotFoundError:
        raise BreakevenError(f"No {path}") from None
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, OSError, zlib.error) as err:
        raise BreakevenError(f"{path} is not a record of rounds: {str(err) or 'it is empty'}") from None
    record.torn = torn
    if torn:
        lines.tell_torn(path)
    return record, end


def _folded(found: Iterable[dict[str, Any]]) -> Record:
    events = iter(found)
    asked = next(events)["record"]
    if asked.pop("format") != FORMAT:
        raise BreakevenError("it was written by another version of breakeven")
    arms = {name: Stack(**stack) for name, stack in asked.pop("arms").items()}
    accepted = tuple(Accepted(**a) for a in asked.pop("accepted", []))
    record = Record(arms=arms, cases=[_case(c) for c in asked.pop("cases")], accepted=accepted, **asked)
    for event in events:
        ((what, value),) = event.items()
        if what == "process":
            record.measured.append(_measured(value))
        elif what == "guess":
            record.guesses[value["label"]] = _guess(value)
        elif what == "cases":
            known = {c.label: c for c in record.cases}
            record.cases = list({**known, **{c.label: c for c in map(_case, value)}}.values())
        elif what == "arms":
            record.arms |= {name: Stack(**stack) for name, stack in value.items()}
        elif what == "budget":
            record.budget = value
        elif what == "finished":
            record.finished = value
        else:
            raise ValueError(f"it has a line '{what}'")
    return record


def _lines(record: Record) -> Iterator[dict[str, Any]]:
    asked = {f.name: getattr(record, f.name) for f in fields(record) if f.name not in _OWN_LINES}
    asked["arms"] = {name: asdict(stack) for name, stack in record.arms.items()}
    asked["cases"] = [asdict(c) for c in record.cases]
    asked["accepted"] = [asdict(a) for a in record.accepted]
    yield {"record": {"format": FORMAT, **asked}}
    yield from ({"guess": {"label": label, **asdict(guess)}} for label, guess in record.guesses.items())
    yield from ({"process": asdict(m)} for m in record.measured)
    if record.finished:
        yield {"finished": True}


def _case(fields: dict[str, Any]) -> Case:
    return Case(**_tuples(fields) | {"own": _tuples(fields.get("own", {}))})


def _guess(fields: dict[str, Any]) -> Guess:
    return Guess(fields["scale"], fields["spread"])


def _measured(fields: dict[str, Any]) -> Measured:
    reading = _tuples(fields.pop("reading"))
    course = _tuples(reading.pop("course", {}))
    course["need"] = Need(**course.pop("need", {}))
    return Measured(**fields, reading=Reading(**reading, course=Course(**course)))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
