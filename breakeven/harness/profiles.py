"""How large a run is: the profile selects parameters and processes by what the suite states; it changes neither."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping
from typing import Any

from breakeven.errors import BreakevenError

#: Where a user chooses the profile for ``asv run``, which takes no argument for it.
VARIABLE = "BREAKEVEN_PROFILE"
DEFAULT = "quick"

#: What decides on an upgrade: more benchmarks than answer a question in minutes, at the same few sizes.
GATE = "gate"

#: What has every strategy.
FULL = "full"


def chosen(otherwise: str = DEFAULT) -> str:
    """Give the profile that the user's environment names."""
    return os.environ.get(VARIABLE, otherwise)


def check(profile: str, benchmarks: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a profile that no benchmark of a suite knows.

    Parameters
    ----------
    profile : str
        As the user chose it.
    benchmarks : iterable of mapping
        As asv describes them.

    Raises
    ------
    BreakevenError
        The suite states profiles, and this is none of them.
    """
    known = list(dict.fromkeys(name for b in benchmarks for name in b.get("stated", {}).get("profiles", {})))
    if known and profile not in known:
        raise BreakevenError(f"{VARIABLE} is '{profile}', but must be one of: {', '.join(known)}")


def selected(benchmark: Mapping[str, Any], profile: str) -> list[int]:
    """Select parameter sets of a benchmark.

    Parameters
    ----------
    benchmark : mapping
        As asv describes it.
    profile : str
        Its name.

    Returns
    -------
    list of int
        Indices in asv's order; all of a benchmark that states no profiles; ``[0]`` stands for one without parameters.
    """
    every = list(itertools.product(*benchmark["params"]))
    stated = benchmark.get("stated", {}).get("profiles")
    if stated is None:
        return list(range(len(every)))
    if profile not in stated:
        return []
    allowed = [stated[profile]["select"].get(name) for name in benchmark["param_names"]]
    return [
        at
        for at, parameters in enumerate(every)
        if all(values is None or p in values for p, values in zip(parameters, allowed, strict=False))
    ]


def scheduled(benchmark: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """Give a benchmark the number of processes and the time-out of a profile.

    Parameters
    ----------
    benchmark : mapping
        As asv describes it.
    profile : str
        Its name.

    Returns
    -------
    dict
        A copy; unchanged if the benchmark states none.
    """
    stated = benchmark.get("stated", {}).get("profiles", {}).get(profile, {})
    return {**benchmark, **{key: stated[key] for key in ("rounds", "timeout") if key in stated}}
