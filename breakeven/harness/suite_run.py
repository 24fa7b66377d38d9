"""Measure the suite on releases, round by round, going on wherever an earlier run stopped."""

from __future__ import annotations

import datetime
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asv.config import Config
from asv.repo import get_repo
from asv.runner import BenchmarkResult

from breakeven.errors import BreakevenError
from breakeven.harness import arms, machine, patches, profiles, results
from breakeven.harness.arms import AsvArm, Process
from breakeven.harness.kept_results import KeptResults
from breakeven.harness.reading import Reading
from breakeven.harness.release_environment import ReleaseEnvironment
from breakeven.harness.results import Store, Value
from breakeven.train.environments import BrokenStackError


@dataclass(frozen=True)
class Wanted:
    """What is to be measured.

    Attributes
    ----------
    commits : mapping of str to str
        Release name to commit hash.
    patterns : sequence of re.Pattern
        Only benchmarks in whose name and parameters one of them is found; all if there are none.
    profile : str
        That selects parameters and says how many processes.
    machine : str, optional
        Name for the results; this machine's by default.
    sync : bool
        Whether to install each release on the workers of an existing cluster.
    """

    commits: Mapping[str, str]
    patterns: Sequence[re.Pattern[str]]
    profile: str
    machine: str | None = None
    sync: bool = False


@dataclass(frozen=True)
class Step:
    """How far a run is.

    Attributes
    ----------
    release : str
        That is being measured.
    label : str
        Benchmark and parameters that were measured last; empty before the first of a round.
    round, rounds : int
        The round under way, and how many there are at most.
    done, total : int
        Processes that have run and that are to run, as far as it is known: those that fail have no more rounds.
    failure : str
        Why the last one gave no number; empty if it did.
    """

    release: str
    label: str
    round: int
    rounds: int
    done: int
    total: int
    failure: str = ""


@dataclass(frozen=True)
class Todo:
    """A benchmark with one of its parameter sets."""

    described: Mapping[str, Any]
    index: int
    parameters: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name as asv prints it."""
        return results.label(self.described["name"], self.parameters)

    @property
    def rounds(self) -> int:
        """How many processes it is to have."""
        return int(self.described.get("rounds", 1)) if self.described["type"] == "time" else 1

    def behind(self, recorded: Mapping[str, Mapping[tuple[str, ...], Value]]) -> int:
        """Count the rounds that it has behind it; what failed is not tried again."""
        value = recorded.get(self.described["name"], {}).get(self.parameters)
        if value is None or value.state == "skipped":
            return 0
        repeat = self.described.get("repeat")
        if value.state == "failed" or self.described["type"] != "time" or not isinstance(repeat, int) or repeat < 1:
            return self.rounds
        return len(value.samples) // repeat


def measure(wanted: Wanted, config: Path) -> Iterator[Step]:
    """Measure releases until each benchmark has all its rounds.

    Rounds are the outer loop, so that a slow spell of the machine spreads over releases instead of
    falling on one of them.

    Parameters
    ----------
    wanted : Wanted
        What is to be measured.
    config : Path
        asv's configuration.

    Yields
    ------
    Step
        Before each round of a release, and after each process.

    Raises
    ------
    BreakevenError
        The suite cannot be imported on any of the releases, or nothing is selected.
    """
    patches.install()
    conf = Config.load(str(config))
    about = machine.described(wanted.machine)
    store = Store(Path(conf.results_dir), about["machine"])
    with _OneArm(wanted, config) as opened:
        listing = opened.listing()
        machine.remember(about, store.folder)
        store.list_benchmarks(listing.everything)
        every = _selected(listing, wanted)
        rounds = max(todo.rounds for todo in every)
        known = {name: store.recorded(commit) for name, commit in wanted.commits.items()}
        total = sum(max(todo.rounds - todo.behind(known[name]), 0) for name in wanted.commits for todo in every)
        done, given_up = 0, set()
        for number, (name, commit) in itertools.product(range(1, rounds + 1), wanted.commits.items()):
            known[name] = store.recorded(commit)
            todo = [t for t in every if t.behind(known[name]) < number <= t.rounds and (name, t.label) not in given_up]
            if not todo:
                continue
            yield Step(name, "", number, rounds, done, total)
            file = _file(conf, commit, about, store.folder)
            for one in todo:
                reading = opened.read(name, one)
                if name not in opened.broken or not one.behind(known[name]):
                    _add(file, one, reading)
                done += 1
                if reading.error:  # it would fail, or be skipped, in further rounds too
                    given_up.add((name, one.label))
                    total -= one.rounds - number
                failure = "" if reading.error == "skipped" else reading.error
                yield Step(name, one.label, number, rounds, done, total, failure)


class _OneArm:
    """The arm of one release at a time, opened when another release's turn comes."""

    def __init__(self, wanted: Wanted, config: Path) -> None:
        self._wanted, self._config = wanted, config
        self._name = ""
        self._arm: AsvArm | None = None
        #: Releases that do not import, and why: a recorded outcome.
        self.broken: dict[str, str] = {}

    def __enter__(self) -> _OneArm:
        return self

    def __exit__(self, *error: Any) -> None:
        if self._arm is not None:
            self._arm.__exit__(*error)

    def listing(self) -> AsvArm:
        """Give the arm of the first release that can be measured."""
        for name in self._wanted.commits:
            arm = self._of(name)
            if arm is not None:
                return arm
        raise BreakevenError(next(iter(self.broken.values())))

    def read(self, name: str, one: Todo) -> Reading:
        """Run one process on a release."""
        arm = self._of(name)
        if arm is None:
            return Reading((), self.broken[name])
        if one.described["name"] not in arm.benchmarks:
            return Reading((), "the suite does not offer it on this release")
        return arm.read(one.described["name"], one.parameters, Process({}))

    def _of(self, name: str) -> AsvArm | None:
        if name in self.broken:
            return None
        if self._arm is None or name != self._name:
            self.__exit__(None, None, None)
            self._arm = None
            try:
                wanted = self._wanted
                arm = arms.of_release(self._config, wanted.commits[name], "", wanted.profile, sync=wanted.sync)
            except BrokenStackError as err:
                self.broken[name] = str(err)
                return None
            self._name, self._arm = name, arm
        return self._arm


def _selected(arm: AsvArm, wanted: Wanted) -> list[Todo]:
    """List what is to be measured, in asv's order."""
    every = [
        Todo(described, at, parameters)
        for described in arm.benchmarks.values()
        for at, parameters in enumerate(results.parameter_sets(described))
    ]
    matching = [t for t in every if not wanted.patterns or any(p.search(t.label) for p in wanted.patterns)]
    chosen = {name: set(profiles.selected(described, wanted.profile)) for name, described in arm.benchmarks.items()}
    found = [t for t in matching if t.index in chosen[t.described["name"]]]
    if not found:
        told = " or ".join(p.pattern for p in wanted.patterns) or "anything"
        elsewhere = f" in the {wanted.profile} profile; {len(matching)} do in others" if matching else ""
        raise BreakevenError(f"No benchmark matches {told}{elsewhere}")
    return found


def _file(conf: Config, commit: str, about: Mapping[str, str], folder: Path) -> KeptResults:
    """Open asv's results of a release."""
    environment = ReleaseEnvironment(conf, conf.pythons[0], {}, {})
    date = get_repo(conf).get_date(commit)
    file = KeptResults(
        {**about, "python": environment.python}, {}, commit, date, environment.python, environment.name,
        environment.env_vars,
    )  # fmt: skip
    file.load_data(str(folder))
    return file


def _add(file: KeptResults, one: Todo, reading: Reading) -> None:
    """Write what a process gave among asv's results."""
    n_sets = len(results.parameter_sets(one.described))
    timed = one.described["type"] == "time" and bool(reading.samples)
    value: float | None = None
    if reading.error == "skipped":
        value = math.nan
    elif reading.samples:
        value = reading.samples[0]
    numbers: list[float | None] = [math.nan] * n_sets
    samples: list[list[float] | None] = [None] * n_sets
    calls: list[int | None] = [None] * n_sets
    numbers[one.index] = value
    if timed:
        samples[one.index], calls[one.index] = list(reading.samples), reading.number
    file.add_result(
        one.described,
        BenchmarkResult(numbers, samples, calls, int(value is None), reading.error, None),
        selected_idx=[one.index],
        started_at=datetime.datetime.now(datetime.UTC),
        append_samples=True,
    )
