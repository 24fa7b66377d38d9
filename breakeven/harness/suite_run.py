"""Measure the suite on releases: all strategies of a workload in the same rounds, going on where a run stopped.

What is measured is kept twice: as a record of rounds, which every statement of ours is computed from, and among asv's
own results, which asv shows.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asv.config import Config
from asv.repo import get_repo
from asv.runner import BenchmarkResult

from breakeven.errors import BreakevenError
from breakeven.harness import arms, choices, compared, machine, patches, record, record_file, results, rounds
from breakeven.harness.arms import AsvArm
from breakeven.harness.kept_results import KeptResults
from breakeven.harness.reading import Reading
from breakeven.harness.record import Record, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.harness.release_environment import ReleaseEnvironment
from breakeven.harness.results import Store
from breakeven.statistics import ranking
from breakeven.train.environments import BrokenStackError

#: Seconds of a run that ends when everything is known.
NO_LIMIT = 1e9


@dataclass(frozen=True)
class Wanted:
    """What is to be measured.

    Attributes
    ----------
    stacks : mapping of str to Stack
        By commit hash.
    patterns : sequence of re.Pattern
        Only benchmarks in whose name and parameters one of them is found; all if there are none.
    profile : str
        That selects parameters and says how many processes.
    machine : str, optional
        Name for the results; this machine's by default.
    sync : bool
        Whether to install each release on the workers of an existing cluster.
    budget : float
        Seconds of measuring, beside what was measured before.
    """

    stacks: Mapping[str, Stack]
    patterns: Sequence[re.Pattern[str]]
    profile: str
    machine: str | None = None
    sync: bool = False
    budget: float = NO_LIMIT


@dataclass(frozen=True)
class Step:
    """How far a run is.

    Attributes
    ----------
    label : str
        Benchmark and parameters that were measured last; empty before the first.
    done, total : int
        Cases that are through, and all.
    failures : dict of str to str
        Release, benchmark and parameters of what gave no number, and why.
    in_groups : list of str
        What was measured in groups around the first strategy, as its arms did not find room together.
    freezes : bool
        Whether the arms that wait can be put to sleep.
    """

    label: str
    done: int
    total: int
    failures: dict[str, str]
    in_groups: list[str] = field(default_factory=list)
    freezes: bool = True


def measure(wanted: Wanted, config: Path) -> Iterator[Step]:
    """Measure releases until each workload has a winner or a tie, and everything else its processes, or time is up.

    Parameters
    ----------
    wanted : Wanted
        What is to be measured.
    config : Path
        asv's configuration.

    Yields
    ------
    Step
        After each round.

    Raises
    ------
    BreakevenError
        The suite cannot be imported on any of the releases, or nothing is selected.
    """
    patches.install()
    conf = Config.load(str(config))
    about = machine.described(wanted.machine)
    store = Store(Path(conf.results_dir), about["machine"])
    with ExitStack() as closing:
        opened, broken = _opened(wanted, config, closing)
        first = next(iter(opened.values()))
        machine.remember(about, store.folder)
        store.list_benchmarks(first.everything)
        offered = {wanted.stacks[commit].release: arm for commit, arm in opened.items()}
        cases = choices.cases(offered, wanted.patterns, wanted.profile)
        known, file = _record(wanted, store, about, cases)
        for commit, why in broken.items():
            lost = _file(conf, commit, about, store.folder)
            for case in cases:
                for parameters in dict.fromkeys(case.own.values()):
                    _add(lost, first.benchmarks[case.benchmark], parameters, Reading((), why))
        kept = {wanted.stacks[commit].release: _file(conf, commit, about, store.folder) for commit in opened}
        processes = {name: int(b.get("rounds", 1)) for arm in opened.values() for name, b in arm.benchmarks.items()}
        judge = functools.partial(choices.judge, processes=processes)
        places = {name: offered[stack.release] for name, stack in known.arms.items() if stack.release in offered}
        labels = {case.label for case in cases}
        freezes = all(arm.freezes for arm in opened.values())
        for measured in _lost(known, kept, offered):
            _add_measured(measured, known, kept, offered)
        told = len(known.measured)
        known.budget = known.spent + wanted.budget
        failures = {wanted.stacks[commit].release: why for commit, why in broken.items()}
        yield Step("", 0, len(cases), failures)
        for judged in rounds.measure(known, places, file, judge, cases):
            for measured in known.measured[told:]:
                _add_measured(measured, known, kept, offered)
                if measured.reading.error not in ("", "skipped"):
                    release, case = known.arms[measured.arm].release, known.case(measured.label)
                    label = results.label(case.benchmark, case.parameters_of(measured.arm))
                    failures[f"{release}: {label}"] = measured.reading.error
            label = known.measured[-1].label if len(known.measured) > told else ""
            told = len(known.measured)
            of_this = [j for j in judged if j.case.label in labels]
            in_groups = [case for case in known.in_groups if case in labels]
            yield Step(label, sum(not j.open for j in of_this), len(of_this), failures, in_groups, freezes)


def _opened(wanted: Wanted, config: Path, closing: ExitStack) -> tuple[dict[str, AsvArm], dict[str, str]]:
    """Open an arm for each release; those that do not import are a recorded outcome."""
    opened, broken = {}, {}
    for commit in wanted.stacks:
        try:
            arm = arms.of_release(config, commit, "", wanted.profile, sync=wanted.sync)
            opened[commit] = closing.enter_context(arm)
        except BrokenStackError as err:
            broken[commit] = str(err)
    if not opened:
        raise BreakevenError(next(iter(broken.values())))
    return opened, broken


def _record(
    wanted: Wanted, store: Store, about: dict[str, str], cases: Sequence[record.Case]
) -> tuple[Record, RecordFile]:
    """Go on with the record of these releases, or begin it."""
    stacks = {name: stack for stack in wanted.stacks.values() for name in _arms(stack, cases)}
    releases = "..".join(re.sub(r"[^A-Za-z0-9._+-]+", "-", s.release) for s in wanted.stacks.values())
    file = RecordFile(compared.folder(store) / f"{releases}.rounds")
    if not file.path.exists():
        asked = Settings(NO_LIMIT, "", wanted.profile, tolerance=ranking.EQUAL - 1)
        begun = record.begin(stacks, cases, asked)
        begun.machine = about
        file.begin(begun)
        return begun, file
    known = record_file.load(file.path)
    if known.torn:
        file.begin(known)
    before = {case.label: case for case in known.cases}
    more = [c for c in cases if c.label not in before or set(c.arms) - set(before[c.label].arms)]
    if more or set(stacks) - set(known.arms):
        known.arms |= stacks
        known.cases = list({c.label: c for c in (*known.cases, *more)}.values())
        file.arms(stacks)
        file.cases(more)
    return known, file


def _arms(stack: Stack, cases: Iterable[record.Case]) -> dict[str, None]:
    names = dict.fromkeys(name for case in cases for name in case.arms)
    return {n: None for n in names if n == stack.release or n.startswith(f"{stack.release}/")}


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


def _lost(known: Record, kept: Mapping[str, KeptResults], offered: Mapping[str, AsvArm]) -> list[record.Measured]:
    """Find what is in the record, and was kept from asv's results by a kill or a full disk."""
    found = []
    for measured in known.measured:
        release, case = known.arms[measured.arm].release, known.case(measured.label)
        described = offered[release].benchmarks.get(case.benchmark) if release in offered else None
        parameters = case.parameters_of(measured.arm)
        if described is None or not measured.samples or parameters not in results.parameter_sets(described):
            continue
        version = kept[release].benchmark_version.get(case.benchmark, described["version"])
        at = results.parameter_sets(described).index(parameters)
        if version == described["version"] and at not in kept[release].measured(described):
            found.append(measured)
    return found


def _add_measured(
    measured: record.Measured, known: Record, kept: Mapping[str, KeptResults], offered: Mapping[str, AsvArm]
) -> None:
    release, case = known.arms[measured.arm].release, known.case(measured.label)
    described = offered[release].benchmarks[case.benchmark]
    _add(kept[release], described, case.parameters_of(measured.arm), measured.reading)


def _add(file: KeptResults, described: Mapping[str, Any], parameters: tuple[str, ...], reading: Reading) -> None:
    """Write what a process gave among asv's results."""
    every = results.parameter_sets(described)
    at = every.index(parameters)
    timed = described["type"] == "time" and bool(reading.samples)
    value: float | None = None
    if reading.error == "skipped":
        value = math.nan
    elif reading.samples:
        value = reading.samples[0]
    numbers: list[float | None] = [math.nan] * len(every)
    samples: list[list[float] | None] = [None] * len(every)
    calls: list[int | None] = [None] * len(every)
    numbers[at] = value
    if timed:
        samples[at], calls[at] = list(reading.samples), reading.number
    file.add_result(
        described,
        BenchmarkResult(numbers, samples, calls, int(value is None), reading.error, None),
        selected_idx=[at],
        started_at=datetime.datetime.now(datetime.UTC),
        append_samples=True,
    )
