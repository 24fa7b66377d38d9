"""Where a benchmark got slower: profiles of both sides, sampled once the verdict is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.gate.verdicts import Judgement, Verdict
from breakeven.harness import sampled_stacks
from breakeven.harness.arms import AsvArm
from breakeven.harness.record import BASE, HEAD
from breakeven.statistics import stack_shares
from breakeven.statistics.stack_shares import Grown, Stack

#: Benchmarks that are profiled: those that slowed down the most.
MOST = 3


@dataclass(frozen=True)
class Where:
    """Where one benchmark got slower.

    Attributes
    ----------
    label : str
        Of the benchmark.
    stacks : dict of str to Counter
        By arm, stack to number of samples.
    path : Path
        Where its files are: the stacks, a file an arm, and whatever is drawn of them.
    """

    label: str
    stacks: dict[str, Counter[Stack]]
    path: Path

    @property
    def functions(self) -> list[Grown]:
        """The functions whose share grew, the largest growth first."""
        return stack_shares.grown(self.stacks[BASE], self.stacks[HEAD])


def folder(record: Path) -> Path:
    """Say where the profiles of a gate are kept: beside its record."""
    return record.with_suffix(".where")


def slowest(judged: Sequence[Judgement]) -> list[Judgement]:
    """Choose what is profiled.

    Parameters
    ----------
    judged : sequence of Judgement
        Of a gate.

    Returns
    -------
    list of Judgement
        At most `MOST` times that are slower, the slowest first.
    """
    slower = [j for j in judged if j.verdict is Verdict.SLOWER and j.case.judged == "as time"]
    return sorted(slower, key=lambda j: -j.ratio)[:MOST]


def measure(
    judged: Sequence[Judgement],
    arms: Mapping[str, AsvArm],
    kept: Path,
    draw: Callable[[Where], Path],
    tell: Callable[[str], object],
) -> None:
    """Profile both sides of the slowest benchmarks, unless that was done before; verdicts stand, whatever comes of it.

    Parameters
    ----------
    judged : sequence of Judgement
        Of a gate.
    arms : mapping of str to AsvArm
        Its sides.
    kept : Path
        From `folder`.
    draw : callable
        Draws a page of each.
    tell : callable
        Is told where the page is, or why one cannot be profiled.
    """
    for j in slowest(judged):
        path = kept / files.name(j.case.label)
        try:
            for arm in (BASE, HEAD):
                if not _file(path, arm).exists():
                    stacks = sampled_stacks.sample(arms[arm], j.case.benchmark, j.case.parameters_of(arm))
                    sampled_stacks.write(_file(path, arm), stacks)
            tell(f"Where {j.case.label} got slower: {draw(_load(j.case.label, path))}")
        except BreakevenError as error:
            tell(f"Where {j.case.label} got slower is not known: {error}")


def load(judged: Sequence[Judgement], kept: Path) -> list[Where]:
    """Read what was profiled before, of what is slower.

    Parameters
    ----------
    judged : sequence of Judgement
        Of a gate.
    kept : Path
        From `folder`.
    """
    paths = {j.case.label: kept / files.name(j.case.label) for j in slowest(judged)}
    return [
        _load(label, path) for label, path in paths.items() if all(_file(path, arm).exists() for arm in (BASE, HEAD))
    ]


def _load(label: str, path: Path) -> Where:
    return Where(label, {arm: sampled_stacks.load(_file(path, arm)) for arm in (BASE, HEAD)}, path)


def _file(path: Path, arm: str) -> Path:
    return path.with_name(f"{path.name}.{arm}.folded")
