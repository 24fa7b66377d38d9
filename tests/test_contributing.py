"""CONTRIBUTING.md is followed word for word: each of its recipes."""

import json
import re
import shutil
import types

import pytest
import typer
from typer.testing import CliRunner

from breakeven import cli
from breakeven.harness import cases, kinds, suite, workloads
from breakeven.harness.results import Value
from breakeven.report import other_axes
from breakeven.site import figures, page
from breakeven.train import entries, extension, resolver, tracked
from breakeven.train.entries import Release, Train
from tests.conftest import ROOT
from tests.test_extend import NAMES, day, index

GUIDE = (ROOT / "CONTRIBUTING.md").read_text()


def snippet(name):
    return re.search(rf"<!-- {name} -->\n```python\n(.*?)```", GUIDE, re.DOTALL).group(1)


RECIPES = ("workload", "strategy", "command", "command line", "kind", "package", "figure")


def test_each_recipe_is_a_dozen_lines():
    assert all(len(snippet(name).splitlines()) <= 13 for name in RECIPES)


def test_a_class_is_a_workload_and_an_entry_a_strategy(stack_checkout):
    folder = stack_checkout.folder / "benchmarks"
    shutil.rmtree(folder)
    shutil.copytree(ROOT / "benchmarks", folder, ignore=shutil.ignore_patterns("__pycache__"))
    strategies = folder / "strategies.py"
    strategies.write_text(strategies.read_text() + "\n\n" + snippet("strategy"))
    toy = snippet("workload").replace('["serial", "all-cores"]', '["serial", "all-cores", "two-threads"]')
    (folder / "toy.py").write_text(toy)
    status, output = stack_checkout.run("asv", "run", "--quick", "--show-stderr", "--bench", "Neighbors")
    assert status == 0, output
    assert all(f"toy.Neighbors.{method}" in output for method in ("time_fit", "track_score", "track_peak_memory"))
    status, output = stack_checkout.run("breakeven", "report")
    assert status == 0, output
    assert "two-threads" in output
    listed = json.loads((stack_checkout.folder / "results" / "benchmarks.json").read_text())
    known = suite.read(listed["toy.Neighbors.time_fit"]).strategies["two-threads"]
    assert (known.colour, known.sign, known.dask) == ("#332288", "cross", False)


def test_a_file_and_a_line_are_a_command(monkeypatch):
    monkeypatch.chdir(ROOT)
    count = types.ModuleType("count")
    exec(snippet("command"), count.__dict__)
    app = typer.Typer(callback=cli.main)
    exec(snippet("command line"), {"app": app, "count": count})
    done = CliRunner().invoke(app, ["count"])
    assert (done.exit_code, done.output.strip()) == (0, str(len(entries.load().releases)))
    assert "Example" in CliRunner().invoke(app, ["count", "--help"]).output


def test_a_line_is_a_kind_of_number(monkeypatch):
    (kind,) = eval(f"({snippet('kind').strip()})", {"Kind": kinds.Kind})
    monkeypatch.setattr(kinds, "KINDS", (*kinds.KINDS, kind))
    described = {"name": "m.W.track_written", "params": [["1", "2"]], "param_names": ["n"], "type": "track"}
    described |= {"version": "1", "stated": {"kind": "written", "workload": "m.W", "call": "fit"}}
    recorded = {"m.W.track_written": {("1",): Value("measured", 2e9)}}
    (other,) = workloads.with_other_axes(recorded, {"m.W.track_written": described})
    grid = other_axes.grid(other)
    assert (grid.head, list(grid.rows)) == (("n", "written"), [("1", "2.0 GB")])
    assert cases.listed({"base": {"m.W.track_written": described}}, "", "quick") == []


def test_a_function_and_an_entry_are_a_figure(monkeypatch):
    own = dict(vars(figures)) | {"BY_SIZE": dict(figures.BY_SIZE)}
    exec(snippet("figure"), own)
    monkeypatch.setattr(figures, "BY_SIZE", own["BY_SIZE"])
    names = page.Names(["m.W.fit"], [])
    text = page.page("project", {}, names, [suite.Strategy("serial")])
    assert 'data-figure="scores m.W.fit"' in text
    assert '"scores m.W.fit": {' in text  # drawn


@pytest.mark.parametrize("there_before", [True, False])
def test_a_line_makes_a_package_tracked(monkeypatch, there_before):
    """In the stack before, as a dependency, or not at all."""
    source = (ROOT / "breakeven" / "train" / "tracked.py").read_text()
    edited = {"__name__": tracked.__name__}
    exec(source.replace("TRACKED = (\n", "TRACKED = (\n" + snippet("package"), 1), edited)
    monkeypatch.setattr(tracked, "TRACKED", edited["TRACKED"])
    published = {p: {"1.0": day(1)} for p in NAMES} | {"narwhals": {"1.1": day(9), "1.2": day(12)}}
    if there_before:
        published["narwhals"]["1.0"] = day(1)
    monkeypatch.setattr(resolver, "resolve", index(published, {}))
    monkeypatch.setattr(extension, "check", lambda release, python: "")
    pins = {p: "1.0" for p, versions in published.items() if "1.0" in versions}
    train = Train("3.11", (Release("base", day(1), pins, changed=pins),))
    *_, extended = extension.extend(train, day(20), lambda line: None)
    assert [(r.name, r.changed) for r in extended.releases[1:]] == [
        ("narwhals-1.1", {"narwhals": "1.1"}),
        ("narwhals-1.2", {"narwhals": "1.2"}),
    ]
    assert "narwhals" in tracked.imports(extended.newest.pins)
