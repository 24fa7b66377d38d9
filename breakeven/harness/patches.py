"""What is changed in asv: everything, in one call."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import asv.commands.run
import asv.runner
from asv.console import log
from asv.runner import BenchmarkResult, Spawner

from breakeven.errors import BreakevenError, of_system

# asv finds its kinds of repositories and environments among the subclasses that are imported
from breakeven.harness import release_environment, release_train, suite  # noqa: F401
from breakeven.harness.fork_servers import ForkServers
from breakeven.harness.kept_results import KeptResults
from breakeven.harness.selected_benchmarks import SelectedBenchmarks

MEASURING_PROCESS = Path(__file__).with_name("measuring_process.py")

_run_single = asv.runner._run_benchmark_single_param


def install() -> None:
    """Let asv measure releases: called once by the plugin for asv's own commands, and before arms are opened."""
    # Needless if asv saved after each benchmark, and kept numbers and samples that a run does not measure.
    asv.commands.run.Results = KeptResults
    # Needless if a benchmark could say in which selections its parameters are.
    asv.commands.run.Benchmarks = SelectedBenchmarks
    # Needless if asv's runner could be told of modules to import, had a hook around a sample, and told what it loaded.
    asv.runner.BENCHMARK_RUN_SCRIPT = str(MEASURING_PROCESS)
    # Needless if asv ended what a benchmark leaves behind, and let benchmarks choose what their server imports.
    asv.runner.ForkServer = ForkServers
    asv.runner._run_benchmark_single_param = _run_where_it_belongs
    # Needless if asv ended every Ctrl-C in a sentence, not only those while a benchmark runs.
    sys.excepthook = _one_sentence


def _run_where_it_belongs(
    benchmark: dict[str, Any],
    spawner: Spawner,
    param_idx: int,
    profile: bool,
    extra_params: dict[str, Any],
    cwd: str | None,
) -> BenchmarkResult:
    """Choose the server by what the benchmark needs, and tell its process of the existing cluster's size."""
    extra_params = dict(extra_params)
    workers = getattr(spawner.env, "workers", None)
    if workers is not None:
        extra_params["n_workers"] = workers.n_workers
    number = extra_params.pop("server", 0)
    if isinstance(spawner, ForkServers):
        spawner = spawner.serving(suite.read(benchmark).imports_at(param_idx), number)
    return _run_single(benchmark, spawner, param_idx, profile, extra_params, cwd)


def _one_sentence(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        log.error("Interrupted; what was finished is kept")
        return
    told = of_system(error) if isinstance(error, OSError) else error
    if isinstance(told, BreakevenError):
        log.error(str(told))
    else:
        sys.__excepthook__(kind, error, trace)
