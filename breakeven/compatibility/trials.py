"""Run the suite's trials in the environment of a release."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breakeven import state
from breakeven.errors import BreakevenError


@dataclass(frozen=True)
class Trial:
    """A trial as the suite states it.

    Attributes
    ----------
    title : str
        The public name, and which of several trials of it.
    counterpart : str
        What gives the answer that is expected.
    version : str
        Of the work that it does.
    """

    title: str
    counterpart: str
    version: str


@dataclass(frozen=True)
class Outcome:
    """What a trial came to on a release.

    Attributes
    ----------
    outcome : {"works", "differs", "fails", "no counterpart"}
        Whether it gave the answer of its counterpart; "no counterpart" if that is what fails.
    why : str
        What differs or failed; empty if it works.
    """

    outcome: str
    why: str

    @property
    def kind(self) -> str:
        """What two releases must have in common to be alike: the outcome, and of failures which error it is."""
        if self.outcome == "differs" or not self.why:
            return self.outcome
        return f"{self.outcome}: {self.why.partition(':')[0]}"


def listed(environment: Path) -> list[Trial]:
    """List the trials of the suite.

    Parameters
    ----------
    environment : Path
        Of any release.

    Raises
    ------
    BreakevenError
        They cannot be listed.
    """
    return [Trial(**told) for told in _run(environment, ["--list"])]


def run(environment: Path, every: Sequence[Trial]) -> Iterator[tuple[Trial, Outcome]]:
    """Run trials.

    Parameters
    ----------
    environment : Path
        Of a release.
    every : sequence of Trial
        Which.

    Yields
    ------
    Trial, Outcome
        As each ends.

    Raises
    ------
    BreakevenError
        They cannot be run.
    """
    by_title = {trial.title: trial for trial in every}
    for told in _run(environment, list(by_title)):
        yield by_title[told["title"]], Outcome(told["outcome"], told["why"])


def _run(environment: Path, words: list[str]) -> Iterator[dict[str, Any]]:
    command = [str(environment / "bin" / "python"), "-W", "ignore", "-m", "trials", *words]
    with subprocess.Popen(
        command, cwd=state.SUITE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield from map(json.loads, process.stdout)
            said = process.stderr.read().strip().splitlines()
        finally:
            process.terminate()
    if process.returncode > 0:
        raise BreakevenError(f"The trials cannot be run: {(said or ['they ended without a word'])[-1]}")
