"""``breakeven releases``: which releases there are, what is in them, and those that have come out since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from breakeven.train import entries, environments, extension, overrides

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")

Name = Annotated[
    str,
    typer.Argument(help="A release, `scikit-learn-1.5.0`, `newest`, `previous` or `oldest`; overrides after ` + `."),
]


@app.command("list")
def list_() -> None:
    """List every release of the train with its date, and what waits to join it.

    Example: `breakeven releases list | grep dask-ml`
    """
    known = entries.load()
    for release in known.releases:
        state = "  broken: " + release.broken if release.broken else ""
        beside = "  (backport, beside the train)" if release.side else ""
        typer.echo(f"{release.date:%Y-%m-%d}  {release.name}{beside}{state}")
    for held in known.waiting:
        typer.echo(f"{held.published:%Y-%m-%d}  {held.package} {held.version} waits: {held.why}")


@app.command()
def show(release: Name) -> None:
    """Print the full pins of a release, as a requirements file.

    Example: `breakeven releases show dask-2024.3.1 > requirements.txt`
    """
    found = overrides.resolve(entries.load(), release)
    published = f", published {found.published:%Y-%m-%d}" if found.published else ""
    typer.echo(f"# {found.name}, {found.date:%Y-%m-%d}{published}")
    for text in (found.note, found.broken and f"broken: {found.broken}"):
        if text:
            typer.echo(f"# {text}")
    for package, pin in sorted(found.pins.items()):
        joint = " " if pin.startswith("@ ") else "=="
        typer.echo(f"{package}{joint}{pin}")


@app.command()
def diff(before: Name, after: Name) -> None:
    """Print what changed between two releases.

    Example: `breakeven releases diff scikit-learn-1.5.0 newest`
    """
    known = entries.load()
    changes = entries.difference(overrides.resolve(known, before).pins, overrides.resolve(known, after).pins)
    for package, (old, new) in changes.items():
        typer.echo(f"{package} {old or '(absent)'} -> {new or '(absent)'}")
    if not changes:
        typer.echo("Nothing: the two have the same pins.")


@app.command()
def update() -> None:
    """Append what has come out since the last entry to releases.toml, checking that each imports.

    Saved after every entry, so an interrupted update goes on where it stopped. Example:
    `breakeven releases update`
    """
    known = entries.load()
    now = datetime.now(UTC).replace(microsecond=0)
    longer = known
    for longer in extension.extend(known, now, typer.echo):
        entries.save(longer)
    typer.echo(f"{len(longer.releases) - len(known.releases)} new entries")


@app.command()
def check(release: Name) -> None:
    """Install a release and import its packages.

    Example: `breakeven releases check "scikit-learn-1.6.1 + joblib==1.4.2"`
    """
    known = entries.load()
    found = overrides.resolve(known, release)
    environments.ensure(found.pins, known.python)
    typer.echo(f"{found.name} installs and imports")


@app.command()
def override(release: Name) -> None:
    """Commit a release with overrides to the train, and print the tag to give to any asv command.

    An override is a version (`joblib==1.4.0`), a wheel, a source folder or a VCS address. Example:

        tag=$(breakeven releases override "dask-ml-2025.1.0 + ./dist/dask_ml-new.whl")
        asv run "$tag^!" && asv compare dask-ml-2025.1.0 "$tag"
    """
    typer.echo(overrides.resolve(entries.load(), release).name)
