"""What is said of the project beside the code agrees with it; `make lint` checks the files that have a schema."""

import re
import tomllib

from breakeven import __version__
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_address_of_the_repository_is_that_of_pyproject_wherever_it_stands():
    source = PROJECT["urls"]["Source"]
    owner, name = source.removeprefix("https://github.com/").split("/")
    for path in ("CITATION.cff", ".github/ISSUE_TEMPLATE/config.yml"):
        text = (ROOT / path).read_text()
        assert source in text
        assert set(re.findall(rf"https://[^/]+/[^/\s]*/?{name}\b", text)) <= {
            source,
            f"https://{owner}.github.io/{name}",
        }
    for path in ("docs/how-to/pull-request.md", ".github/workflows/gate.yml"):
        used = re.findall(r"\b([\w-]+/breakeven)/(?:action|\.github)", (ROOT / path).read_text())
        assert set(used) == {f"{owner}/{name}"}
    assert PROJECT["urls"]["Homepage"].startswith(f"https://{owner}.github.io/{name}/")


def test_the_citation_says_what_the_package_says():
    text = (ROOT / "CITATION.cff").read_text()
    assert f"title: {PROJECT['name']}" in text
    assert f"license: {PROJECT['license']}" in text
    assert [f"  - name: {author['name']}" for author in PROJECT["authors"]] == re.findall(r"^  - name: .*$", text, re.M)


def test_the_changelog_begins_with_this_version_and_goes_by_release():
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == __version__.partition(".dev")[0]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", head) for head in heads)
    assert heads == sorted(heads, key=lambda head: [int(part) for part in head.split(".")], reverse=True)


def test_the_changelog_names_every_command_that_users_have():
    from breakeven import cli

    text = (ROOT / "CHANGELOG.md").read_text()
    names = [c.name for c in cli.app.registered_commands] + [g.name for g in cli.app.registered_groups]
    assert all(f"`breakeven {name}" in text for name in names)


def test_results_stay_small():
    found = [path for path in (ROOT / "results").rglob("*") if path.is_file()]
    assert 1e6 < sum(path.stat().st_size for path in found) < 50e6


def test_the_system_that_is_named_is_the_one_that_tests_run_on():
    systems = [name for name in PROJECT["classifiers"] if name.startswith("Operating System")]
    assert systems == ["Operating System :: POSIX :: Linux"]
    assert "- Linux. " in (ROOT / "CHANGELOG.md").read_text()
    assert "macOS" not in (ROOT / "README.md").read_text()
