"""``breakeven compatibility``: on which releases each public name of dask_ml works, and where it broke."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from breakeven.commands import options
from breakeven.compatibility import bisection, outcomes, trials
from breakeven.compatibility.outcomes import Outcomes
from breakeven.compatibility.trials import Outcome, Trial
from breakeven.errors import BreakevenError
from breakeven.harness import asv_config, one_at_a_time, results
from breakeven.report import compatibility as tables
from breakeven.train import entries, environments
from breakeven.train.entries import Release, Train
from breakeven.train.environments import BrokenStackError

out = Console()

NAME = "compatibility.trials"


def compatibility(
    releases: Annotated[
        list[str] | None, typer.Argument(help="Releases to try in any case.", show_default=False)
    ] = None,
    name: Annotated[
        str, typer.Option(help="Only trials in whose title this regular expression is found.", show_default=False)
    ] = "",
    record: Annotated[
        Path | None, typer.Option(help="Keep what the trials came to here.", show_default="beside the results")
    ] = None,
    from_: Annotated[Path | None, typer.Option("--from", help="Try nothing: tell what this file holds.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the table for a page.")] = False,
) -> None:
    """Try every public estimator and function of dask_ml beside its counterpart.

    Each trial is small, and says whether it gives the answer of its counterpart, another one, or fails. The newest
    release is tried first, then the oldest, then points between; where two that follow each other differ, the releases
    between them are halved. Environments are built as they are needed. The same command goes on where an interrupted
    one stopped. Examples:

        breakeven compatibility --name KMeans
        breakeven compatibility dask-2024.12.1 --name concatenate
    """
    selected = options.pattern(name)
    known_train = entries.load()
    places = {release.name: place for place, release in enumerate(known_train.main)}
    known = outcomes.load(from_ or record or results.Store.of(asv_config.current()).folder / NAME)
    if from_ is None:
        with one_at_a_time.held(typer.echo):
            newest = environments.ensure(known_train.newest.pins, known_train.python)
            every = [t for t in trials.listed(newest) if selected.search(t.title)]
            for release in (known_train.find(one) for one in releases or []):
                _on(known_train, release, [t for t in every if release.name not in known.found.get(t, {})], known)
            while (chosen := bisection.following(known.kinds(every, places), len(places))) is not None:
                place, titles = chosen
                _on(known_train, known_train.main[place], [t for t in every if t.title in titles], known)
        known.found = {trial: known.found[trial] for trial in every}
    known.found = {t: of for t, of in known.found.items() if selected.search(t.title) and places.keys() & of.keys()}
    if not known.found:
        raise BreakevenError(f"No trial matches {name}" if name else f"{known.path} holds no trials of these releases")
    sentence, table = tables.answer(known, places)
    if markdown:
        typer.echo("\n".join([sentence, "", *table.markdown()]))
    else:
        out.print(table.drawn())
        out.print(sentence, highlight=False)


def _on(train: Train, release: Release, every: list[Trial], known: Outcomes) -> None:
    """Try what is asked of a release, and keep it."""
    if not every:
        return
    out.print(f"{release.name}: {len(every)} trials", highlight=False)
    try:
        environment = environments.ensure(release.pins, train.python)
    except BrokenStackError as error:
        for trial in every:
            known.add(trial, release.name, Outcome("fails", str(error)))
        return
    for trial, outcome in trials.run(environment, every):
        known.add(trial, release.name, outcome)
