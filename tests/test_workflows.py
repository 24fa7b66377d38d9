"""The workflows do what a developer can do here; `make lint` has them checked by schemas, actionlint and zizmor."""

import os
import re
import tomllib

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EVERY = [*WORKFLOWS, *sorted((ROOT / "action").rglob("action.yml"))]

#: What runs where a token can write: no code under test, and nothing that installs any.
WRITERS = {".ci/comment", ".ci/open-issue", ".ci/keep-train"}
BY_ACTION = {"$/action/comment": ".ci/comment", "$/action/verdict": ".ci/verdict", "$/action": ".ci/gate"}


def name(path):
    return str(path.relative_to(ROOT))


def steps(path):
    """Give the permissions of each job, its own or those of the workflow, and its steps."""
    read = yaml.safe_load(path.read_text())
    if "runs" in read:
        return [({}, read["runs"]["steps"])]
    return [(job.get("permissions", read["permissions"]), job.get("steps", [])) for job in read["jobs"].values()]


def scripts(step):
    ours = [BY_ACTION[used] for used in [step.get("uses", "")] if used.startswith("$/")]
    return ours + re.findall(r"\.ci/[\w-]+", step.get("run", ""))


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_their_scripts_are_in_the_repository(path):
    found = [script for _, of_job in steps(path) for step in of_job for script in scripts(step)]
    assert found
    assert all(os.access(ROOT / script, os.X_OK) for script in found)


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_inputs_reach_the_shell_as_variables_only(path):
    """An input that is pasted into a script could run anything."""
    assert not [step["run"] for _, of_job in steps(path) for step in of_job if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_actions_are_pinned_by_hash(path):
    for action, version in re.findall(r"^ +(?:- )?uses: (\S+)(.*)", path.read_text(), re.MULTILINE):
        assert action.startswith("$/") or (re.search(r"@[0-9a-f]{40}$", action) and re.match(r" # v\d", version)), (
            action
        )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_permissions_are_given_by_job_and_runs_do_not_pile_up(path):
    read = yaml.safe_load(path.read_text())
    assert read["permissions"] in ({}, {"contents": "read"})
    assert read["concurrency"]["group"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_where_a_token_can_write_no_code_under_test_runs(path):
    for permissions, of_job in steps(path):
        if "write" in permissions.values():
            assert {script for step in of_job for script in scripts(step)} <= WRITERS
            assert all(scripts(step) for step in of_job if "run" in step)


def release():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())["jobs"]


def pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return re.findall(r"Python :: (\d\.\d+)", "\n".join(project["classifiers"]))


def test_every_python_that_the_package_names_is_tested():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())["jobs"]
    whole = [step["with"]["python-version"] for step in jobs["test"]["steps"] if "setup-python" in step.get("uses", "")]
    assert [*whole, *jobs["quick"]["strategy"]["matrix"]["python"]] == pythons()


def test_every_python_that_the_package_names_is_checked_before_it_is_published():
    jobs = release()
    assert jobs["check"]["strategy"]["matrix"]["python"] == pythons()
    assert {"build", "check"} <= set(jobs["publish"]["needs"])


def test_only_a_tag_is_published_by_trust_and_with_attestations():
    jobs = release()
    publish = jobs["publish"]
    assert publish["if"] == "github.event_name == 'push' && github.ref_type == 'tag'"
    assert publish["permissions"] == {"id-token": "write"}
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["publish"]
    upload = publish["steps"][-1]["with"]
    assert upload["attestations"] is True
    assert not {"password", "user"} & set(upload)  # a token that is kept could be stolen


def test_what_was_built_is_kept_whatever_the_verdict():
    """A cache that is saved by the job's end is not saved when the gate is red."""
    read = yaml.safe_load((ROOT / "action" / "action.yml").read_text())["runs"]["steps"]
    assert not [path for path in EVERY if re.search(r"uses: actions/cache@", path.read_text())]
    caches = [(step["uses"].split("@")[0], step) for step in read if step.get("uses", "").startswith("actions/cache/")]
    kept = {way: [step for used, step in caches if used.endswith(way)] for way in ("restore", "save")}
    assert all(step["if"].startswith("always() && ") for step in kept["save"])
    paths = {way: sorted((step["with"]["path"], step["with"]["key"]) for step in steps) for way, steps in kept.items()}
    assert paths["save"] == paths["restore"]
    assert len(paths["save"]) == 2


def test_newer_actions_are_looked_for_wherever_one_is_pinned():
    (asked,) = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    pinned = [path.parent for path in EVERY if re.search(r"uses: \S+@[0-9a-f]{40}", path.read_text())]
    places = {"/" if ".github" in path.parts else f"/{path.relative_to(ROOT)}" for path in pinned}
    assert set(asked["directories"]) == places


def test_a_night_on_which_the_gate_did_not_decide_keeps_that():
    """Else the release would be the newest before and after the next night, and never be gated."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text())["jobs"]
    keep = jobs["keep"]
    assert set(keep["needs"]) == {"extend", "gate"}
    assert keep["if"] == "always() && needs.extend.result == 'success'"
    assert keep["permissions"] == {"contents": "write"}
    told = {name: step["env"] for step in keep["steps"] for name in scripts(step)}[".ci/keep-train"]
    assert told["VERDICT"] == "${{ needs.gate.outputs.verdict }}"
    assert jobs["gate"]["outputs"]["verdict"] == "${{ steps.gate.outputs.verdict }}"
