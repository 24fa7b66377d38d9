"""The trials as a table: what each came to on the newest release that was tried, since when, and what was before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from breakeven.compatibility.history import Stretch, stretches
from breakeven.compatibility.outcomes import Outcomes
from breakeven.report.grid import Grid

#: In words.
WORDS = {
    "works": "works",
    "differs": "gives another answer",
    "fails": "fails",
    "no counterpart": "nothing to compare with",
}
_PLURAL = {
    "works": "work",
    "differs": "give another answer",
    "fails": "fail",
    "no counterpart": "have nothing to be compared with",
}


def answer(known: Outcomes, places: Mapping[str, int]) -> tuple[str, Grid]:
    """Say how many work on the newest release that was tried, and arrange all trials, a row each.

    Parameters
    ----------
    known : Outcomes
        What is known, of at least one trial.
    places : mapping of str to int
        Release to its place in the train.

    Returns
    -------
    sentence : str
        How many came to what.
    table : Grid
        What each came to, since when, and what was before.
    """
    ordered = sorted(known.found.items(), key=lambda item: item[0].title)
    histories = {trial: told for trial, found in ordered if (told := [*stretches(found, places)])}
    newest = max((told[-1].last for told in histories.values()), key=places.__getitem__)
    there = {trial: told for trial, told in histories.items() if told[-1].last == newest}
    counts = Counter(told[-1].outcome.outcome for told in there.values())
    summed = ", ".join(f"{counts[outcome]} {_PLURAL[outcome]}" for outcome in WORDS if counts[outcome])
    head = ("trial", "counterpart", "now", "since", "why", "before")
    rows = [(_code(t.title), _code(t.counterpart), *_cells(told)) for t, told in there.items()]
    return f"Of {len(there)} trials on {newest}: {summed}.", Grid("", head, rows, "llllll")


def _cells(told: Sequence[Stretch]) -> tuple[str, ...]:
    *before, now = told
    earlier = "; ".join(f"{WORDS[s.outcome.outcome]}{_reason(s)} until {s.last}" for s in reversed(before))
    return WORDS[now.outcome.outcome], _since(now, before), now.outcome.why, earlier


def _since(now: Stretch, before: Sequence[Stretch]) -> str:
    if not before:
        return ""
    return now.first if now.sure else f"after {before[-1].last}, {now.first} at the latest"


def _reason(stretch: Stretch) -> str:
    return f" ({stretch.outcome.why.partition(':')[0]})" if stretch.outcome.outcome == "fails" else ""


def _code(title: str) -> str:
    name, _, case = title.partition(": ")
    return f"`{name}`{case and f', {case}'}"
