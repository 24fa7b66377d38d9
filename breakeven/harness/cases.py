"""What a gate has to judge: benchmarks and parameter sets that the suites of both releases offer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from breakeven.harness import profiles, results, suite
from breakeven.harness.record import Case


@dataclass(frozen=True)
class Experience:
    """What is known of a benchmark before a gate.

    Attributes
    ----------
    ratios : tuple of float
        Log-ratios between a release and itself.
    seconds : float
        Median time of a round.
    """

    ratios: tuple[float, ...]
    seconds: float


@dataclass(frozen=True)
class Shard:
    """A share of what a gate has to judge, for a machine of its own that measures both sides of it.

    Attributes
    ----------
    number : int
        From 1.
    of : int
        How many there are.
    """

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """Read ``2/4``, the second of four.

        Parameters
        ----------
        text : str
            As typed.

        Raises
        ------
        ValueError
            It is not a shard.
        """
        found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
        shard = cls(*map(int, found.groups())) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.of:
            raise ValueError(f"'{text}' is not a shard, such as 2/4 for the second of four")
        return shard

    def share(self, every: Sequence[Case]) -> list[Case]:
        """Give the cases of this shard: neighbours go to different ones, so that all take about as long."""
        return list(every[self.number - 1 :: self.of])


def listed(
    suites: Mapping[str, Mapping[str, Mapping[str, Any]]],
    selected: str,
    profile: str,
    known: Mapping[str, Experience] | None = None,
) -> list[Case]:
    """List what is to be judged.

    Parameters
    ----------
    suites : mapping of str to mapping
        What the suite offers each arm, as asv describes it; an arm that failed is left out.
    selected : str
        Regular expression; as asv does, it is looked for in ``name(parameters)``.
    profile : str
        That selects parameters.
    known : mapping of str to Experience, optional
        By label, what gates of a release against itself showed.

    Returns
    -------
    list of Case
        In asv's order; without numbers that are told and not judged.
    """
    found: dict[tuple[str, tuple[str, ...]], Case] = {}
    for arm, offered in suites.items():
        for name, described in offered.items():
            benchmark, every = suite.read(described), results.parameter_sets(described)
            if not benchmark.kind.judged:
                continue
            for parameters in (every[at] for at in profiles.selected(described, profile)):
                before = found.get((name, parameters))
                offering = (*before.arms, arm) if before else (arm,)
                tolerance = benchmark.tolerance_of(parameters).share
                case = Case(name, parameters, benchmark.kind.name, offering, tolerance=tolerance)
                earlier = (known or {}).get(case.label)
                if earlier is not None:
                    case = replace(case, noise=earlier.ratios, seconds=earlier.seconds)
                if re.search(selected, case.label):
                    found[name, parameters] = case
    return list(found.values())
