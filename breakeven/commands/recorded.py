"""Results of a release, for the commands that read them."""

from __future__ import annotations

import typer

from breakeven.harness import asv_config, release_results
from breakeven.harness.release_results import ReleaseResults
from breakeven.train import entries


def load(release: str | None, machine: str | None) -> ReleaseResults:
    """Read all that is recorded for a release, and say which it is where that is not to be expected.

    Parameters
    ----------
    release : str or None
        Its name, with overrides; the newest that was measured on the machine if not given.
    machine : str or None
        In the results; this one if not given.
    """
    found = release_results.load(release, machine, asv_config.current())
    if release is None and found.release != entries.load().newest.name:
        typer.echo(f"{found.release} is the newest release that was measured on '{found.store.machine}'", err=True)
    return found
