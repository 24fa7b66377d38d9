"""What README shows is what the committed results say."""

import json
import re

import pytest

from tests.conftest import BIN, ROOT

pytestmark = pytest.mark.commands

README = (ROOT / "README.md").read_text()


def shown(name):
    return re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", README, re.DOTALL).group(1)


def test_the_table_is_what_its_command_prints():
    import shlex
    import subprocess

    command = re.search(r"^    breakeven (report .* --markdown)$", README, re.MULTILINE).group(1)
    printed = subprocess.run(
        [BIN / "breakeven", *shlex.split(command)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert shown("report").strip() == printed.strip()


TEXT = " ".join(README.split())


def test_the_numbers_of_releases_are_true():
    from breakeven.train import entries, repository

    known = entries.load(ROOT / "releases.toml")
    told = re.findall(r"more than (\d+) (?:can be measured|entries)", TEXT)
    assert len(told) == 2
    assert all(len(known.releases) > int(count) for count in told)  # the train grows each night
    commits = {json.loads(path.read_text())["commit_hash"] for path in (ROOT / "results").glob("*/*-release-*.json")}
    tags = repository.tags(repository.build(known))
    measured = [release for release in known.releases if tags[release.name] in commits]
    assert f"results of {len(measured)} of them are here" in TEXT


def test_it_says_where_the_train_ends_and_what_waits():
    """What comes out later may wait, too."""
    from breakeven.train import entries, publication

    known = entries.load(ROOT / "releases.toml")
    assert f"install together on Python {known.python}" in TEXT
    waiting = {(held.package, publication.series(held.version), held.needs_python) for held in known.waiting}
    ends = re.search(r"They end with (\w+) ([\d.]+) and (\w+) ([\d.]+), the last for that Python", TEXT).groups()
    assert all(publication.series(known.newest.pins[ends[at]]) == ends[at + 1] for at in (0, 2))
    later = re.search(r": (\w+) ([\d.]+) and (\w+) ([\d.]+) wait, for they need Python ([\d.]+)\.", TEXT).groups()
    assert all((later[at], later[at + 1], later[4]) in waiting for at in (0, 2))
    apart = re.search(r"So do (\w+) ([\d.]+) and (\w+) ([\d.]+), for", TEXT).groups()
    assert all((apart[at], apart[at + 1]) in {(h.package, h.version) for h in known.waiting} for at in (0, 2))


def test_the_strategies_are_those_that_the_suite_states():
    from benchmarks.strategies import STRATEGIES

    _, table = README.split("| strategy | what the user writes |\n|---|---|\n")
    stated = [f"| `{name}` | {facts.words} |" for name, facts in STRATEGIES.items()]
    assert table.split("\n\n")[0].splitlines() == stated


def test_the_page_of_strategies_tells_of_each_and_where_it_is_measured():
    from benchmarks import profiles
    from benchmarks.strategies import STRATEGIES

    page = (ROOT / "docs" / "strategies.md").read_text()
    told = {}
    for row in re.findall(r"^\| (`.*) \|$", page, re.MULTILINE):
        names, needs, *_, selected = row.split(" | ")
        told |= dict.fromkeys(re.findall(r"`([^`]+)`", names), (needs, selected))
    assert told.keys() == STRATEGIES.keys()
    for name, (needs, selected) in told.items():
        facts = STRATEGIES[name]
        assert selected == ("all" if facts.only_in == tuple(profiles.ROUNDS) else ", ".join(facts.only_in))
        assert all(package in needs or "the same" in needs for package in facts.needs)
        assert f"**`{name}`**" in page  # who should take it


def test_what_is_installed_brings_the_commands_that_follow():
    """Each command of the block comes with breakeven or with what it requires, not with its extras."""
    from importlib.metadata import distribution, requires

    from packaging.requirements import Requirement

    block = README.split("uv pip install -e .`")[1].split("\n\n")[1]
    used = {part.split()[0] for line in block.splitlines() for part in line.split("#")[0].split("&&")}
    needed = [Requirement(text) for text in requires("breakeven")]
    brought = {"breakeven", *(r.name for r in needed if "extra" not in str(r.marker))}
    scripts = {e.name for name in brought for e in distribution(name).entry_points if e.group == "console_scripts"}
    assert "asv" in used
    assert used <= scripts


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_lead_somewhere(name):
    assert (ROOT / name).exists()
