"""Files and items: one item a benchmark and parameter set."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from breakeven.gate.session import Tell
from breakeven.harness import results
from breakeven.harness.suite import Benchmark


class FailureError(Exception):
    """A benchmark's failure, told without a traceback: that would be of the plugin, not of the benchmark."""


@dataclass(frozen=True)
class Outcome:
    """How an item ended.

    Attributes
    ----------
    failure, skipped : str
        Why it failed, or was skipped; empty if it was not.
    properties : tuple of (str, object)
        For JUnit.
    """

    failure: str = ""
    skipped: str = ""
    properties: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Listed:
    """A benchmark with one of its parameter sets.

    Attributes
    ----------
    benchmark : Benchmark
        As the suite states it.
    parameters : tuple of str
        As asv writes them.
    """

    benchmark: Benchmark
    parameters: tuple[str, ...]


class Way(Protocol):
    """What is done with the items: they are checked, or gated."""

    def open(self, closing: ExitStack, tell: Tell) -> list[Listed]:
        """Get ready until `closing` is closed, and list what there is."""

    def outcome(self, listed: Listed) -> Outcome:
        """Say how an item ends."""


class BenchmarkItem(pytest.Item):
    """A benchmark with one of its parameter sets."""

    def __init__(self, *, listed: Listed, way: Way, **given: Any) -> None:
        super().__init__(**given)
        self.listed = listed
        self._way = way
        strategy = listed.benchmark.strategy(listed.parameters)
        for name in (listed.benchmark.workload, *([strategy.name] if strategy else [])):
            line = f"{name}: a workload or strategy of the benchmarks"
            if line not in self.config.getini("markers"):
                self.config.addinivalue_line("markers", line)
            self.add_marker(name)

    def runtest(self) -> None:
        """End as the way says."""
        outcome = self._way.outcome(self.listed)
        self.user_properties += outcome.properties
        if outcome.skipped:
            pytest.skip(outcome.skipped)
        if outcome.failure:
            raise FailureError(outcome.failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell a failure of the benchmark in its own words."""
        return str(excinfo.value) if isinstance(excinfo.value, FailureError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Say where it is, and what asv calls it."""
        return self.path, None, results.label(self.listed.benchmark.name, self.listed.parameters)


class BenchmarkFile(pytest.File):
    """A module of the suite."""

    def __init__(self, *, listed: Sequence[Listed], folder: Path, way: Way, **given: Any) -> None:
        super().__init__(**given)
        self._listed, self._folder, self._way = listed, folder, way

    def collect(self) -> Iterator[BenchmarkItem]:
        """Give the items of its benchmarks."""
        used: dict[str, int] = {}
        for listed in self._listed:
            name = place(self._folder, listed.benchmark.name)[1] + identity(listed.parameters)
            used[name] = used.get(name, 0) + 1
            if used[name] > 1:  # values that are written alike
                name = f"{name[:-1]}#{used[name]}]"
            # told whole, or pytest takes the parameters for a part of the name and does not know it again with --lf
            nodeid = f"{self.nodeid}::{name}"
            yield BenchmarkItem.from_parent(self, name=name, nodeid=nodeid, listed=listed, way=self._way)


def place(folder: Path, name: str) -> tuple[Path, str]:
    """Find the module of a benchmark.

    Parameters
    ----------
    folder : Path
        Of the suite.
    name : str
        asv's name of the benchmark.

    Returns
    -------
    path : Path
        The suite's own ``__init__.py`` if the name was given by hand, and is that of no module.
    name : str
        The rest of the name.
    """
    parts = name.split(".")
    for n in range(len(parts) - 1, 0, -1):
        module = folder.joinpath(*parts[:n])
        for path in (module.with_suffix(".py"), module / "__init__.py"):
            if path.is_file():
                return path, ".".join(parts[n:])
    return folder / "__init__.py", name


def identity(parameters: Sequence[str]) -> str:
    """Write parameters as pytest does."""
    return f"[{'-'.join(str(results.plain(p)) for p in parameters)}]" if parameters else ""
