"""asv's results of one release, kept on disk after every benchmark; no run takes away what another has measured."""

from __future__ import annotations

import itertools
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asv import util
from asv.results import Results
from asv.runner import BenchmarkResult


class KeptResults(Results):  # type: ignore[misc]
    """Results that are on disk after every benchmark; asv itself writes them once a release is done."""

    _kept_in: str | None = None

    def load_data(self, result_dir: str) -> None:
        """Read what an earlier run left; from now on, keep what is added."""
        super().load_data(result_dir)
        self._kept_in = result_dir

    def add_result(
        self, benchmark: Mapping[str, Any], result: BenchmarkResult, *, selected_idx: Any = None, **options: Any
    ) -> None:
        """Add a benchmark's result and save; a skip replaces no number, and all samples stay."""
        measured = self.measured(benchmark)
        ran = range(len(result.result)) if selected_idx is None else selected_idx
        replaced = [at for at in ran if not (at in measured and _is_skip(result.result[at]))]
        # asv drops the samples of every parameter set unless it is told to record them
        options["record_samples"] = True
        super().add_result(benchmark, result, selected_idx=replaced, **options)
        if self._kept_in is not None:
            self.save(self._kept_in)

    def get_result_value(self, key: str, params: Sequence[Sequence[str]]) -> list[float | None]:
        """Give NaN for what an earlier suite did not have: asv's null would say that it has failed."""
        numbers = super().get_result_value(key, params)
        known = set(itertools.product(*self.get_result_params(key)))
        return [n if p in known else math.nan for p, n in zip(itertools.product(*params), numbers, strict=True)]

    def remove_samples(self, key: str, selected_idx: Any = None) -> None:
        """Keep them: asv drops those of what it has not measured yet, and replaces them anyway if it does."""

    def measured(self, benchmark: Mapping[str, Any]) -> set[int]:
        """Give the indices of the parameter sets of which a number is known."""
        name = benchmark["name"]
        if self.benchmark_version.get(name) != benchmark["version"]:
            return set()
        numbers = self.get_result_value(name, benchmark["params"])
        return {at for at, number in enumerate(numbers) if not util.is_na(number)}

    def save(self, result_dir: str) -> None:
        """Write the file beside its place and move it there, so that it is never half-written."""
        target = Path(result_dir, self._filename)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as draft:
            super().save(draft)
            os.replace(Path(draft, self._filename), target)


def _is_skip(number: float | None) -> bool:
    return number is not None and util.is_nan(number)
