"""The release train as a repository of asv's: its commits are releases."""

from __future__ import annotations

import re
from pathlib import Path

from asv import util
from asv.plugins.git import Git
from asv.repo import NoSuchNameError

from breakeven.errors import BreakevenError, suggestion
from breakeven.train import entries, repository


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
