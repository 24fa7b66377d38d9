"""What README shows is what the committed results say."""

import re

import pytest

from tests.conftest import BIN, ROOT

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


def test_the_number_of_releases_is_true():
    from breakeven.train import entries

    assert f"over {len(entries.load(ROOT / 'releases.toml').releases)} releases of the stack" in README.replace(
        "\n", " "
    )


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_lead_somewhere(name):
    assert (ROOT / name).exists()
