"""The workflows do what a developer can do here; `make lint` checks them against GitHub's schema."""

import os
import re

import pytest

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_their_scripts_are_in_the_repository(path):
    scripts = re.findall(r"run: (\.ci/\w+)", path.read_text())
    assert scripts
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


def test_inputs_reach_the_shell_as_variables_only():
    """An input that is pasted into a script could run anything."""
    for path in WORKFLOWS:
        for line in path.read_text().splitlines():
            assert not ("${{" in line and "run:" in line), line
