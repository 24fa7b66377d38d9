"""Write ``scaling.html``: what every machine measured on every release, on one page that needs no network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import bokeh
import jinja2
from bokeh.embed import json_item

from breakeven import files, units
from breakeven.advice import sentences
from breakeven.advice.prediction import times
from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.harness import compared, record_file
from breakeven.harness.machine import described
from breakeven.harness.publishing import Published
from breakeven.harness.record import Record
from breakeven.harness.results import Store
from breakeven.harness.suite import Strategy
from breakeven.harness.workloads import Workload
from breakeven.site import assets, asv_pages, data, figures
from breakeven.site.data import Columns, Snapshot
from breakeven.statistics import size_law
from breakeven.train import entries, repository

#: What stands at the top of asv's own pages, whose parts all begin below its bar and are moved down to make room.
BODY = "<body>"
NOTE = f"""\
<body style="position: relative; top: 28px; height: calc(100vh - 28px)">
    <p id="raw-samples" style="position: fixed; z-index: 1000; top: 54px; left: 0; right: 0; height: 28px; margin: 0; \
padding: 3px 15px; overflow: auto hidden; white-space: nowrap; background: #fff3cd; color: #1b1b1b">
      These pages show {sentences.RAW}: do not compare two of them. The <a href="scaling.html">Scaling page</a>
      compares strategies of a size by {sentences.IN_ROUNDS}, and says where there are none.
    </p>"""

#: Sources by name, as the page's script exchanges them.
Sources = dict[str, Columns]


@dataclass(frozen=True)
class Names:
    """What is shown, in the order in which it is.

    Attributes
    ----------
    workloads : list of str
        Those by size and strategy.
    others : list of str
        Those by other axes.
    """

    workloads: list[str]
    others: list[str]


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


def write(published: Published, warn: Callable[[str], None]) -> None:
    """Write the page, its data as CSV, the entry in the bar of asv's own pages, and what they are.

    Parameters
    ----------
    published : Published
        What it is made of; asv's own pages are there already.
    warn : callable
        Told what is left out.

    Raises
    ------
    BreakevenError
        The page cannot be written, or asv's page is not as it was.
    """
    # the page begins with the first: this machine, or the best known one
    here, html = described()["machine"], published.html
    found = _measured(published, warn)
    measured = dict(sorted(found, key=lambda of: (of[0] != here, -len(of[1]))))
    if not measured:
        warn("No release of the train has results: no Scaling page")
        return
    shots = [shot for of_machine in measured.values() for shot in of_machine]
    workloads = sorted({name for shot in shots for name in shot.workloads})
    others = sorted({name for shot in shots for name in shot.others})
    known = {s.name: s for shot in shots for w in shot.workloads.values() for s in w.strategies.values()}
    strategies = sorted(known.values(), key=lambda s: s.order)
    names = Names(workloads, others)
    views = {
        name: view(Store(published.results, name), of_machine, names, warn) for name, of_machine in measured.items()
    }
    for name, columns in tables(views, names).items():
        files.write(html / "scaling" / f"{name}.csv", data.written(columns))
    for name in ("page.css", "page.js"):
        files.write(html / "scaling" / name, _own(name))
    shutil.copy(Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js", html / "scaling")
    files.write(html / "scaling.html", page(published.project, views, names, strategies))
    asv_pages.add_entry(html, "scaling", "scaling.html", "Scaling")
    asv_pages.replace_once(html / "index.html", BODY, NOTE)


def view(store: Store, shots: Sequence[Snapshot], names: Names, warn: Callable[[str], None]) -> View:
    """Gather all that the page shows of one machine.

    Parameters
    ----------
    store : Store
        Its results.
    shots : sequence of Snapshot
        Its releases in order of date.
    names : Names
        Of the page, whether this machine has them or not.
    warn : callable
        Told which record of a gate is damaged.
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
        told = {}
        for name in names.workloads:
            workload = shot.workloads.get(name, Workload(name, []))
            fitted = size_law.fit(times(workload.rows))
            sources[f"points {name}"] = data.points(workload, shot, cores)
            sources[f"curves {name}"] = data.curves(workload.rows, fitted)
            sources[f"break-evens {name}"], pairs = data.break_evens(fitted)
            if workload.rows:
                told[name] = pairs
        for name in names.others:
            sources[f"other {name}"] = data.other(shot.others[name]) if name in shot.others else {}
        pages[shot.release.name] = sources, told
    gates = dict(data.judgements(found, verdicts.judge(found)) for found in _gates(store, warn))
    linked = compared.of_releases(store, [shot.release.name for shot in shots])
    history: Sources = {}
    followed = {}
    for name in names.workloads:
        history[f"history {name}"], history[f"steps {name}"], at = data.history(name, shots, gates, linked)
        history[f"lines {name}"] = data.lines(history[f"history {name}"])
        if at is not None:
            followed[name] = at
    return View(about, pages, history, followed)


def _gates(store: Store, warn: Callable[[str], None]) -> Iterator[Record]:
    """Read the gates kept for a machine; a damaged one is left out, as asv leaves out a damaged result."""
    for path in sorted((store.folder / store.machine / "gates").glob("*.gate")):
        try:
            yield record_file.load(path)
        except BreakevenError as err:
            warn(str(err))


def page(project: str, views: Mapping[str, View], names: Names, strategies: Sequence[Strategy]) -> str:
    """Write the page.

    Parameters
    ----------
    project : str
        Name for the title.
    views : mapping of str to View
        By machine.
    names : Names
        Of what is shown.
    strategies : sequence of Strategy
        In the order in which they are shown.

    Returns
    -------
    str
        HTML; names from results are escaped in it.
    """
    drawn = {"overview": figures.overview(names.workloads, strategies)}
    for name in names.workloads:
        for what, draw in figures.BY_SIZE.items():
            drawn[f"{what} {name}"] = draw(name, strategies)
        drawn[f"history {name}"] = figures.history(name, strategies)
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.policies["json.dumps_kwargs"] = {}  # its own would sort the releases, and what Bokeh's refer to
    return environment.from_string(_own("page.html")).render(
        project=project,
        policy=assets.POLICY,
        by_size=[*figures.BY_SIZE],
        workloads=[(name, slug(name)) for name in names.workloads],
        others=[(name, slug(name)) for name in names.others],
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


def tables(views: Mapping[str, View], names: Names) -> dict[str, Columns]:
    """Give the data of each figure, of all machines and releases.

    Parameters
    ----------
    views : mapping of str to View
        By machine.
    names : Names
        Of what is shown.

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
    for name in names.others:
        found[slug(name)] = _stacked((key, s[f"other {name}"]) for key, s in by_release if s[f"other {name}"])
    for name in names.workloads:
        found[slug(name)] = _stacked((key, s[f"points {name}"]) for key, s in by_release)
        found[f"{slug(name)}.history"] = _stacked((key, s[f"history {name}"]) for key, s in by_machine)
    return found


def slug(name: str) -> str:
    """Give the name of a file for anything that results may be called.

    Parameters
    ----------
    name : str
        Of a workload.
    """
    return re.sub(r"[^\w.-]", "_", name)


def _measured(published: Published, warn: Callable[[str], None]) -> Iterator[tuple[str, list[Snapshot]]]:
    known = entries.load(published.train)
    tags = repository.tags(repository.build(known))
    for machine in sorted(path.parent.name for path in published.results.glob("*/machine.json")):
        store = Store(published.results, machine)
        commits = store.commits()
        recorded = []
        for release in known.releases:
            if tags[release.name][:8] in commits:
                try:
                    found = store.recorded(tags[release.name]), compared.of_release(store, release.name)
                    recorded.append((release, *found))
                except BreakevenError as err:  # as asv does, publish the others
                    warn(str(err))
        shots = data.snapshots((found for found in recorded if found[1]), store.benchmarks())
        if shots:
            yield machine, shots


def _stacked(parts: Iterator[tuple[dict[str, str], Columns]]) -> Columns:
    rows = [
        {**key, **dict(zip(columns, cells, strict=True))}
        for key, columns in parts
        for cells in zip(*columns.values(), strict=True)
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    return data.table([*names], ([row.get(name) for name in names] for row in rows))


def _bytes(text: str) -> float | None:
    """Read a machine's memory: bytes as asv finds it, else as a person wrote it."""
    try:
        return float(text) if text.isdigit() else units.size(text)
    except ValueError:
        return None


def _own(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text()
