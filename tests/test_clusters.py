"""What docs/clusters.md shows is what the committed results say."""

import re
import shlex
import subprocess

import pytest

from tests.conftest import BIN, ROOT

pytestmark = pytest.mark.commands

PAGE = (ROOT / "docs" / "clusters.md").read_text()
SHOWN = re.findall(
    r"^    breakeven (\S[^\n]*--markdown)\n\n<!-- shown -->\n(.*?)<!-- /shown -->", PAGE, re.DOTALL | re.MULTILINE
)


def test_there_are_tables():
    assert len(SHOWN) == 2


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_table_is_what_its_command_prints(command, shown):
    done = subprocess.run(
        [BIN / "breakeven", *shlex.split(command)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.strip() == done.stdout.strip()
