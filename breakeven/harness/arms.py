"""Environments with asv's own runner waiting in them: a gate has two, the arms, each of a release."""

from __future__ import annotations

import json
import math
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

from asv import util
from asv.benchmarks import Benchmarks
from asv.config import Config
from asv.environment import Environment, ExistingEnvironment
from asv.repo import Repo, get_repo
from asv.runner import JSON_ERROR_RETCODE, get_spawner, run_benchmark

from breakeven.errors import BreakevenError
from breakeven.harness import asv_log, patches, profiles, suite
from breakeven.harness.existing_cluster import Workers
from breakeven.harness.fork_servers import ForkServers
from breakeven.harness.lent_cluster import LentCluster
from breakeven.harness.player import Seat
from breakeven.harness.reading import Reading
from breakeven.harness.record import Stack
from breakeven.harness.release_environment import ReleaseEnvironment
from breakeven.harness.results import parameter_sets
from breakeven.harness.suite_copies import SuiteCopies
from breakeven.text import printable
from breakeven.train import environments, overrides, repository
from breakeven.train.entries import Train
from breakeven.train.resolver import UvError

Name = TypeVar("Name")

# Whoever gives the turns counts the time in which a process is awake; asv's clock would go on while it sleeps.
_FOREVER = 1e7

# Characters of a reason that are kept: a benchmark may print megabytes without a line's end.
_LONGEST = 500


@dataclass(frozen=True)
class Process:
    """How a benchmark's process differs from what the benchmark itself states.

    Attributes
    ----------
    attributes : mapping
        Values that replace the benchmark's own, such as ``repeat``.
    seat : Seat or None
        Its place in a round, whose turns have limits of their own; None if it runs alone.
    server : int
        Which of the servers with the benchmark's imports it is forked from.
    timeout : float or None
        Seconds in place of the benchmark's own time-out.
    """

    attributes: Mapping[str, Any] = field(default_factory=dict)
    seat: Seat | None = None
    server: int = 0
    timeout: float | None = None


class Arm(Protocol):
    """What can be measured: benchmarks by name, and one fresh process of a benchmark at a time."""

    benchmarks: dict[str, dict[str, Any]]
    environment: str

    def read(self, name: str, parameters: tuple[str, ...], process: Process) -> Reading:
        """Run one benchmark with one parameter set in a fresh process."""

    def imports(self, name: str, parameters: tuple[str, ...]) -> tuple[str, ...]:
        """Name what its process imports beside the suite: arms that import the same need servers of their own."""

    def one_core(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether its calls keep to one core."""

    def crowds(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether its threads may take all cores while it starts."""

    @property
    def freezes(self) -> bool:
        """Whether its processes can be put to sleep."""

    @property
    def workers_here(self) -> Collection[int]:
        """Process numbers of the workers of an existing cluster that run on this machine."""

    def shares_cluster(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether a benchmark may use a cluster after others did."""

    def can_lend(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether a cluster runs that a benchmark may use."""

    def lend(self, name: str, parameters: tuple[str, ...], anew: bool) -> LentCluster | None:
        """Give a cluster to a benchmark, the one that runs or a new one; None if it starts what it needs."""


class AsvArm:
    """An environment ready to be measured in: a process waits in it that has imported the suite.

    Parameters
    ----------
    conf : Config
        asv's configuration.
    environment : Environment
        Of asv.
    repo : Repo or None
        That the environment installs from, if it does.
    commit : str
        To install.
    selected : str
        Regular expression; only benchmarks in whose name it is found.
    profile : str
        That the benchmarks' processes and time-outs are of.

    Attributes
    ----------
    benchmarks : dict of str to dict
        What the suite offers in this environment, as asv describes it.
    environment : str
        Name of the copy of the release's environment; empty for its own.

    Raises
    ------
    BreakevenError
        No environment, or the suite does not import in it.
    """

    def __init__(
        self, conf: Config, environment: Environment, repo: Repo | None, commit: str, selected: str, profile: str
    ) -> None:
        patches.install()
        conf.branches = []  # asv would list the benchmarks on the newest release if this one fails
        self.conf, self._environment = conf, environment
        self.environment: str = getattr(environment, "copy", "")
        with asv_log.errors() as said:
            try:
                found = Benchmarks.discover(conf, repo, [environment], [commit], regex=selected or None)
            except (util.UserError, util.ProcessError) as err:
                raise BreakevenError(f"The suite cannot be listed: {_reason(said) or err}") from None
        self.everything: dict[str, dict[str, Any]] = found._all_benchmarks
        profiles.check(profile, self.everything.values())
        # asv's own run fills in what a benchmark does not state
        default = {"timeout": conf.default_benchmark_timeout}
        self.benchmarks: dict[str, dict[str, Any]] = {
            name: default | profiles.scheduled(benchmark, profile) for name, benchmark in found.items()
        }
        self._caches: dict[str, str] = {}
        cached = any(benchmark.get("setup_cache_key") for benchmark in self.benchmarks.values())
        self._copies = SuiteCopies(Path(conf.benchmark_dir)) if cached else None
        self._preparing = threading.Lock()  # processes of a round are started at the same time
        self._cluster: LentCluster | None = None
        self._open = True
        self._start()

    def _start(self) -> None:
        place = self._copies.path if self._copies else self.conf.benchmark_dir
        self._spawner = get_spawner(self._environment, str(place), self.conf.launch_method)
        self._spawner.preimport()

    def __enter__(self) -> AsvArm:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._open = False
        self._spawner.close()
        if self._cluster is not None:
            self._cluster.end()
        if self._copies is not None:
            self._copies.end()
        for folder in self._caches.values():
            shutil.rmtree(folder, ignore_errors=True)

    def _cache(self, benchmark: Mapping[str, Any]) -> str | None:
        """Put the suite in place, and give the folder that the benchmark's ``setup_cache`` has filled, if any."""
        if self._copies is None:
            return None
        key = benchmark.get("setup_cache_key") or ""
        with self._preparing:
            self._copies.put(key)
            if key and key not in self._caches:
                timeout = benchmark.get("setup_cache_timeout") or benchmark["timeout"]
                affinity = json.dumps({"cpu_affinity": None})
                folder, said = self._spawner.create_setup_cache(benchmark["name"], timeout, affinity)
                if folder is None:
                    reasons = [line for line in said.strip().splitlines() if line and not line.startswith("asv: ")]
                    raise BreakevenError(f"its setup_cache failed: {_last_line(''.join(reasons[-1:]))}")
                self._caches[key] = folder
        return self._caches.get(key)

    def read(self, name: str, parameters: tuple[str, ...], process: Process) -> Reading:
        """Run one benchmark with one parameter set in a fresh process.

        Parameters
        ----------
        name : str
            The benchmark.
        parameters : tuple of str
            The parameter set.
        process : Process
            How it differs from what the benchmark states.
        """
        described = self.benchmarks[name]
        benchmark = dict(described)
        if process.timeout is not None:
            benchmark["timeout"] = process.timeout
        index = parameter_sets(benchmark).index(parameters)
        extra = {**process.attributes, "server": process.server}
        if process.seat is not None:
            benchmark["timeout"] = _FOREVER
            extra["place"] = {**asdict(process.seat), "one_core": self.one_core(name, parameters)}
        try:
            done = run_benchmark(
                benchmark, self._spawner, profile=False, selected_idx={index}, extra_params=extra,
                cwd=self._cache(benchmark),
            )  # fmt: skip
        except BreakevenError as err:
            return Reading((), str(err))
        except (util.UserError, OSError, RuntimeError) as err:
            if str(err) == "Interrupted.":
                raise KeyboardInterrupt from None
            if self._open:  # the server itself was killed
                self._spawner.close()
                self._start()
            return Reading((), f"its process was lost: {err}")
        result, samples = done.result[index], done.samples[index]
        if result is None:
            ended = done.errcode == JSON_ERROR_RETCODE
            return Reading((), "it ended before it gave a number" if ended else _last_line(done.stderr))
        loaded = (
            self._spawner.loaded(benchmark, index, process.server) if isinstance(self._spawner, ForkServers) else {}
        )
        if samples is not None:
            return Reading(tuple(samples), number=done.number[index], loaded=loaded)
        return Reading((), "skipped") if math.isnan(result) else Reading((float(result),), loaded=loaded)

    def imports(self, name: str, parameters: tuple[str, ...]) -> tuple[str, ...]:
        """Name what its process imports beside the suite: arms that import the same need servers of their own."""
        described = self.benchmarks[name]
        return suite.read(described).imports_at(parameter_sets(described).index(parameters))

    def one_core(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether its calls keep to one core."""
        strategy = suite.read(self.benchmarks[name]).strategy(parameters)
        return strategy is not None and strategy.one_core

    def crowds(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether its threads may take all cores while it starts, as those of what states no strategy may.

        Workers of a cluster have one thread each, and wait for each other without spinning.
        """
        strategy = suite.read(self.benchmarks[name]).strategy(parameters)
        return strategy is None or not (strategy.one_core or strategy.dask)

    @property
    def freezes(self) -> bool:
        """Whether its processes can be put to sleep: not those of an existing cluster, which others may use."""
        return self._cluster_workers is None

    @property
    def workers_here(self) -> tuple[int, ...]:
        """Process numbers of the workers of an existing cluster that run on this machine."""
        return () if self._cluster_workers is None else self._cluster_workers.here

    @property
    def _cluster_workers(self) -> Workers | None:
        return getattr(self._environment, "workers", None)

    def shares_cluster(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether a benchmark may use a cluster after others did: only one that takes turns, several calls."""
        described = self.benchmarks[name]
        turns = described["type"] == "time" and described.get("repeat") != 1
        return turns and self.freezes and suite.read(described).shares_cluster_of(parameters)

    def can_lend(self, name: str, parameters: tuple[str, ...]) -> bool:
        """Say whether a cluster runs that a benchmark may use."""
        runs = self._cluster is not None and self._cluster.serves((name, parameters))
        return runs and self.shares_cluster(name, parameters)

    def lend(self, name: str, parameters: tuple[str, ...], anew: bool) -> LentCluster | None:
        """Give a cluster to a benchmark, the one that runs or a new one; None if it starts what it needs.

        Parameters
        ----------
        name : str
            The benchmark.
        parameters : tuple of str
            The parameter set.
        anew : bool
            Whether to start one. The arms of a round all do or none does: a cluster's age is the same for each.
        """
        if not self.shares_cluster(name, parameters):
            return None
        if anew or not self.can_lend(name, parameters):
            if self._cluster is not None:
                self._cluster.end()
            python = Path(self._environment._path) / "bin" / "python"
            suite_there = Path(self.conf.benchmark_dir).absolute()
            self._cluster = LentCluster(python, suite_there, self._environment.env_vars)
        assert self._cluster is not None
        self._cluster.lend((name, parameters))
        return self._cluster


def _reason(said: Sequence[str]) -> str:
    """Give the last line of what the process that lists the suite said before it failed."""
    told = [text for text in said if text and not text.startswith("Last error: ")]
    return _last_line(told[-1]) if told else ""


def _last_line(said: str) -> str:
    """Give the last line of what a process said, as far as it can be shown in one line."""
    line = next((text for text in reversed(said.splitlines()) if text.strip()), "it ended without a word")
    shown = printable(line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} ..."


def of_release(config: Path, commit: str, selected: str, profile: str, copy: str = "", sync: bool = False) -> AsvArm:
    """Get a release ready to be measured.

    Parameters
    ----------
    config : Path
        asv's configuration.
    commit : str
        The release's commit.
    selected : str
        Regular expression that chooses benchmarks.
    profile : str
        That is measured in.
    copy : str
        Names a second environment of the same pins, for controls.
    sync : bool
        Whether to install the release on the workers of an existing cluster.

    Raises
    ------
    BrokenStackError
        The release does not import.
    BreakevenError
        It does not install, or the suite does not import in it.
    """
    patches.install()
    conf = Config.load(str(config))
    environment = ReleaseEnvironment(conf, conf.pythons[0], {}, {})
    environment.copy, environment.sync = copy, sync
    repo = get_repo(conf)
    environments.ensure(repo.pins(commit), conf.pythons[0], copy=copy)  # asv would not pass the reason on
    return AsvArm(conf, environment, repo, commit, selected, profile)


def of_this_environment(config: Path, selected: str, profile: str) -> AsvArm:
    """Get the environment that this runs in ready to be measured.

    Parameters
    ----------
    config, selected, profile
        As for `of_release`.

    Raises
    ------
    BreakevenError
        The suite does not import in it.
    """
    patches.install()
    conf = Config.load(str(config))
    return AsvArm(conf, ExistingEnvironment(conf, "same", {}, {}), None, "", selected, profile)


def stack(known: Train, spec: str, laid_over: Sequence[str] = ()) -> Stack:
    """Look a release up and commit its overrides.

    Parameters
    ----------
    known : Train
        The releases.
    spec : str
        A release, with overrides after ``" + "``.
    laid_over : sequence of str
        Packages laid over it, as `breakeven.train.overrides.resolve` has them.

    Returns
    -------
    Stack
        With the reason as its failure if an override does not install: that is the release's fault.

    Raises
    ------
    BreakevenError
        The release is unknown, or an override cannot be read: that is the user's.
    """
    try:
        found = overrides.resolve(known, spec, laid_over=laid_over)
    except UvError as error:
        return Stack(spec, {}, str(error))
    return Stack(found.name, found.pins)


@dataclass(frozen=True)
class Opened:
    """Arms that were asked for.

    Attributes
    ----------
    arms : dict of hashable to AsvArm
        Those that can be measured.
    failures : dict of hashable to str
        Why the others cannot.
    """

    arms: dict[Any, AsvArm]
    failures: dict[Any, str]


@contextmanager
def opened(
    known: Train,
    stacks: Mapping[Name, Stack],
    selected: str,
    config: Path,
    profile: str,
    copies: Mapping[Name, str] | None = None,
) -> Iterator[Opened]:
    """Open an arm for each stack, and close them all in the end.

    Parameters
    ----------
    known : Train
        The releases.
    stacks : mapping of hashable to Stack
        By any name.
    selected : str
        Regular expression that chooses benchmarks.
    config : Path
        asv's configuration.
    profile : str
        That is measured in.
    copies : mapping of hashable to str, optional
        For some of the names, the name of a second environment of the same pins.

    Yields
    ------
    Opened
    """
    tags = repository.tags(repository.build(known))
    with ExitStack() as closing:
        found = Opened({}, {})
        for name, wanted in stacks.items():
            if wanted.failure:
                found.failures[name] = wanted.failure
                continue
            try:
                arm = of_release(config, tags[wanted.release], selected, profile, (copies or {}).get(name, ""))
                found.arms[name] = closing.enter_context(arm)
            except BreakevenError as error:
                found.failures[name] = str(error)
        yield found
