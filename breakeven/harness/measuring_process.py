"""asv_runner's commands inside a release's environment, with three things more than asv's own ``benchmark.py``.

asv hands the path of this file to the release's Python, so it imports asv_runner and nothing of breakeven.

- A fork server imports, beside the suite, the modules that it is told: one for each set of imports.
- A sample waits for its turn if the process was given the address where turns are given.
- Beside its result a process leaves which packages it has loaded, from where.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

from asv_runner import server
from asv_runner._aux import update_sys_path
from asv_runner.benchmarks.time import TimeBenchmark
from asv_runner.check import _check
from asv_runner.discovery import _discover
from asv_runner.run import _run
from asv_runner.setup_cache import _setup_cache


def run(args: Sequence[str]) -> None:
    """Run one benchmark, then leave a list of the packages that are loaded beside its result."""
    benchmark_dir, _, extra_params, _, result_file = args
    n_workers = json.loads(extra_params).get("n_workers")
    if n_workers is not None:
        _suites_cluster(benchmark_dir).expect(n_workers)
    try:
        _run(args)
    finally:
        with open(f"{result_file}.loaded", "w") as file:
            json.dump(loaded(), file)


def loaded() -> dict[str, list[str]]:
    """List what this process has imported: top-level package to version and place."""
    found = {}
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None)
        if "." not in name and place and isinstance(getattr(module, "__version__", None), str):
            found[name] = [module.__version__, os.path.realpath(place)]
    return found


def _suites_cluster(benchmark_dir: str) -> ModuleType:
    """Give the suite's module that connects to an existing cluster, to be told how many workers that must have."""
    update_sys_path(benchmark_dir)
    return importlib.import_module(f"{os.path.basename(benchmark_dir)}.cluster")


def run_server(args: Sequence[str]) -> None:
    """Serve benchmarks from a process that has imported the suite and the modules named last."""
    benchmark_dir, socket_name, *modules = args
    suite = server.disc_benchmarks

    def import_all(*args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from suite(*args, **kwargs)
        for module in modules:
            try:
                importlib.import_module(module)
            except BaseException:  # as asv does: the benchmark that needs it fails, with the reason
                traceback.print_exc()

    server.disc_benchmarks = import_all
    server._run = run
    server._run_server((benchmark_dir, socket_name))


class InTurns:
    """A timer each of whose samples waits for its turn, with its setup: nothing of ours runs in another's turn."""

    def __init__(self, timer: Any, gate: socket.socket, one_core: bool) -> None:
        self._timer, self._gate, self._one_core = timer, gate, one_core

    def timeit(self, number: int) -> float:
        """Take one sample."""
        self._gate.sendall(b"?")
        turn = self._gate.recv(1)
        if not turn:
            raise ConnectionError("whoever gave the turns has ended")
        if self._one_core and hasattr(os, "sched_setaffinity"):
            # both sides on the same one, and on another in the next turns: cores of a shared machine differ
            os.sched_setaffinity(0, {CORES[turn[0] % len(CORES)]})
        return float(self._timer.timeit(number))


CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _taking_turns(method: Callable[..., Any]) -> Callable[..., Any]:
    def timer(self: TimeBenchmark, *param: Any) -> Any:
        made, given = method(self, *param), self._attr_sources[0]
        address = getattr(given, "turns", None)
        if address is None:
            return made
        gate = socket.socket(socket.AF_UNIX)
        gate.connect(address)
        gate.sendall(os.getpid().to_bytes(4, "big"))
        return InTurns(made, gate, getattr(given, "one_core", False))

    return timer


def main() -> None:
    """Do what asv asks for."""
    sys.path.pop(0)  # this folder, in which asv's runner has no business
    TimeBenchmark._get_timer = _taking_turns(TimeBenchmark._get_timer)
    TimeBenchmark._get_interleaved_timer = _taking_turns(TimeBenchmark._get_interleaved_timer)
    commands = {
        "discover": _discover, "check": _check, "setup_cache": _setup_cache, "run": run, "run_server": run_server
    }  # fmt: skip
    mode, *args = sys.argv[1:]
    commands[mode](args)


if __name__ == "__main__":
    main()
