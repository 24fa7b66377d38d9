"""One fork server for each set of imports, whose processes leave nothing behind and tell what they have loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from asv import util
from asv.console import log
from asv.environment import Environment
from asv.runner import ForkServer, Spawner

from breakeven.harness import guard, leftovers, loaded_packages, suite


class ForkServers(Spawner):  # type: ignore[misc]
    """Starts a server when the first benchmark asks for its imports: a serial fit's process never loads Dask."""

    def __init__(self, env: Environment, root: str) -> None:
        super().__init__(env, root)
        self._servers: dict[tuple[tuple[str, ...], int], TidyForkServer] = {}

    def serving(self, imports: tuple[str, ...], number: int = 0) -> TidyForkServer:
        """Give a server that has imported the suite and these modules, started on first use; it serves one at once."""
        if (imports, number) not in self._servers:
            server = self._servers[imports, number] = TidyForkServer(self.env, self.benchmark_dir, imports)
            succeeded, said = server.preimport()
            if not succeeded:
                raise util.UserError(said)
            if said:
                log.warning(said.rstrip())
        return self._servers[imports, number]

    def preimport(self) -> tuple[bool, str]:
        """Start the server that has imported the suite alone; a suite that does not import fails here."""
        try:
            self.serving(())
        except util.UserError as err:
            return False, str(err)
        return True, ""

    def loaded(self, benchmark: Mapping[str, Any], index: int, number: int) -> dict[str, str]:
        """Give the packages that the last process of a parameter set has loaded, and their versions."""
        return self.serving(suite.read(benchmark).imports_at(index), number).loaded

    def interrupt(self) -> None:
        """Say no more of what servers print."""
        for server in self._servers.values():
            server.interrupt()

    def close(self) -> None:
        """End all servers."""
        while self._servers:
            self._servers.popitem()[1].close()


class TidyForkServer(ForkServer):  # type: ignore[misc]
    """A server whose processes leave nothing behind.

    They end by ``os._exit``, which runs no exit handlers: loky's workers would stay for the 300 s after
    which they give up, those of a benchmark killed for its time as long.

    Attributes
    ----------
    loaded : dict of str to str
        Packages that the process before has loaded, and their versions.
    """

    def __init__(self, env: Environment, root: str, imports: tuple[str, ...]) -> None:
        self.loaded: dict[str, str] = {}
        self._mark = leftovers.mark()
        super().__init__(_WithArguments(env, imports, self._mark), root)
        self._guarded = f"server {self.server_proc.pid}"
        guard.own().watch(self._guarded, pids=[self.server_proc.pid])

    def run(self, *args: Any, **kwargs: Any) -> tuple[str, int]:
        """Run a benchmark, then end what it has started; what was loaded from elsewhere is a failure."""
        try:
            out, status = super().run(*args, **kwargs)
        finally:
            self._end_the_rest()
        left = _left_beside(kwargs["result_file_name"])
        self.loaded, foreign = loaded_packages.judged(left.loaded, self.env.path)
        reason = foreign or left.raised
        return (f"{out}\n{reason}", status or 1) if reason else (out, status)

    def close(self) -> None:
        """End the server."""
        super().close()
        guard.own().forget(self._guarded)

    def _end_the_rest(self) -> None:
        # by the group, too: what is started with an environment of its own has lost the mark
        left = {*leftovers.marked(self._mark), *filter(self._of_group, psutil.process_iter())}
        leftovers.end([process for process in left if process.pid != self.server_proc.pid])

    def _of_group(self, process: psutil.Process) -> bool:
        try:
            return bool(os.getpgid(process.pid) == self.server_proc.pid)
        except ProcessLookupError:
            return False


class _WithArguments:
    """An environment that adds arguments to the command of asv's server, to which asv passes none, and a mark."""

    def __init__(self, environment: Environment, arguments: tuple[str, ...], mark: dict[str, str]) -> None:
        self._environment, self._arguments, self._mark = environment, arguments, mark
        self.env_vars = environment.env_vars
        #: Where packages must come from; None where the user's own environment is measured in.
        self.path = Path(environment._path) if environment.tool_name == "release" else None

    def run(self, command: list[str], **kwargs: Any) -> Any:
        kwargs["env"] = {**kwargs["env"], **self._mark}
        return self._environment.run([*command, *self._arguments], **kwargs)


class _Left(NamedTuple):
    """What a process has left beside its result: each package's version and place, and what it raised."""

    loaded: Mapping[str, tuple[str, str]]
    raised: str


def _left_beside(result_file: str) -> _Left:
    """Read and remove what a process has left beside its result; nothing if it was killed."""
    path = Path(f"{result_file}.left")
    try:
        return _Left(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError):
        return _Left({}, "")
    finally:
        path.unlink(missing_ok=True)
