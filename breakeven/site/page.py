"""Write ``scaling.html``: what every machine measured on every release, on one page that needs no network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import bokeh
import jinja2
import typer
from asv.console import log
from bokeh.embed import json_item

from breakeven import files
from breakeven.advice.prediction import times
from breakeven.commands import options
from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.harness import record
from breakeven.harness.results import Store, this_machine
from breakeven.site import assets, data, figures
from breakeven.site.data import Columns, Snapshot
from breakeven.statistics import size_law
from breakeven.train import entries, repository

#: What asv's bar gets, before which of its entries.
ENTRY = '<li id="nav-li-scaling"><a href="scaling.html">Scaling</a></li>\n'
BEFORE = '<li id="nav-li-graphdisplay">'

#: Sources by name, as the page's script exchanges them.
Sources = dict[str, Columns]


@dataclass(frozen=True)
class View:
    """All that the page shows of one machine.

    Attributes
    ----------
    about : str
        What is known of the machine.
    releases : dict of str to (dict, dict)
        In order of date, the newest last: sources; workload to sentences.
    history : dict
        Sources of the figures over the releases.
    followed : dict of str to int
        Workload to the size that is followed over the releases.
    """

    about: str
    releases: dict[str, tuple[Sources, dict[str, list[str]]]]
    history: Sources
    followed: dict[str, int]


def write(html: Path, project: str, results: Path, train_file: Path) -> None:
    """Write the page, its data as CSV, and the entry in the bar of asv's own pages.

    Parameters
    ----------
    html : Path
        The folder that asv publishes to, its own pages copied already.
    project : str
        Name for the title.
    results : Path
        asv's results.
    train_file : Path
        ``releases.toml``.

    Raises
    ------
    BreakevenError
        The page cannot be written.
    """
    # the page begins with the first: this machine, or the best known one
    here = this_machine()["machine"]
    measured = dict(sorted(_measured(results, train_file), key=lambda of: (of[0] != here, -len(of[1]))))
    if not measured:
        log.warning("No release of the train has results: no Scaling page")
        return
    rows = [(name, rows) for shots in measured.values() for shot in shots for name, rows in shot.workloads.items()]
    workloads = sorted({name for name, _ in rows})
    strategies = list(dict.fromkeys(s for _, sized in rows for row in sized for s in row.times))
    views = {name: view(Store(results, name), shots, workloads) for name, shots in measured.items()}
    for name, columns in tables(views, workloads).items():
        files.write(html / "scaling" / f"{name}.csv", data.written(columns))
    for name in ("page.css", "page.js"):
        files.write(html / "scaling" / name, _own(name))
    shutil.copy(Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js", html / "scaling")
    files.write(html / "scaling.html", page(project, views, workloads, strategies))
    index = html / "index.html"
    files.write(index, index.read_text().replace(BEFORE, ENTRY + BEFORE))


def view(store: Store, shots: Sequence[Snapshot], workloads: Sequence[str]) -> View:
    """Gather all that the page shows of one machine.

    Parameters
    ----------
    store : Store
        Its results.
    shots : sequence of Snapshot
        Its releases in order of date.
    workloads : sequence of str
        All of the page, whether this machine has them or not.

    Returns
    -------
    View
    """
    known, cores = store.description(), store.cores()
    amount = _bytes(known.get("ram", ""))
    ram = [] if amount is None else [[amount / 1e6]]
    cpus = f"{known.get('num_cpu', cores)} cores"
    size = known.get("ram", "") if amount is None else f"{amount / 1e9:.0f} GB"
    about = ", ".join(text for text in (known.get("cpu"), cpus, size, known.get("os")) if text)
    pages = {}
    for shot in shots:
        sources: Sources = {"overview": data.overview(shot.workloads), "ram": data.table(data.RAM, ram)}
        sentences = {}
        for name in workloads:
            rows = shot.workloads.get(name, [])
            fitted = size_law.fit(times(rows))
            sources[f"points {name}"] = data.points(rows, shot, cores)
            sources[f"curves {name}"] = data.curves(rows, fitted)
            sources[f"break-evens {name}"], compared = data.break_evens(fitted)
            if rows:
                sentences[name] = compared
        pages[shot.release.name] = sources, sentences
    gates = dict(
        data.judgements(found, verdicts.judge(found))
        for found in map(record.load, sorted((store.folder / store.machine / "gates").glob("*.gate")))
    )
    history: Sources = {}
    followed = {}
    for name in workloads:
        history[f"history {name}"], history[f"steps {name}"], at = data.history(name, shots, gates)
        history[f"lines {name}"] = data.lines(history[f"history {name}"])
        if at is not None:
            followed[name] = at
    return View(about, pages, history, followed)


def page(project: str, views: Mapping[str, View], workloads: Sequence[str], strategies: Sequence[str]) -> str:
    """Write the page.

    Parameters
    ----------
    project : str
        Name for the title.
    views : mapping of str to View
        By machine.
    workloads, strategies : sequence of str
        In the order in which they are shown.

    Returns
    -------
    str
        HTML; names from results are escaped in it.
    """
    drawn = {"overview": figures.overview(workloads, strategies)}
    for name in workloads:
        drawn[f"times {name}"] = figures.times(name, strategies)
        drawn[f"memory {name}"] = figures.memory(name, strategies)
        drawn[f"history {name}"] = figures.history(name, strategies)
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.policies["json.dumps_kwargs"] = {}  # its own would sort the releases, and what Bokeh's refer to
    return environment.from_string(_own("page.html")).render(
        project=project,
        policy=assets.POLICY,
        workloads=[(name, slug(name)) for name in workloads],
        strategies=figures.look(strategies),
        figures={name: json_item(plot) for name, plot in drawn.items()},
        views={
            machine: {
                "about": v.about,
                "history": v.history,
                "followed": v.followed,
                "releases": {r: {"sources": s, "sentences": t} for r, (s, t) in v.releases.items()},
            }
            for machine, v in views.items()
        },
    )


def tables(views: Mapping[str, View], workloads: Sequence[str]) -> dict[str, Columns]:
    """Give the data of each figure, of all machines and releases.

    Parameters
    ----------
    views : mapping of str to View
        By machine.
    workloads : sequence of str
        Their names.

    Returns
    -------
    dict of str to dict of str to list
        Name of a file to its columns.
    """
    by_release = [
        ({"machine": machine, "release": release}, sources)
        for machine, v in views.items()
        for release, (sources, _) in v.releases.items()
    ]
    by_machine = [({"machine": machine}, v.history) for machine, v in views.items()]
    found = {"overview": _stacked((key, s["overview"]) for key, s in by_release)}
    for name in workloads:
        found[slug(name)] = _stacked((key, s[f"points {name}"]) for key, s in by_release)
        found[f"{slug(name)}.history"] = _stacked((key, s[f"history {name}"]) for key, s in by_machine)
    return found


def slug(name: str) -> str:
    """Give the name of a file for anything that results may be called.

    Parameters
    ----------
    name : str
        Of a workload.

    Returns
    -------
    str
    """
    return re.sub(r"[^\w.-]", "_", name)


def _measured(results: Path, train_file: Path) -> Iterator[tuple[str, list[Snapshot]]]:
    known = entries.load(train_file)
    tags = repository.tags(repository.build(known))
    for machine in sorted(path.parent.name for path in results.glob("*/machine.json")):
        store = Store(results, machine)
        commits = store.commits()
        recorded = []
        for release in known.releases:
            if tags[release.name][:8] in commits:
                try:
                    recorded.append((release, store.recorded(tags[release.name])))
                except BreakevenError as err:  # as asv does, publish the others
                    log.warning(str(err))
        shots = data.snapshots((release, values) for release, values in recorded if values)
        if shots:
            yield machine, shots


def _stacked(parts: Iterator[tuple[dict[str, str], Columns]]) -> Columns:
    found: Columns = {}
    for key, columns in parts:
        length = len(next(iter(columns.values())))
        for name, values in {**{k: [v] * length for k, v in key.items()}, **columns}.items():
            found.setdefault(name, []).extend(values)
    return found


def _bytes(text: str) -> float | None:
    """Read a machine's memory: bytes as asv finds it, else as a person wrote it."""
    try:
        return float(text) if text.isdigit() else options.size(text)
    except typer.BadParameter:
        return None


def _own(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text()
