"""Read asv's results: which release, which benchmark and parameters, which numbers."""

from __future__ import annotations

import ast
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil
from asv import util
from asv.benchmarks import Benchmarks
from asv.config import Config
from asv.results import Results
from asv_runner.statistics import compute_stats

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.harness.machine import described


@dataclass(frozen=True)
class Value:
    """What is recorded for one benchmark and parameter set on one release.

    Attributes
    ----------
    state : {"measured", "failed", "skipped"}
        asv writes ``null`` for a failure and NaN for a skip.
    number : float
        Median, in the benchmark's unit; NaN unless measured.
    interval : tuple of float
        asv's 99 % interval of the median; NaN where there is none.
    samples : tuple of float
        All samples, as many a round as the benchmark's ``repeat``; empty for what is tracked.
    """

    state: Literal["measured", "failed", "skipped"]
    number: float = math.nan
    interval: tuple[float, float] = (math.nan, math.nan)
    samples: tuple[float, ...] = ()

    @property
    def half(self) -> float:
        """Half of the interval's width; NaN where there is none."""
        return (self.interval[1] - self.interval[0]) / 2


def of_samples(samples: Sequence[float]) -> Value:
    """Sum samples up as asv does: their median, and its interval.

    Parameters
    ----------
    samples : sequence of float
        Seconds a call.
    """
    number, told = compute_stats(list(samples), 1)
    return Value("measured", float(number), (told["ci_99_a"], told["ci_99_b"]), tuple(samples))


def parameter_sets(benchmark: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """List a benchmark's parameter sets.

    Parameters
    ----------
    benchmark : mapping
        Its entry in ``benchmarks.json``.

    Returns
    -------
    list of tuple of str
        As asv writes them, in asv's order.
    """
    return list(itertools.product(*benchmark["params"]))


def label(benchmark: str, parameters: Sequence[str]) -> str:
    """Name a benchmark with one of its parameter sets, as asv prints it.

    Parameters
    ----------
    benchmark : str
        asv's name.
    parameters : sequence of str
        As asv writes them; may be empty.
    """
    return f"{benchmark}({', '.join(parameters)})" if parameters else benchmark


def plain(parameter: str) -> int | str:
    """Turn a parameter as asv writes it (a ``repr``) back into the value.

    Parameters
    ----------
    parameter : str
        ``"'serial'"`` or ``"1000"``.
    """
    try:
        value = ast.literal_eval(parameter)
    except (ValueError, SyntaxError):  # the repr of an object of the suite's own
        return parameter
    return value if isinstance(value, int) else str(value)


@dataclass(frozen=True)
class Store:
    """A folder of results and the machine whose results are meant.

    Attributes
    ----------
    folder : Path
        asv's ``results_dir``.
    machine : str
        Name of the machine.
    """

    folder: Path
    machine: str

    @classmethod
    def of(cls, config: Path, machine: str | None = None) -> Store:
        """Open the results of a checkout.

        Parameters
        ----------
        config : Path
            asv's configuration.
        machine : str, optional
            Name of a machine; the one asv measures on by default.

        Raises
        ------
        BreakevenError
            No such machine in the results.
        """
        folder = Path(Config.load(str(config)).results_dir)
        own = machine or described()["machine"]
        known = [p.parent.name for p in folder.glob("*/machine.json")]
        if machine is not None and machine not in known:
            raise BreakevenError(f"No results of machine '{machine}'; there are: {', '.join(known) or 'none'}")
        return cls(folder, own)

    def description(self) -> dict[str, str]:
        """Read what is known of the machine.

        Returns
        -------
        dict of str to str
            As `described` gives it; empty if nothing was measured on it.
        """
        path = self.folder / self.machine / "machine.json"
        return {k: str(v) for k, v in _load(path).items() if k != "version"} if path.exists() else {}

    def cores(self) -> int:
        """Read how many cores the machine has.

        Returns
        -------
        int
            Those of this machine if it was not recorded.
        """
        count = re.match(r"\d+", self.description().get("num_cpu", ""))
        return int(count.group()) if count else psutil.cpu_count() or 1

    def benchmarks(self) -> dict[str, dict[str, Any]]:
        """Read the list of benchmarks that the last run found.

        Raises
        ------
        BreakevenError
            There is none, or it is damaged.
        """
        path = self.folder / "benchmarks.json"
        if not path.exists():
            raise BreakevenError(f"No {path}: run the suite first (breakeven run)")
        listed: dict[str, dict[str, Any]] = _load(path)
        return {n: b for n, b in listed.items() if n != "version"}

    def list_benchmarks(self, everything: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep the list of benchmarks, as ``asv run`` does.

        Parameters
        ----------
        everything : mapping of str to mapping
            As asv describes them.
        """
        text = json.dumps({**everything, "version": Benchmarks.api_version}, indent=4, sort_keys=True)
        files.write(self.folder / "benchmarks.json", text)

    def commits(self) -> set[str]:
        """Find the commits with results, by the eight characters that asv names files with."""
        files = (self.folder / self.machine).glob("*.json")
        return {p.name.split("-")[0] for p in files if p.name != "machine.json"}

    def recorded(self, commit: str) -> dict[str, dict[tuple[str, ...], Value]]:
        """Read all that is recorded for a commit.

        Parameters
        ----------
        commit : str
            Hash.

        Returns
        -------
        dict of str to dict
            Benchmark to parameter set to value. A benchmark whose ``version`` has changed since is
            left out, as it is by asv; one that the last run's profile does not have is not.

        Raises
        ------
        BreakevenError
            A file is damaged; it is named.
        """
        found: dict[str, dict[tuple[str, ...], Value]] = {}
        listed = self.benchmarks()
        for path in sorted((self.folder / self.machine).glob(f"{commit[:8]}-*.json")):
            try:
                loaded = Results.load(str(path), machine_name=self.machine)
            except (util.UserError, KeyError, TypeError, ValueError, AttributeError) as err:
                raise BreakevenError(f"Damaged results file {path}: {err}") from None
            for name in loaded.get_all_result_keys():
                if name not in listed or loaded.benchmark_version.get(name) == listed[name]["version"]:
                    found[name] = dict(_values(loaded, name))
        return found


def _load(path: Path) -> Any:
    try:
        return util.load_json(str(path))
    except (util.UserError, UnicodeDecodeError) as err:
        raise BreakevenError(f"Damaged results file {path}: {err}") from None


def _values(loaded: Results, name: str) -> Iterator[tuple[tuple[str, ...], Value]]:
    params = loaded.get_result_params(name)
    numbers = loaded.get_result_value(name, params)
    stats = loaded.get_result_stats(name, params)
    samples = loaded.get_result_samples(name, params)
    for index, parameters in enumerate(itertools.product(*params)):
        number = numbers[index]
        if number is None:
            yield parameters, Value("failed")
        elif math.isnan(number):
            yield parameters, Value("skipped")
        else:
            at = stats[index] or {}
            low, high = (math.nan if at.get(k) is None else at[k] for k in ("ci_99_a", "ci_99_b"))
            yield parameters, Value("measured", number, (low, high), tuple(samples[index] or ()))
