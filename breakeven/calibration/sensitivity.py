"""How sensitive the suite is: gates of a release against itself with one function of one package made slower."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from breakeven.calibration import beside_asv, beside_t_test, controls, injection, loaded_modules
from breakeven.calibration.mutants import MUTANTS, Mutant
from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import arms, asv_config, cases, profiles, record, record_file, rounds
from breakeven.harness.arms import Arm
from breakeven.harness.record import BASE, HEAD, Case, Record, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.harness.results import Store
from breakeven.state import STATE
from breakeven.train import environments, overrides, repository
from breakeven.train.entries import Release, Train

#: The timed benchmarks, as asv names them.
TIMED = r"\.time_"

#: Share of a gate's time in which those that are expected to notice are measured alone.
FIRST = 0.5


@dataclass(frozen=True)
class Beside:
    """What another rule said of a slower function.

    Attributes
    ----------
    rule : str
        In a few words.
    slower : int
        Benchmarks that it called slower.
    rounds : int
        Of each benchmark.
    seconds : float
        That it took.
    """

    rule: str
    slower: int
    rounds: int
    seconds: float


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
    beside : tuple of Beside
        What other rules said.
    """

    mutant: Mutant
    share: float
    judged: tuple[Judgement, ...]
    seconds: float = math.inf
    beside: tuple[Beside, ...] = ()

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
    blind : bool
        Whether the gate is of the whole default selection, in the order of any gate, and ends with the first "slower".
    """

    release: Release
    share: float
    budget: float
    folder: Path
    config: Path
    blind: bool = False

    def path(self, mutant: Mutant) -> Path:
        """Say where the gate of a mutant is kept."""
        return self.folder / f"{self.release.name}--{_slug(mutant)}-{100 * self.share:g}.gate"

    def done(self, mutant: Mutant) -> bool:
        """Say whether the gate of a mutant has come to its end within this budget."""
        path = self.path(mutant)
        if not path.exists():
            return False
        kept = record_file.load(path)
        return kept.finished and (kept.budget >= self.budget or (self.blind and _slower(verdicts.judge(kept))))

    def done_beside(self, mutant: Mutant) -> bool:
        """Say whether asv and a t-test have said what they say of a mutant."""
        asv, t_test = (self.path(mutant).with_suffix(suffix) for suffix in (beside_asv.SUFFIX, beside_t_test.SUFFIX))
        return asv.exists() and t_test.exists() and record_file.load(t_test).finished


@dataclass(frozen=True)
class Gate:
    """A gate of a slower function, ready to be measured.

    Attributes
    ----------
    record : Record
        What was measured of it before, if anything; added to.
    measuring : iterator of list of Judgement
        Measures what is left, as `breakeven.harness.rounds.measure` does.
    path : Path
        Where it is kept.
    arms : dict of str to Arm
        Its sides.
    commits : list of str
        Of these.
    config : Path
        asv's configuration.
    """

    record: Record
    measuring: Iterator[list[Judgement]]
    path: Path
    arms: Mapping[str, Arm]
    commits: list[str]
    config: Path

    def measure_beside(self) -> None:
        """Give a t-test of fixed rounds and asv the time that the gate took."""
        beside_t_test.measure(self.record, self.arms, self.path.with_suffix(beside_t_test.SUFFIX))
        path = self.path.with_suffix(beside_asv.SUFFIX)
        if not path.exists():
            beside_asv.run(self.record, self.commits, self.config, path)


def folder(store: Store, blind: bool = False) -> Path:
    """Say where the gates of slower functions on a machine are kept: blind ones apart."""
    kept = store.folder / store.machine / "sensitivity"
    return kept / "blind" if blind else kept


def chosen(pattern: re.Pattern[str], n_random: int | None = None) -> list[Mutant]:
    """Give the mutants in whose name, package or function a pattern is found.

    Parameters
    ----------
    pattern : re.Pattern
        As the user wants it.
    n_random : int, optional
        How many of those that a benchmark is expected to notice, drawn at random, the same ones each time; all mutants
        if it is None.

    Raises
    ------
    BreakevenError
        There is none.
    """
    found = [m for m in MUTANTS if any(map(pattern.search, (m.name, m.package, m.function)))]
    if not found:
        names = ", ".join(m.name for m in MUTANTS)
        raise BreakevenError(f"No mutant matches {pattern.pattern}; there are: {names}")
    if n_random is None:
        return found
    noticeable = [m for m in found if m.benchmarks]
    return random.Random(0).sample(noticeable, min(n_random, len(noticeable)))


@contextmanager
def gate(known: Train, asked: Asked, mutant: Mutant) -> Iterator[Gate]:
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
    Gate

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
    tags = repository.tags(repository.build(known))
    noise = controls.experience(controls.recorded(asked.config, profiles.GATE))
    with arms.opened(known, stacks, TIMED, asked.config, profiles.GATE) as opened:
        for name, failure in opened.failures.items():
            raise BreakevenError(f"{stacks[name].release}: {failure}")
        offered = {name: arm.benchmarks for name, arm in opened.arms.items()}
        every = [c for c in cases.listed(offered, TIMED, profiles.GATE, noise) if c.judged == "as time"]
        suite = asv_config.benchmarks(asked.config)

        def loads(case: Case) -> bool:
            imports = opened.arms[case.arms[0]].imports(case.benchmark, case.parameters)
            return mutant.module in loaded_modules.after(plain, suite, imports)

        listed = every if asked.blind else [c for c in every if loads(c)]
        if not listed:
            raise BreakevenError(f"No benchmark loads {mutant.file}, in which '{mutant.name}' is")
        new = record.begin(stacks, listed, Settings(asked.budget, TIMED, profiles.GATE, control=asked.share))
        path = asked.path(mutant)
        old, file = record_file.resumed(path, new), RecordFile(path)
        if old is None:
            file.begin(new)
        current = old or new
        if asked.done(mutant):
            measuring: Iterator[list[Judgement]] = iter(())
        elif asked.blind:
            measuring = until_slower(current, opened.arms, file, asked.budget)
        else:
            measuring = expected_first(current, opened.arms, file, asked.budget, mutant)
        yield Gate(current, measuring, path, opened.arms, [tags[s.release] for s in stacks.values()], asked.config)


def expected_first(
    current: Record, arms: Mapping[str, Arm], file: RecordFile, budget: float, mutant: Mutant
) -> Iterator[list[Judgement]]:
    """Measure those that are expected to notice alone at first, then all in the time that is left.

    Parameters
    ----------
    current : Record
        Added to.
    arms : mapping of str to Arm
        Its sides.
    file : RecordFile
        Where it is kept.
    budget : float
        Seconds.
    mutant : Mutant
        The function.

    Yields
    ------
    list of Judgement
        As of `breakeven.harness.rounds.measure`.
    """
    expected = [case for case in current.cases if mutant.expects(case.label)]
    for seconds, some in ((FIRST * budget, expected), (budget, current.cases)):
        if some:
            current.budget = seconds
            file.budget(seconds)  # an interrupted one has not had all of its time
            yield from rounds.measure(current, arms, file, verdicts.judge, some)


def until_slower(
    current: Record, arms: Mapping[str, Arm], file: RecordFile, budget: float
) -> Iterator[list[Judgement]]:
    """Measure as any gate does, until the first benchmark is called slower.

    Parameters
    ----------
    current, arms, file, budget
        As for `expected_first`.

    Yields
    ------
    list of Judgement
        As of `breakeven.harness.rounds.measure`.
    """
    current.budget = budget
    file.budget(budget)
    for judged in rounds.measure(current, arms, file, verdicts.judge):
        if _slower(judged) and not current.finished:
            current.finished = True
            file.finished()
            yield judged
            return
        yield judged


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
                found.append(Finding(mutant, kept.control, judged, seconds_until_slower(kept), tuple(_beside(path))))
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
    for n, newest in enumerate(kept.measured, start=1):
        so_far = replace(kept, measured=kept.measured[:n])
        if _slower(verdicts.judge(so_far, [kept.case(newest.label)])):
            return so_far.spent
    return math.inf


def _beside(path: Path) -> Iterator[Beside]:
    """Read what other rules said beside a gate."""
    t_test, asv = path.with_suffix(beside_t_test.SUFFIX), path.with_suffix(beside_asv.SUFFIX)
    if t_test.exists():
        kept = record_file.load(t_test)
        judged = beside_t_test.judge(kept)
        n_rounds = int(np.median([j.rounds for j in judged]))
        yield Beside("a t-test of fixed rounds", sum(j.verdict is Verdict.SLOWER for j in judged), n_rounds, kept.spent)
    if asv.exists():
        said = beside_asv.read(asv)
        yield Beside("`asv continuous`", said.slower, said.rounds, said.seconds)


def _slower(judged: Sequence[Judgement]) -> bool:
    return verdicts.worst(judged) is Verdict.SLOWER


def _slug(mutant: Mutant) -> str:
    return re.sub(r"[^a-z0-9]+", "-", mutant.name.lower())
