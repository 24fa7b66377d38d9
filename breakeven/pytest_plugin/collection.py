"""What pytest asks while it collects and runs, once benchmarks are asked for."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import pytest

from breakeven import units
from breakeven.errors import BreakevenError, of_system
from breakeven.harness import accepted, asv_config, own_code, profiles, results
from breakeven.harness.record import Settings
from breakeven.pytest_plugin.checks import Checks
from breakeven.pytest_plugin.gating import Gate
from breakeven.pytest_plugin.items import BenchmarkFile, BenchmarkItem, Listed, Way, place


def plugin(config: pytest.Config, of_gate: Sequence[Any]) -> Collection:
    """Read the options.

    Parameters
    ----------
    config : pytest.Config
        With ``--benchmarks``.
    of_gate : sequence
        What only a gate asks for, as given: base, head, budget, tolerance, memory tolerance, accepted.

    Returns
    -------
    Collection
        To be registered.

    Raises
    ------
    pytest.UsageError
        They do not fit together, or name what is not there.
    """
    folder, profile = (config.getoption(f"breakeven_{name}") for name in ("benchmarks", "profile"))
    base, head, budget, *let_pass, file = of_gate
    try:
        chosen = own_code.chosen(suite=Path(folder) if folder else None)
        if not (base or head or budget or any(let_pass) or file):
            way: Way = Checks(chosen.config, profile or profiles.chosen())
            return Collection(config, asv_config.benchmarks(chosen.config), way)
        if not (base and head):
            raise BreakevenError("Give both --base and --head")
        if config.getoption("dist", "no") != "no":
            raise BreakevenError("Times are not measured by pytest-xdist: its workers would disturb each other")
        seconds = units.duration(budget or "20m")
        known, expired = accepted.load(Path(file), date.today()) if file else ((), [])
        profile = profile or profiles.chosen(profiles.GATE)
        tolerance, memory_tolerance = (units.share(text) if text else None for text in let_pass)
        asked = Settings(seconds, "", profile, tolerance, memory_tolerance, accepted=known)
        return Gating(config, asv_config.benchmarks(chosen.config), Gate(chosen, base, head, asked, expired))
    except (BreakevenError, OSError, ValueError) as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    """Tell in a sentence what the user can do something about."""
    told = of_system(error) if isinstance(error, OSError) else error
    if told is None:
        raise error
    raise pytest.UsageError(str(told)) from None


class Collection:
    """Collects the benchmarks of a folder, and nothing else of it."""

    def __init__(self, config: pytest.Config, folder: Path, way: Way) -> None:
        self._config, self._folder, self._way = config, folder, way
        self._smallest = config.getoption("breakeven_smallest")
        self._files: dict[Path, list[Listed]] = {}
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args, config.args_source = [str(folder)], pytest.Config.ArgsSource.ARGS

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """List the benchmarks before pytest looks for files."""
        closing = ExitStack()
        self._config.add_cleanup(closing.close)
        try:
            for listed in self._way.open(closing, self._tell):
                self._files.setdefault(place(self._folder, listed.benchmark.name)[0], []).append(listed)
        except (BreakevenError, OSError) as error:
            _refuse(error)
        if self._config.getoption("dist", "no") != "no" and not hasattr(self._config, "workerinput"):
            closing.close()  # the workers of pytest-xdist collect; this one has seen that they can

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Take the suite for a plain folder: pytest would import a package."""
        return pytest.Dir.from_parent(parent, path=path) if self._has(path) else None

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Give the benchmarks of a module of the suite, in place of what pytest would import."""
        found = yield
        if not self._has(file_path):
            return found
        listed = self._files.get(file_path)
        given: dict[str, Any] = {"path": file_path, "listed": listed, "folder": self._folder, "way": self._way}
        return [BenchmarkFile.from_parent(parent, **given)] if listed else []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave all but the smallest sizes out, if that is asked for."""
        if not self._smallest:
            return
        every = [i.listed for i in items if isinstance(i, BenchmarkItem)]
        least = {(name, at): min(values) for (name, at), values in _numbers(every).items()}
        kept = [
            not isinstance(i, BenchmarkItem)
            or all(least.get((i.listed.benchmark.name, at), p) == p for at, p in enumerate(_plain(i.listed)))
            for i in items
        ]
        self._config.hook.pytest_deselected(items=[i for i, keep in zip(items, kept, strict=True) if not keep])
        items[:] = [i for i, keep in zip(items, kept, strict=True) if keep]

    def _has(self, path: Path) -> bool:
        return path.is_relative_to(self._folder)

    def _tell(self, text: str) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(text)


class Gating(Collection):
    """Measures between collecting and telling."""

    _way: Gate

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Measure what is selected before the first item is told."""
        wanted = [i.listed for i in session.items if isinstance(i, BenchmarkItem)]
        if not wanted or session.testsfailed or self._config.option.collectonly:
            return
        try:
            self._way.measure(wanted, self._tell)
        except (BreakevenError, OSError) as error:
            _refuse(error)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Keep the kinds of failure apart."""
        return self._way.status(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell the verdicts."""
        self._way.summary(terminalreporter)


def _numbers(every: list[Listed]) -> dict[tuple[str, int], set[int]]:
    """Gather the values of each axis that has whole numbers alone, by benchmark and place."""
    found: dict[tuple[str, int], set[int | str]] = {}
    for listed in every:
        for at, value in enumerate(_plain(listed)):
            found.setdefault((listed.benchmark.name, at), set()).add(value)
    return {key: {int(v) for v in values} for key, values in found.items() if all(type(v) is int for v in values)}


def _plain(listed: Listed) -> list[int | str]:
    return [results.plain(p) for p in listed.parameters]
