"""What every trial came to on every release that was tried, kept in an append-only file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from breakeven import lines
from breakeven.compatibility.trials import Outcome, Trial
from breakeven.errors import BreakevenError


@dataclass
class Outcomes:
    """What is known.

    Attributes
    ----------
    path : Path
        Where it is kept.
    found : dict of Trial to dict of str to Outcome
        Of each trial, release to what it came to there.
    """

    path: Path
    found: dict[Trial, dict[str, Outcome]] = field(default_factory=dict)

    def add(self, trial: Trial, release: str, outcome: Outcome) -> None:
        """Keep what a trial came to.

        Parameters
        ----------
        trial : Trial
            Which.
        release : str
            On which release.
        outcome : Outcome
            What.
        """
        self.found.setdefault(trial, {})[release] = outcome
        lines.write(self.path, [{**asdict(trial), "release": release, **asdict(outcome)}])

    def kinds(self, trials: Sequence[Trial], places: Mapping[str, int]) -> dict[str, dict[int, str]]:
        """Give what trials came to as a search wants it.

        Parameters
        ----------
        trials : sequence of Trial
            Which.
        places : mapping of str to int
            Release to its place in the train.

        Returns
        -------
        dict of str to dict of int to str
            Of each title, place to what two releases must have in common to be alike.
        """
        return {
            trial.title: {
                places[release]: outcome.kind
                for release, outcome in self.found.get(trial, {}).items()
                if release in places
            }
            for trial in trials
        }


def load(path: Path) -> Outcomes:
    """Read what is known.

    Parameters
    ----------
    path : Path
        The file; none knows nothing.

    Raises
    ------
    BreakevenError
        It is damaged, or holds something else.
    """
    known = Outcomes(path)
    try:
        for line in lines.mended(path):
            trial = Trial(line["title"], line["counterpart"], line["version"])
            known.found.setdefault(trial, {})[line["release"]] = Outcome(line["outcome"], line["why"])
    except (KeyError, TypeError):
        raise BreakevenError(f"{path} holds no trials") from None
    newest = {trial.title: trial for trial in known.found}  # of several versions the last one
    known.found = {trial: known.found[trial] for trial in newest.values()}
    return known
