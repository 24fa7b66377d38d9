"""A gate from the names of two releases to a record that grows: what the command and the pytest plugin share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from breakeven.errors import USAGE, BreakevenError
from breakeven.gate import verdicts, where_slower
from breakeven.gate.verdicts import Verdict
from breakeven.harness import arms, cases, record_file, rounds
from breakeven.harness.arms import AsvArm
from breakeven.harness.cases import Experience
from breakeven.harness.record import BASE, HEAD, Case, Record, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.train.entries import Train

#: Is told a sentence for the user.
Tell = Callable[[str], object]


@dataclass(frozen=True)
class Ready:
    """Both sides of a gate, ready to be measured.

    Attributes
    ----------
    sides : dict of str to Stack
        The releases, with the reason where one cannot be measured.
    arms : dict of str to AsvArm
        Those that can.
    cases : list of Case
        All that can be judged.
    """

    sides: dict[str, Stack]
    arms: dict[str, AsvArm]
    cases: list[Case]

    @property
    def described(self) -> dict[str, dict[str, Any]]:
        """The benchmarks as asv describes them, HEAD's where both sides offer one."""
        return {name: d for arm in self.arms.values() for name, d in arm.benchmarks.items()}

    @property
    def freezes(self) -> bool:
        """Whether the side that waits can be put to sleep."""
        return all(arm.freezes for arm in self.arms.values())


def sides(known: Train, base: str, head: str, laid_over: Sequence[str] = ()) -> dict[str, Stack]:
    """Look the two releases up.

    Parameters
    ----------
    known : Train
        The releases.
    base, head : str
        Names, with overrides after ``" + "``.
    laid_over : sequence of str
        Packages laid over both.

    Returns
    -------
    dict of str to Stack
        By arm.

    Raises
    ------
    BreakevenError
        A name is unknown, or both are the same stack.
    """
    try:
        found = {arm: arms.stack(known, spec, laid_over) for arm, spec in ((BASE, base), (HEAD, head))}
    except BreakevenError as error:
        raise BreakevenError(str(error), USAGE) from None
    if found[BASE].pins == found[HEAD].pins and not found[BASE].failure:
        raise BreakevenError(
            f"{base} and {head} have the same pins: breakeven calibrate measures a release against itself", USAGE
        )
    return found


@contextmanager
def ready(
    known: Train, asked_of: Mapping[str, Stack], asked: Settings, config: Path, experience: Mapping[str, Experience]
) -> Iterator[Ready]:
    """Build both environments, start both sides and list what they offer.

    Parameters
    ----------
    known : Train
        The releases.
    asked_of : mapping of str to Stack
        From `sides`.
    asked : Settings
        Which benchmarks, in which profile.
    config : Path
        asv's configuration.
    experience : mapping of str to Experience
        What is known of benchmarks by label.

    Yields
    ------
    Ready
    """
    with arms.opened(known, asked_of, asked.selected, config, asked.profile) as opened:
        found = {name: replace(stack, failure=opened.failures.get(name, "")) for name, stack in asked_of.items()}
        offered = {name: arm.benchmarks for name, arm in opened.arms.items()}
        yield Ready(found, opened.arms, cases.listed(offered, asked.selected, asked.profile, experience))


def continued(path: Path, new: Record, tell: Tell) -> Record:
    """Give the record of the same gate if it was interrupted, or if it has more budget now.

    Parameters
    ----------
    path : Path
        Where it is kept; begun there if there is none to go on with.
    new : Record
        What is about to be measured.
    tell : callable
        Is told if something goes on.

    Returns
    -------
    Record

    Raises
    ------
    BreakevenError
        The file is damaged, or of another gate.
    """
    old, file = record_file.resumed(path, new), RecordFile(path)
    if old is not None:
        undecided = verdicts.worst(verdicts.judge(old)) is Verdict.UNDECIDED
    if old is None or not rounds.go_on(old, new.budget, undecided):
        shutil.rmtree(where_slower.folder(path), ignore_errors=True)  # of the measurement before
        file.begin(new)
        return new
    if old.accepted != new.accepted:
        old.accepted = new.accepted
        file.begin(old)
    file.budget(new.budget)
    tell(f"Going on with {path}: {len(old.measured)} processes, {old.spent:.0f} s")
    return old
