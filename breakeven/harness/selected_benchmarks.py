"""The benchmarks that ``asv run`` runs: those of the profile, with its processes and time-outs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asv import util
from asv.benchmarks import Benchmarks
from asv.config import Config

from breakeven.errors import BreakevenError
from breakeven.harness import profiles


class SelectedBenchmarks(Benchmarks):  # type: ignore[misc]
    """Benchmarks of which the profile selects; all of them are listed in ``benchmarks.json``."""

    def __init__(self, conf: Config, benchmarks: Iterable[dict[str, Any]], regex: Any = None) -> None:
        super().__init__(conf, benchmarks, regex)
        profile = profiles.chosen()
        try:
            profiles.check(profile, self._all_benchmarks.values())
        except BreakevenError as err:
            raise util.UserError(str(err)) from None
        for name, benchmark in list(self.items()):
            wanted = profiles.selected(benchmark, profile)
            matching = self._benchmark_selection[name]
            if matching is not None:
                self._benchmark_selection[name] = wanted = [at for at in matching if at in wanted]
            if wanted:
                self[name] = profiles.scheduled(benchmark, profile)
            else:
                del self[name]
