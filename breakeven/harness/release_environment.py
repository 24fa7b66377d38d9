"""The environment of a release as one of asv's: installing the "project" means switching to the release's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from asv import util
from asv.console import log
from asv.environment import Environment

from breakeven.errors import BreakevenError
from breakeven.harness import existing_cluster, leftovers
from breakeven.harness.release_train import ReleaseTrain
from breakeven.train import environments, resolver


class ReleaseEnvironment(Environment):  # type: ignore[misc]
    """One virtual environment a release; installing the "project" means switching to the release's."""

    tool_name = "release"
    copy = ""  # names a second environment of the same pins, for a release beside itself
    sync = False  # whether to install the release on the workers of an existing cluster
    workers: existing_cluster.Workers | None = None  # of the existing cluster, if there is one

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
        self.workers = existing_cluster.require(
            Path(self._path), resolver.text_of(pins), Path(conf.benchmark_dir), self.sync
        )
        self._commit = commit_hash
        self._set_commit_hash(commit_hash)

    def run(self, args: list[str], **kwargs: Any) -> Any:
        """Run the release's Python, and end what it leaves behind."""
        if kwargs.get("return_popen"):  # a fork server, which looks after its own processes
            return self.run_executable("python", args, **kwargs)
        mark = leftovers.mark()
        kwargs["env"] = {**kwargs.get("env", os.environ), **mark}
        try:
            return self.run_executable("python", args, **kwargs)
        finally:
            leftovers.end(leftovers.marked(mark))
