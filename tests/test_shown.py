"""What the documentation shows below a command, between `<!-- shown -->` and `<!-- /shown -->`, is what it prints.

After results have changed, ``python -m tests.test_shown`` writes anew what is shown.
"""

import importlib.util
import os
import re
import shlex
import subprocess

import pytest

from tests.conftest import BIN, ROOT

pytestmark = pytest.mark.commands

PAGES = sorted((ROOT / "docs").rglob("*.md"))
COMMAND = re.compile(r"^    breakeven (\S.*)$", re.MULTILINE)
SHOWN = re.compile(r"(?<=<!-- shown -->\n).*?(?=<!-- /shown -->)", re.DOTALL)


def shown(page):
    """Give each command of which something is shown, the nearest above it, and the match of what is shown."""
    text = page.read_text()
    return [(COMMAND.findall(text, 0, found.start())[-1], found) for found in SHOWN.finditer(text)]


def printed(command):
    """Run a command in the repository, and give what it prints; a table in Markdown as it is, other text in a fence."""
    done = subprocess.run(
        [BIN / "breakeven", *shlex.split(command)], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"COLUMNS": "120", "TERM": "dumb"},
    )  # fmt: skip
    lines = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
    return f"{lines}\n" if "--markdown" in command else f"```text\n{lines}\n```\n"


EVERY = [(page.relative_to(ROOT), command, found.group()) for page in PAGES for command, found in shown(page)]


def test_there_are_some():
    assert {str(page) for page, _, _ in EVERY} >= {"docs/clusters.md", "docs/tutorials/gating-an-upgrade.md"}


@pytest.mark.parametrize(("page", "command", "text"), EVERY, ids=[f"{page}: {command}" for page, command, _ in EVERY])
def test_it_is_what_the_command_prints(page, command, text):
    assert text == printed(command)


def test_the_table_of_the_networks_is_what_its_script_prints():
    spec = importlib.util.spec_from_file_location("network", ROOT / "docs" / "network.py")
    network = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(network)
    page = (ROOT / "docs" / "clusters.md").read_text()
    (found,) = re.findall(r"<!-- network -->\n(.*?)<!-- /network -->", page, re.DOTALL)
    assert found.splitlines() == list(network.table(network.networks("shared-2core")).markdown())


if __name__ == "__main__":
    for page in PAGES:
        text = page.read_text()
        for command, found in reversed(shown(page)):
            text = text[: found.start()] + printed(command) + text[found.end() :]
        page.write_text(text)
