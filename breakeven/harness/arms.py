"""Environments with asv's own runner waiting in them: a gate has two, the arms, each of a release."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from asv import util
from asv.benchmarks import Benchmarks
from asv.config import Config
from asv.environment import Environment
from asv.repo import Repo, get_repo
from asv.runner import get_spawner, run_benchmark

from breakeven.errors import BreakevenError
from breakeven.harness import turns
from breakeven.harness.asv_plugin import ReleaseEnvironment
from breakeven.harness.record import Stack
from breakeven.harness.results import parameter_sets
from breakeven.train import overrides, repository
from breakeven.train.entries import Train
from breakeven.train.resolver import UvError

Name = TypeVar("Name")


@dataclass(frozen=True)
class Reading:
    """What one fresh process gave.

    Attributes
    ----------
    samples : tuple of float
        Seconds a call; for what is tracked, the one number. Empty if there is an error.
    error : str
        "skipped", or the last line of what the process said before it failed; else empty.
    turns : tuple of int
        For each sample the number of the turn in which it was taken; empty if the process ran alone.
    """

    samples: tuple[float, ...]
    error: str = ""
    turns: tuple[int, ...] = ()


class Arm:
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

    Attributes
    ----------
    benchmarks : dict of str to dict
        What the suite offers in this environment, as asv describes it.
    turns : str
        Where its benchmarks ask for their turns.

    Raises
    ------
    BreakevenError
        No environment, or the suite does not import in it.
    """

    def __init__(self, conf: Config, environment: Environment, repo: Repo | None, commit: str, selected: str) -> None:
        conf.branches = []  # asv would list the benchmarks on the newest release if this one fails
        self._conf, self._environment = conf, environment
        try:
            found = Benchmarks.discover(conf, repo, [environment], [commit], regex=selected or None)
        except (util.UserError, util.ProcessError) as err:
            raise BreakevenError(str(err)) from None
        # asv's own run fills in what a benchmark does not state
        default = {"timeout": conf.default_benchmark_timeout}
        self.benchmarks: dict[str, dict[str, Any]] = {name: default | benchmark for name, benchmark in found.items()}
        self._caches: dict[str, str] = {}
        self._open = True
        self._start()

    def _start(self) -> None:
        os.environ[turns.VARIABLE] = self.turns = turns.address()  # asv passes the environment on
        self._spawner = get_spawner(self._environment, self._conf.benchmark_dir, self._conf.launch_method)
        self._spawner.preimport()

    def __enter__(self) -> Arm:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._open = False
        self._spawner.close()
        for folder in self._caches.values():
            shutil.rmtree(folder, ignore_errors=True)

    def _cache(self, benchmark: Mapping[str, Any]) -> str | None:
        """Give the folder that the benchmark's ``setup_cache`` has filled, if it has one."""
        key = benchmark.get("setup_cache_key")
        if key is not None and key not in self._caches:
            timeout = benchmark.get("setup_cache_timeout") or benchmark["timeout"]
            affinity = json.dumps({"cpu_affinity": None})
            folder, said = self._spawner.create_setup_cache(benchmark["name"], timeout, affinity)
            if folder is None:
                reasons = [line for line in said.strip().splitlines() if line and not line.startswith("asv: ")]
                raise BreakevenError(f"its setup_cache failed: {''.join(reasons[-1:])}")
            self._caches[key] = folder
        return self._caches.get(key) if key is not None else None

    def read(
        self, name: str, parameters: tuple[str, ...], attributes: Mapping[str, Any], waiting: float = 0.0
    ) -> Reading:
        """Run one benchmark with one parameter set in a fresh process.

        Parameters
        ----------
        name : str
            The benchmark.
        parameters : tuple of str
            The parameter set.
        attributes : mapping
            Values that replace the benchmark's own, such as ``repeat``.
        waiting : float
            Seconds that it may take beside its own time-out: for more calls than that was chosen for, or for others.

        Returns
        -------
        Reading
        """
        benchmark = self.benchmarks[name] | {"timeout": self.benchmarks[name]["timeout"] + waiting}
        index = parameter_sets(benchmark).index(parameters)
        try:
            done = run_benchmark(
                benchmark, self._spawner, profile=False, selected_idx={index}, extra_params=dict(attributes),
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
            return Reading((), (done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
        if samples is not None:
            return Reading(tuple(samples))
        return Reading((), "skipped") if math.isnan(result) else Reading((float(result),))


def of_release(config: Path, commit: str, selected: str, copy: str = "") -> Arm:
    """Get a release ready to be measured.

    Parameters
    ----------
    config : Path
        asv's configuration.
    commit : str
        The release's commit.
    selected : str
        Regular expression that chooses benchmarks.
    copy : str
        Names a second environment of the same pins, for controls.

    Returns
    -------
    Arm

    Raises
    ------
    BreakevenError
        No environment, or the suite does not import in it.
    """
    conf = Config.load(str(config))
    environment = ReleaseEnvironment(conf, conf.pythons[0], {}, {})
    environment.copy = copy
    return Arm(conf, environment, get_repo(conf), commit, selected)


def stack(known: Train, spec: str) -> Stack:
    """Look a release up and commit its overrides.

    Parameters
    ----------
    known : Train
        The releases.
    spec : str
        A release, with overrides after `` + ``.

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
        found = overrides.resolve(known, spec)
    except UvError as error:
        return Stack(spec, {}, str(error))
    return Stack(found.name, found.pins)


@contextmanager
def opened(
    known: Train, stacks: dict[Name, Stack], selected: str, config: Path, copies: Mapping[Name, str] | None = None
) -> Iterator[dict[Name, Arm]]:
    """Open an arm for each stack, and close them all in the end.

    Parameters
    ----------
    known : Train
        The releases.
    stacks : dict of hashable to Stack
        By any name; one that turns out to be unusable gets its failure here.
    selected : str
        Regular expression that chooses benchmarks.
    config : Path
        asv's configuration.
    copies : mapping of hashable to str, optional
        For some of the names, the name of a second environment of the same pins.

    Yields
    ------
    dict of hashable to Arm
        Without those that failed.
    """
    tags = repository.tags(repository.build(known))
    with ExitStack() as closing:
        arms = {}
        for name, wanted in stacks.items():
            if not wanted.failure:
                try:
                    arm = of_release(config, tags[wanted.release], selected, (copies or {}).get(name, ""))
                    arms[name] = closing.enter_context(arm)
                except BreakevenError as error:
                    stacks[name] = replace(wanted, failure=str(error))
        yield arms
