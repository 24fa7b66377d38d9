"""How sensitive the suite is: gates of a release against itself with one function of one package made slower."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from breakeven.calibration import injection
from breakeven.calibration.mutants import MUTANTS, Mutant
from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import arms, cases, profiles, record, record_file, rounds
from breakeven.harness.record import BASE, HEAD, Record, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.harness.results import Store
from breakeven.state import STATE
from breakeven.train import environments, overrides
from breakeven.train.entries import Release, Train


@dataclass(frozen=True)
class Finding:
    """What a gate said of a slower function.

    Attributes
    ----------
    mutant : Mutant
        Which function.
    share : float
        By how much of its own time it was made slower.
    judged : tuple of Judgement
        Of the timed benchmarks.
    seconds : float
        Of measuring until the first of them was called slower; infinite if none was.
    """

    mutant: Mutant
    share: float
    judged: tuple[Judgement, ...]
    seconds: float = math.inf

    @property
    def noticed(self) -> tuple[Judgement, ...]:
        """Those that called it slower."""
        return tuple(j for j in self.judged if j.verdict is Verdict.SLOWER)


@dataclass(frozen=True)
class Asked:
    """What is to be tried.

    Attributes
    ----------
    release : Release
        Whose functions are made slower.
    share : float
        By how much of their own time.
    budget : float
        Seconds of measuring for each gate.
    folder : Path
        Where the gates are kept.
    config : Path
        asv's configuration.
    """

    release: Release
    share: float
    budget: float
    folder: Path
    config: Path

    def path(self, mutant: Mutant) -> Path:
        """Say where the gate of a mutant is kept."""
        return self.folder / f"{self.release.name}--{_slug(mutant)}-{100 * self.share:g}.gate"

    def done(self, mutant: Mutant) -> bool:
        """Say whether the gate of a mutant has come to its end within this budget."""
        path = self.path(mutant)
        if not path.exists():
            return False
        kept = record_file.load(path)
        return kept.finished and kept.budget >= self.budget


def folder(store: Store) -> Path:
    """Say where the gates of slower functions on a machine are kept."""
    return store.folder / store.machine / "sensitivity"


def chosen(pattern: re.Pattern[str], n_random: int | None = None) -> list[Mutant]:
    """Give the mutants in whose name, package or function a pattern is found.

    Parameters
    ----------
    pattern : re.Pattern
        As the user wants it.
    n_random : int, optional
        How many of them, drawn at random, the same ones each time; all if it is None.

    Raises
    ------
    BreakevenError
        There is none.
    """
    found = [m for m in MUTANTS if any(map(pattern.search, (m.name, m.package, m.function)))]
    if not found:
        names = ", ".join(m.name for m in MUTANTS)
        raise BreakevenError(f"No mutant matches {pattern.pattern}; there are: {names}")
    return found if n_random is None else random.Random(0).sample(found, min(n_random, len(found)))


@contextmanager
def gate(known: Train, asked: Asked, mutant: Mutant) -> Iterator[tuple[Record, Iterator[list[Judgement]]]]:
    """Get a gate ready between a release and the same one with a slower function.

    Parameters
    ----------
    known : Train
        The releases.
    asked : Asked
        What is to be tried.
    mutant : Mutant
        The function.

    Yields
    ------
    Record
        What was measured of it before, if anything; added to.
    iterator of list of Judgement
        Measures, as `breakeven.harness.rounds.measure` does.

    Raises
    ------
    BreakevenError
        The function is not where it is said to be, or nothing can be measured.
    """
    plain = environments.ensure(asked.release.pins, known.python)
    wheel = injection.slower_function_wheel(
        plain, mutant.package, mutant.file, mutant.function, asked.share, STATE / "injected"
    )
    slower = overrides.resolve(known, f"{asked.release.name} + {wheel}")
    stacks = {BASE: Stack(asked.release.name, asked.release.pins), HEAD: Stack(slower.name, slower.pins)}
    settings = Settings(asked.budget, mutant.benchmarks, profiles.FULL, control=asked.share)
    with arms.opened(known, stacks, mutant.benchmarks, asked.config, profiles.FULL) as opened:
        for name, failure in opened.failures.items():
            raise BreakevenError(f"{stacks[name].release}: {failure}")
        offered = {name: arm.benchmarks for name, arm in opened.arms.items()}
        listed = [case for case in cases.listed(offered, mutant.benchmarks, profiles.FULL) if case.judged == "as time"]
        if not listed:
            raise BreakevenError(f"No benchmark matches {mutant.benchmarks}, which is to notice {mutant.name}")
        new = record.begin(stacks, listed, settings)
        path = asked.path(mutant)
        old, file = record_file.resumed(path, new), RecordFile(path)
        if old is None or not rounds.go_on(old, asked.budget, undecided=True):
            file.begin(new)
        else:
            file.budget(asked.budget)
            new = old
        yield new, rounds.measure(new, opened.arms, file, verdicts.judge)


def load(folder: Path, mutants: Sequence[Mutant] = MUTANTS) -> list[Finding]:
    """Judge the gates that are kept, anew.

    Parameters
    ----------
    folder : Path
        Where they are.
    mutants : sequence of Mutant
        Those to look for.

    Returns
    -------
    list of Finding
        In the order of the mutants; of several releases in the order of their names.

    Raises
    ------
    BreakevenError
        A file is damaged.
    """
    found = []
    for mutant in mutants:
        for path in sorted(folder.glob(f"*--{_slug(mutant)}-[0-9]*.gate")):
            kept = record_file.load(path)
            if kept.finished and kept.control is not None:
                judged = tuple(verdicts.judge(kept))
                found.append(Finding(mutant, kept.control, judged, seconds_until_slower(kept)))
    return found


def seconds_until_slower(kept: Record) -> float:
    """Say after which time of measuring the first benchmark was called slower.

    Parameters
    ----------
    kept : Record
        Of a gate.

    Returns
    -------
    float
        Seconds; infinite if none was.
    """
    for n in range(2, len(kept.measured) + 1):
        so_far = replace(kept, measured=kept.measured[:n])
        if verdicts.worst(verdicts.judge(so_far)) is Verdict.SLOWER:
            return so_far.spent
    return math.inf


def _slug(mutant: Mutant) -> str:
    return re.sub(r"[^a-z0-9]+", "-", mutant.name.lower())
