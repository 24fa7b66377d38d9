"""The command ``breakeven``."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from breakeven.advice import prediction
from breakeven.commands import advise, blame, calibrate, gate, options, simulate, two_hosts, workers
from breakeven.errors import BreakevenError
from breakeven.harness import existing_cluster, results, suite_run
from breakeven.harness.results import CONFIG
from breakeven.report import beyond_memory, sizes
from breakeven.statistics import size_law
from breakeven.statistics.size_law import BreakEven
from breakeven.train import entries, environments, extension, overrides, repository

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False)
releases_app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(releases_app, name="releases", help="The release train: which releases there are and what is in them.")

out = Console()
err = Console(stderr=True)

Name = Annotated[
    str,
    typer.Argument(help="A release, `scikit-learn-1.5.0`, `newest`, `previous` or `oldest`; overrides after ` + `."),
]


@app.callback()
def main() -> None:
    """Measure which scaling strategy pays off for your estimator, and since which release.

    asv measures (`asv run`, `asv publish`, `asv preview`); this command looks after the
    releases it measures on and reads the results. Example:

        breakeven run newest && breakeven report
    """


@releases_app.command("list")
def list_() -> None:
    """List every release of the train with its date.

    Example: `breakeven releases list | grep dask-ml`
    """
    known = entries.load()
    for release in known.releases:
        state = "  broken: " + release.broken if release.broken else ""
        beside = "  (backport, beside the train)" if release.side else ""
        typer.echo(f"{release.date:%Y-%m-%d}  {release.name}{beside}{state}")
    for held in known.waiting:
        typer.echo(f"{held.published:%Y-%m-%d}  {held.package} {held.version} waits: the stack does not allow it yet")


@releases_app.command()
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


@releases_app.command()
def diff(before: Name, after: Name) -> None:
    """Print what changed between two releases.

    Example: `breakeven releases diff scikit-learn-1.5.0 newest`
    """
    known = entries.load()
    changes = entries.difference(overrides.resolve(known, before).pins, overrides.resolve(known, after).pins)
    for package, (old, new) in changes.items():
        typer.echo(f"{package} {old or '(absent)'} -> {new or '(absent)'}")
    if not changes:
        out.print("Nothing: the two have the same pins.")


@releases_app.command()
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
    out.print(f"{len(longer.releases) - len(known.releases)} new entries")


@releases_app.command()
def check(release: Name) -> None:
    """Install a release and import its packages.

    Example: `breakeven releases check "scikit-learn-1.6.1 + joblib==1.4.2"`
    """
    known = entries.load()
    found = overrides.resolve(known, release)
    environments.ensure(found.pins, known.python)
    out.print(f"{found.name} installs and imports")


@releases_app.command()
def override(release: Name) -> None:
    """Commit a release with overrides to the train, and print the tag to give to any asv command.

    An override is a version (`joblib==1.4.0`), a wheel, a source folder or a VCS address. Example:

        tag=$(breakeven releases override "dask-ml-2025.1.0 + ./dist/dask_ml-new.whl")
        asv run "$tag^!" && asv compare dask-ml-2025.1.0 "$tag"
    """
    typer.echo(overrides.resolve(entries.load(), release).name)


@app.command()
def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="Releases; the newest by default.", metavar="[RELEASE]...")
    ] = None,
    bench: Annotated[
        list[str] | None, typer.Option(metavar="REGEX", help="Only benchmarks in whose name one of these is found.")
    ] = None,
    machine: Annotated[
        str | None,
        typer.Option(help="Name for the results, told to asv before by `asv machine`; this one's by default."),
    ] = None,
    sync_workers: Annotated[
        bool,
        typer.Option("--sync-workers", help="Install each release on the workers of the cluster that Dask is told of."),
    ] = False,
) -> None:
    """Measure releases with asv, round by round, going on wherever an earlier run stopped.

    The same as `asv run`, but it can be interrupted at any time: what is measured is kept, and the
    same command measures only the rest. With `DASK_SCHEDULER_ADDRESS` set, Dask strategies run on that
    cluster, whose workers must run the release: give its results a name. Example:
    `breakeven run oldest newest --bench KMeansLloyd`
    """
    if sync_workers:
        os.environ[existing_cluster.SYNC] = "1"
    known = entries.load()
    found = [overrides.resolve(known, name) for name in names or ["newest"]]
    tags = repository.tags(repository.build(known))
    commits = {r.name: tags[r.name] for r in found}
    if not suite_run.run(commits, [options.pattern(text) for text in bench or []], CONFIG, machine):
        raise BreakevenError("Some benchmarks failed; all others are recorded (see above, or breakeven report)")


@app.command("report")
def report_(
    release: Annotated[str, typer.Option(help="A release.")] = "newest",
    machine: Annotated[str | None, typer.Option(help="A machine in the results; this one by default.")] = None,
    bench: options.Bench = options.ANY,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown tables.")] = False,
) -> None:
    """Print the times of each strategy at each size, which one wins, the scores, and the break-even sizes.

    A question mark behind the winner: its 99 % interval overlaps another strategy's. Example:
    `breakeven report --release scikit-learn-1.5.0`
    """
    known = entries.load()
    found = overrides.resolve(known, release)
    store = results.Store.of(CONFIG, machine)
    everything = store.recorded(repository.tags(repository.build(known))[found.name])
    recorded = {name: values for name, values in everything.items() if bench.search(name)}
    if not recorded:
        matching = f" that matches {bench.pattern}" if bench.pattern else ""
        raise BreakevenError(f"Nothing{matching} is recorded for {found.name} on machine '{store.machine}'")
    if markdown:
        print(sizes.markdown(recorded))
        for grid in beyond_memory.grids(recorded):
            print("\n".join(grid.markdown()))
        return
    out.print(f"[bold]{found.name}[/bold] on {store.machine}; medians, ± half of asv's 99 % interval")
    for table in [*sizes.tables(recorded), *(grid.drawn() for grid in beyond_memory.grids(recorded))]:
        out.print(table)
    for name, rows in sizes.workloads(recorded).items():
        for compared in size_law.break_evens(size_law.fit(prediction.times(rows))):
            if isinstance(compared, BreakEven):
                out.print(f"{name}: {size_law.sentence(compared)}", highlight=False)


app.command("advise")(advise.advise)
app.command("gate")(gate.gate_)
app.command("calibrate")(calibrate.calibrate)
app.command("blame")(blame.blame_)
app.command("simulate")(simulate.simulate_)
app.command("workers")(workers.workers)
app.command("two-hosts")(two_hosts.two_hosts_)


def entry() -> None:
    """Run the command; a failure is one sentence on standard error and a non-zero exit."""
    try:
        app(standalone_mode=True)
    except BreakevenError as error:
        err.print(f"breakeven: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.status)
    except SystemExit as end:
        if end.code == 130:  # typer's silent answer to Ctrl-C
            err.print("breakeven: interrupted; what was finished is kept")
        raise
