"""asv_runner's commands inside a release's environment, with four things more than asv's own ``benchmark.py``.

asv hands the path of this file to the release's Python, so it imports asv_runner and nothing of breakeven.

- A fork server imports, beside the suite, the modules that it is told: one for each set of imports.
- A sample waits for its turn if the process was given a place in a round; `breakeven.harness.turns` is the other end.
- Of what a benchmark prints the last part is passed on.
- Beside its result a process leaves which packages it has loaded, from where, and what it raised.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import json
import os
import socket
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import ModuleType, SimpleNamespace
from typing import IO, Any

from asv_runner import server
from asv_runner._aux import update_sys_path
from asv_runner.benchmarks.time import TimeBenchmark
from asv_runner.check import _check
from asv_runner.discovery import _discover
from asv_runner.run import _run
from asv_runner.setup_cache import _setup_cache

#: Seconds that an arm sleeps at most, as breakeven's ``own_folders.py`` has it for Dask.
LONGEST = 7200

#: Bytes of what a process has printed that are passed on.
PRINTED = 100_000


def run(args: Sequence[str]) -> None:
    """Run one benchmark, then leave which packages are loaded, and what it raised, beside its result.

    What is printed does not tell that: workers of a cluster go on to write after the process has ended.
    """
    benchmark_dir, _, extra_params, _, result_file = args
    given = json.loads(extra_params)
    if "place" in given:
        PLACES.append(Place(**given["place"]))
        if PLACES[0].cluster:
            _suites_cluster(benchmark_dir).lend(PLACES[0].cluster)
    if given.get("n_workers") is not None:
        _suites_cluster(benchmark_dir).expect(given["n_workers"])
    raised = ""
    try:
        _run(args)
    except Exception as err:
        raised = traceback.format_exception_only(err)[-1].strip()
        raise
    finally:
        with open(f"{result_file}.left", "w") as file:
            json.dump({"loaded": loaded(), "raised": raised}, file)


def join(cgroup: str) -> None:
    """Let this process be put to sleep together with all that it starts from now on.

    In the cgroup whose folder is given; where there is none, what has lost its parents becomes a child of this process.
    """
    if cgroup:
        with open(os.path.join(cgroup, "cgroup.procs"), "w") as file:
            file.write("0")  # itself
    elif sys.platform == "linux":
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def outwait() -> None:
    """Let loky's workers wait until other arms had their turns, where joblib is loaded.

    They would end after 300 s without work, asleep or not, and no variable changes that.
    """
    backends = sys.modules.get("joblib._parallel_backends")
    if backends is not None:
        backend = vars(backends)["LokyBackend"]
        backend.configure = functools.partialmethod(backend.configure, idle_worker_timeout=LONGEST)


def loaded() -> dict[str, list[str]]:
    """List what this process has imported, but for Python itself: top-level package to version and place."""
    found = {}
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None)
        if "." in name or not place:
            continue
        version, place = getattr(module, "__version__", None), os.path.realpath(place)
        if isinstance(version, str) or "site-packages" in place:
            found[name] = [version if isinstance(version, str) else "", place]
    return found


def end_of(path: str, **options: Any) -> IO[str]:
    """Open what a process has printed, where its last part begins."""
    file: IO[str] = open(path, **options)  # noqa: SIM115 - the server closes it
    file.seek(max(0, os.path.getsize(path) - PRINTED))
    return file


def _suites_cluster(benchmark_dir: str) -> ModuleType:
    """Give the suite's module that knows of clusters."""
    update_sys_path(benchmark_dir)
    return importlib.import_module(f"{os.path.basename(benchmark_dir)}.cluster")


def lend(args: Sequence[str]) -> None:
    """Start the suite's usual cluster, for benchmarks that use it one after the other."""
    benchmark_dir, place = args
    _suites_cluster(benchmark_dir).serve(place)


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
    # asv looks a thousand times a second whether the benchmark has ended: that would disturb whoever has the turn
    server.time = SimpleNamespace(sleep=lambda seconds: time.sleep(max(seconds, 0.01)))
    # asv passes on all that a benchmark has printed, in minutes if that is much
    server.open = end_of
    server._run = run
    server._run_server((benchmark_dir, socket_name))


class Place:
    """The process's place in a round: where it asks for its turns, and what it keeps to itself.

    Parameters
    ----------
    address : str
        Of the socket at which turns are given.
    group : str
        Folder of the cgroup to join; empty if there is none.
    environment : dict of str to str
        Variables of the process, such as folders of its own.
    one_core : bool
        Whether its calls keep to the core that it is told.
    cluster : str
        Address of a cluster that is lent to it; empty if there is none.
    """

    def __init__(
        self, address: str, group: str, environment: dict[str, str], one_core: bool, cluster: str = ""
    ) -> None:
        self.cluster = cluster
        join(group)
        outwait()
        os.environ.update(environment)
        tempfile.tempdir = None  # the server has looked it up before
        if "dask" in sys.modules:
            sys.modules["dask"].config.refresh()
        self._one_core = one_core
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(address)
        self._line.sendall(os.getpid().to_bytes(4, "big"))

    def wait(self, seconds: float) -> int:
        """Tell how long the sample took that was taken, NaN if none was, and wait for the next word."""
        self._line.sendall(struct.pack("<d", seconds))
        said = self._line.recv(2)
        if len(said) < 2:
            raise ConnectionError("whoever gave the turns has ended")
        word, core = said
        if self._one_core and CORES:
            os.sched_setaffinity(0, {CORES[core % len(CORES)]})
        return int(word)


#: What a process is told when it asks: to make an untimed call, to take a sample, or that it has taken its last.
SETTLE, SAMPLE, END = range(3)


class TurnsEndedError(Exception):
    """The process has taken its last sample."""


CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

#: The place of this process, once it has taken it; none if it runs alone.
PLACES: list[Place] = []


class InTurns:
    """A timer each of whose samples waits for its turn, with its setup: nothing of ours runs in another's turn.

    Attributes
    ----------
    samples : list of float
        Seconds of each that was taken.
    """

    def __init__(self, timer: Any, given: Place) -> None:
        self._timer, self._place = timer, given
        self._before = float("nan")
        self.samples: list[float] = []

    def timeit(self, number: int) -> float:
        """Take one sample, after as many untimed calls as it is told.

        Raises
        ------
        TurnsEndedError
            There are no more.
        """
        while (word := self._place.wait(self._before)) == SETTLE:
            self._timer.timeit(number)
            self._before = float("nan")
        if word == END:
            raise TurnsEndedError
        seconds: float = self._timer.timeit(number)
        self._before = seconds
        self.samples.append(seconds)
        return seconds


class Alone:
    """A timer from which only the process that called it comes back, and no fork that the call has made."""

    def __init__(self, timer: Any) -> None:
        self._timer, self._own = timer, os.getpid()

    def timeit(self, number: int) -> float:
        """Take one sample."""
        seconds = float(self._timer.timeit(number))
        if os.getpid() != self._own:
            os._exit(0)
        return seconds


def _in_turns(asv: Callable[..., tuple[list[float], int]]) -> Callable[..., tuple[list[float], int]]:
    """Let asv choose the number and warm up alone, then take samples in turns until it is told that they have ended."""

    @functools.wraps(asv)
    def benchmark_timing(
        self: TimeBenchmark,
        timer: Any,
        min_repeat: int,
        max_repeat: int,
        max_time: float,
        warmup_time: float,
        number: int,
        min_run_count: int,
    ) -> tuple[list[float], int]:
        timer = Alone(timer)
        if number == 0:
            timer.timeit(1)  # a first call may be cold, and asv would choose too small a number
        if not PLACES:
            return asv(self, timer, min_repeat, max_repeat, max_time, warmup_time, number, min_run_count)
        if number == 0 or warmup_time > 0:
            number = asv(self, timer, 1, 1, 0.0, warmup_time, number, 1)[1]
        taken = InTurns(timer, PLACES[0])
        with suppress(TurnsEndedError):
            asv(self, taken, 1, sys.maxsize, sys.maxsize, 0.0, number, 1)
        return taken.samples, number

    return benchmark_timing


def main() -> None:
    """Do what asv asks for."""
    sys.path.pop(0)  # this folder, in which asv's runner has no business
    TimeBenchmark.benchmark_timing = _in_turns(TimeBenchmark.benchmark_timing)
    commands = {
        "discover": _discover, "check": _check, "setup_cache": _setup_cache, "run": run, "run_server": run_server,
        "lend": lend,
    }  # fmt: skip
    mode, *args = sys.argv[1:]
    commands[mode](args)


if __name__ == "__main__":
    main()
