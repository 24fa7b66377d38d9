"""What asv is told, without a change to asv: its repository is the train, its environments are releases'.

Named in the ``plugins`` key of ``asv.conf.json``.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import asv.commands.run
import asv.runner
import psutil
from asv import util
from asv.console import log
from asv.environment import Environment
from asv.plugins.git import Git
from asv.repo import NoSuchNameError
from asv.results import Results
from asv.runner import ForkServer

from breakeven.errors import BreakevenError, suggestion
from breakeven.harness import existing_cluster
from breakeven.train import entries, environments, repository, resolver


class ReleaseTrain(Git):  # type: ignore[misc]
    """The train repository, built from ``releases.toml`` whenever a command needs it."""

    dvcs = "release-train"

    def __init__(self, url: str, mirror_path: str) -> None:
        try:
            self.path = repository.build(entries.load(Path(url)))
        except BreakevenError as err:
            raise util.UserError(str(err)) from None
        super().__init__(str(self.path), mirror_path)

    @classmethod
    def url_match(cls, url: str) -> bool:
        """Never: the configuration names this class by its ``dvcs``."""
        return False

    def pins(self, commit: str) -> dict[str, str]:
        """Read the stack of a commit."""
        return repository.pins(self.path, commit)

    def get_hash_from_name(self, name: str | None) -> str:
        """Look a release up by its tag, suggesting the nearest names."""
        try:
            return str(super().get_hash_from_name(name))
        except (NoSuchNameError, util.ProcessError):
            raise util.UserError(self._unknown(str(name))) from None

    def get_hashes_from_range(self, range_spec: str) -> list[str]:
        """Give the commits of a range, suggesting the nearest names when one of its ends is unknown."""
        for end in re.split(r"\.{2,3}|\s+", range_spec):
            name = re.split(r"[\^~]", end)[0]
            if name and not name.startswith("-"):
                self.get_hash_from_name(name)
        return list(super().get_hashes_from_range(range_spec))

    def _unknown(self, name: str) -> str:
        return f"Unknown release '{name}'.{suggestion(name, repository.tags(self.path))}"


class ReleaseEnvironment(Environment):  # type: ignore[misc]
    """One virtual environment a release; installing the "project" means switching to the release's."""

    tool_name = "release"
    copy = ""  # names a second environment of the same pins, for a release beside itself

    def __init__(self, conf: Any, python: str, requirements: dict[str, str], tagged_env_vars: Any) -> None:
        self._requirements = requirements
        self._commit: str | None = None
        super().__init__(conf, python, requirements, tagged_env_vars)

    @classmethod
    def matches(cls, python: str) -> bool:
        """Any version of Python, for uv finds or fetches it."""
        return re.fullmatch(r"\d+(\.\d+)*", python) is not None

    def create(self) -> None:
        """Do nothing: an environment is built when its release is known."""

    @property
    def installed_commit_hash(self) -> str | None:
        """The release that this object stands for now."""
        return self._commit

    def install_project(self, conf: Any, repo: ReleaseTrain, commit_hash: str) -> None:
        """Switch to the environment of a release, building it if needed."""
        self._commit = None
        pins = repo.pins(commit_hash)
        try:
            self._path = str(environments.ensure(pins, self._python, copy=self.copy))
        except BreakevenError as err:
            name = repo.get_name_from_hash(commit_hash) or commit_hash[:8]
            log.error(f"Release {name} cannot be measured: {err}")
            raise util.ProcessError(["environment of", name], 1, "", str(err)) from None
        # not the release's fault: an error that asv does not know ends it, with nothing recorded
        existing_cluster.require(Path(self._path), resolver.text_of(pins), Path(conf.benchmark_dir))
        self._commit = commit_hash
        self._set_commit_hash(commit_hash)

    def run(self, args: list[str], **kwargs: Any) -> Any:
        """Run the release's Python."""
        return self.run_executable("python", args, **kwargs)


class KeptResults(Results):  # type: ignore[misc]
    """Results that are on disk after every benchmark; asv itself writes them once a release is done."""

    _kept_in: str | None = None

    def load_data(self, result_dir: str) -> None:
        """Read what an earlier run left; from now on, keep what is added."""
        super().load_data(result_dir)
        self._kept_in = result_dir

    def add_result(self, *args: Any, **kwargs: Any) -> None:
        """Add a benchmark's result and save."""
        super().add_result(*args, **kwargs)
        if self._kept_in is not None:
            self.save(self._kept_in)

    def save(self, result_dir: str) -> None:
        """Write the file beside its place and move it there, so that it is never half-written."""
        target = Path(result_dir, self._filename)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as draft:
            super().save(draft)
            os.replace(Path(draft, self._filename), target)


class TidyForkServer(ForkServer):  # type: ignore[misc]
    """A server whose processes leave nothing behind.

    They end by ``os._exit``, which runs no exit handlers: loky's workers would stay for the 300 s after
    which they give up, those of a benchmark killed for its time as long.
    """

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Run a benchmark, then end what it has started."""
        try:
            return super().run(*args, **kwargs)
        finally:
            left = [p for p in psutil.process_iter() if p.pid != self.server_proc.pid and self._started(p)]
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.terminate()  # not kill: loky's resource trackers stay to remove their files
            deadline = time.monotonic() + 5
            while any(map(_runs, left)) and time.monotonic() < deadline:
                time.sleep(0.01)
            for process in filter(_runs, left):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _started(self, process: psutil.Process) -> bool:
        try:
            return bool(os.getpgid(process.pid) == self.server_proc.pid)
        except ProcessLookupError:
            return False


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)  # init may take a second to bury an orphan
    except psutil.NoSuchProcess:
        return False


asv.commands.run.Results = KeptResults
asv.runner.ForkServer = TidyForkServer


def _one_sentence(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    # asv knows Ctrl-C while a benchmark runs, but not while it waits for anything else.
    if issubclass(kind, KeyboardInterrupt):
        log.error("Interrupted; what was finished is kept")
    elif issubclass(kind, BreakevenError):
        log.error(str(error))
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _one_sentence
