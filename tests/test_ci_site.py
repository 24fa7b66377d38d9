"""What the workflow that publishes the site makes, done here: everything of this project that people look at."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.test_wheel import script, source


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    """What `.ci/site` makes of a copy of the repository, in this environment."""
    folder = tmp_path_factory.mktemp("copy")
    for name in source():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    recipe = re.compile(r"^\.venv/ready: .*\n(\t.*\n)+", re.MULTILINE)
    (folder / "Makefile").write_text(recipe.sub(".venv/ready:\n", (ROOT / "Makefile").read_text()))
    (ROOT / ".breakeven" / "npm").mkdir(parents=True, exist_ok=True)
    (folder / ".breakeven").mkdir()
    (folder / ".breakeven" / "npm").symlink_to(ROOT / ".breakeven" / "npm")
    status, output = script(folder, "site")
    assert status == 0, output
    return folder / "html"


@pytest.mark.slow
@pytest.mark.commands
def test_the_site_has_asvs_pages_scaling_and_every_page_of_the_documentation(html):
    graphs = list((html / "graphs").rglob("*.json"))
    assert len(graphs) > 100
    assert "large_models.GridSearchLarge" in (html / "index.json").read_text()
    assert "large_models.GridSearchLarge" in (html / "scaling.html").read_text()
    pages = [path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")]
    pages = [page for page in pages if page.parts[0] != "site"]
    assert Path("index.html") in pages
    assert not [page for page in pages if not (html / "docs" / page).exists()]
    for bar in ("index.html", "scaling.html"):
        assert '<a href="docs/index.html">Documentation</a>' in (html / bar).read_text()


@pytest.mark.slow
@pytest.mark.commands
def test_github_shows_it_as_it_is(html):
    """Without this file, folders whose names begin with an underscore are left out: those of Sphinx."""
    assert (html / ".nojekyll").exists()
    assert (html / "docs" / "_static").is_dir()


def jobs(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())["jobs"]


def test_what_the_script_makes_is_what_is_published():
    build, deploy = jobs("site")["build"], jobs("site")["deploy"]
    made = [step.get("run") for step in build["steps"]].index(".ci/site")
    upload = build["steps"][made + 1]
    assert upload["uses"].startswith("actions/upload-pages-artifact@")
    assert upload["with"]["path"] == "html"
    assert deploy["needs"] == "build"
    assert deploy["permissions"] == {"id-token": "write", "pages": "write"}


def test_a_night_opens_an_issue_only_if_something_is_slower():
    night = jobs("nightly")
    condition = "always() && needs.gate.outputs.verdict == 'slower'"
    opening = {name: job["if"] for name, job in night.items() if ".ci/open-issue" in str(job["steps"])}
    assert opening == {"issue": condition}
    assert night["gate"]["outputs"]["verdict"] == "${{ steps.gate.outputs.verdict }}"
    assert [step["run"].split()[0] for step in night["gate"]["steps"] if step.get("id") == "gate"] == [".ci/nightly"]
