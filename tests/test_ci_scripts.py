"""What the workflows do, done here: each script, in a checkout with a tiny train."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from breakeven.gate.verdicts import Verdict
from breakeven.harness import record_file
from breakeven.harness.cases import Shard
from breakeven.harness.record_file import RecordFile
from breakeven.train import entries
from tests.conftest import ROOT
from tests.test_shards import KEPT, part

ONE = r"toy.Good.time_fit\(2, 'serial'"


@pytest.fixture
def ci(checkout):
    """Run a script as GitHub does, with what it tells GitHub."""
    folder = checkout.folder
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / "Makefile").write_text(".venv/ready:\n")
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)

    def run(script, *args, **env):
        told = folder / "told"
        told.write_text("")
        summary = folder / "summary.md"
        env |= {"GITHUB_OUTPUT": str(told), "GITHUB_STEP_SUMMARY": str(summary)}
        status, output = checkout.run(folder / ".ci" / script, *map(str, args), **env)
        return status, output, dict(line.split("=", 1) for line in told.read_text().splitlines())

    return run


@pytest.mark.measures
def test_a_gate_leaves_its_files_and_tells_its_verdict(ci, checkout):
    status, output, told = ci("gate", "out", "base", "joblib-1.5.3", "--bench", ONE, "--budget", "60s")
    assert status in (Verdict.PASS, Verdict.UNDECIDED), output
    assert told["verdict"] == Verdict(status).word
    folder = Path(told["folder"])
    assert {path.name for path in folder.iterdir()} == {"gate.gate", "gate.md", "gate.xml"}
    assert (checkout.folder / "summary.md").read_text() == (folder / "gate.md").read_text()


def test_a_gate_that_cannot_begin_tells_so(ci, checkout):
    status, _, told = ci("gate", "out", "base", "no-such-release")
    assert (status, told["verdict"]) == (2, "wrong usage")
    assert (checkout.folder / "summary.md").read_text() == "**Wrong usage**: the log tells why.\n"


@pytest.fixture
def shards(checkout):
    whole = record_file.load(KEPT / "dependencies-2026-11-21-quick-10-01.gate")
    for number in (1, 2):
        path = checkout.folder / "gates" / f"breakeven-shard-{number}" / "gate.gate"
        RecordFile(path).begin(part(whole, Shard(number, 2)))
    return checkout.folder / "gates"


def test_shards_are_put_together(ci, shards):
    status, output, told = ci("verdict", 2, "gates")
    assert (status, told["verdict"]) == (Verdict.SLOWER, "slower"), output
    assert (shards / "gate.md").read_text().startswith("**Slower: 5 undecided, 1 slower, 0 pass, of 6 timed**")
    assert (shards / "gate.xml").exists()


def test_a_shard_without_a_record_is_not_a_pass(ci, shards):
    shutil.rmtree(shards / "breakeven-shard-2")  # that with the slower one
    status, _, told = ci("verdict", 2, "gates")
    assert (status, told["verdict"]) == (Verdict.NOT_MEASURED, "not measured")
    first, _, second, *_ = (shards / "gate.md").read_text().splitlines()
    assert first == "**Not measured: 1 of 2 shards left no record; their logs tell why**"
    assert second.startswith("**Undecided: 3 undecided")


def test_no_record_at_all_is_not_measured(ci):
    status, _, told = ci("verdict", 1, "nothing")
    assert (status, told["verdict"]) == (Verdict.NOT_MEASURED, "not measured")


def test_wheels_are_put_on_top_of_the_release(ci, checkout):
    for name in ("a-1-py3-none-any.whl", "b-2-py3-none-any.whl"):
        (checkout.folder / name).touch()
    status, _, told = ci("head", "newest", "./*.whl", "3/4")
    wheels = [(checkout.folder / name).resolve() for name in ("a-1-py3-none-any.whl", "b-2-py3-none-any.whl")]
    assert (status, told) == (0, {"head": f"newest + {wheels[0]} + {wheels[1]}", "shard": "3"})
    assert ci("head", "newest", "", "1/1")[2]["head"] == "newest"
    status, output, _ = ci("head", "newest", "./dist/*.whl", "1/1")
    assert status == 2
    assert "No wheel is called ./dist/*.whl" in output


def test_a_runner_has_the_name_of_its_kind(ci, checkout):
    (checkout.folder / ".asv-machine.json").unlink()
    _, output, told = ci("runner", "base", "joblib-1.5.3")
    assert told["kind"].startswith(f"Linux-{os.uname().machine}-{os.cpu_count()}-"), output
    assert told["calibration"] == f"{told['state']}/calibration/{told['kind']}"
    assert (checkout.folder / "results" / told["kind"] / "calibration").resolve() == Path(told["calibration"]).resolve()
    assert set(json.loads((checkout.folder / ".asv-machine.json").read_text())) == {told["kind"], "version"}
    assert ci("runner", "base", "base")[2]["stacks"] != told["stacks"]


@pytest.mark.measures
def test_a_kind_of_runner_is_calibrated_once(ci, checkout):
    (checkout.folder / ".asv-machine.json").unlink()
    told = ci("runner", "base", "joblib-1.5.3")[2]
    asked = ("calibrate", told["calibration"])
    options = ("base", "--bench", ONE, "--budget", "1s")
    assert ci(*asked, 0, *options) == (0, "", {})
    assert not list(Path(told["calibration"]).iterdir())
    status, output, made = ci(*asked, 1, *options)
    assert (status, made) == (0, {"made": "true"}), output
    kept = list(Path(told["calibration"]).iterdir())
    assert [path.name for path in kept] == ["base-gate-0-01.gate"]
    assert ci(*asked, 2, *options) == (0, "", {})
    assert list(Path(told["calibration"]).iterdir()) == kept


#: gh, as far as the scripts use it: comments and issues are kept in a file.
GH = """#!{python}
import json, pathlib, subprocess, sys

kept = pathlib.Path(__file__).with_name("github.json")
state = json.loads(kept.read_text()) if kept.exists() else []
words = sys.argv[1:]
assert words.pop(0) == "api"
option = lambda name: words[words.index(name) + 1] if name in words else None
path = next(w for w in words if w.startswith("repos/owner/name/issues"))
body = option("--field")
if body:
    name, _, file = body.partition("=@")
    entry = {{name: pathlib.Path(file).read_text()}}
    for text in (words[i + 1] for i, w in enumerate(words) if w == "--raw-field"):
        entry |= dict([text.split("=", 1)])
    if option("--method") == "PATCH":
        (old,) = [e for e in state if path == f"repos/owner/name/issues/comments/{{e['id']}}"]
        old |= entry
    else:
        assert option("--method") == "POST"
        entry |= {{"id": len(state) + 1, "user": {{"login": "github-actions[bot]"}}, "state": "open"}}
        state.append(entry)
    kept.write_text(json.dumps(state))
else:
    print(subprocess.run(["jq", "-r", option("--jq")], input=json.dumps(state), text=True, stdout=-1).stdout, end="")
"""


@pytest.fixture
def github(ci, checkout):
    """Run a script beside a gh that keeps what it is sent, and give that."""
    if not shutil.which("jq"):
        pytest.skip("needs jq")
    gh = checkout.folder / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH.format(python=sys.executable))
    gh.chmod(0o755)
    kept = gh.with_name("github.json")

    def run(script, *args, before=None):
        if before is not None:
            kept.write_text(json.dumps(before))
        env = {"PATH": f"{gh.parent}:{os.environ['PATH']}", "GITHUB_REPOSITORY": "owner/name"}
        status, output, _ = ci(script, *args, **env)
        assert status == 0, output
        return json.loads(kept.read_text())

    return run


def test_a_pull_request_has_one_comment_which_is_updated(github, checkout):
    report = checkout.folder / "gate.md"
    report.write_text('**Slower** `a|b` "quoted" → é\n')
    theirs = {"id": 1, "user": {"login": "stranger"}, "body": "<!-- breakeven gate -->\nmine"}
    _, ours = github("comment", 7, report, before=[theirs])
    assert ours["body"] == "<!-- breakeven gate -->\n" + report.read_text()
    report.write_text("**Pass**\n" + "é" * 70_000)
    kept = github("comment", 7, report)
    assert kept[0] == theirs
    assert [c["body"][:33] for c in kept[1:]] == ["<!-- breakeven gate -->\n**Pass**\n"]
    assert len(kept[1]["body"]) < 65_536


def test_each_gate_of_a_pull_request_has_a_comment_of_its_own(github, checkout):
    report = checkout.folder / "gate.md"
    for name in ("breakeven", 'a "second"', "breakeven", 'a "second"'):
        report.write_text(f"of {name}\n")
        kept = github("comment", 7, report, name)
    assert [c["body"] for c in kept] == [
        "<!-- breakeven gate -->\nof breakeven\n",
        '<!-- a "second" gate -->\nof a "second"\n',
    ]


def test_an_issue_is_opened_once(github, checkout):
    report = checkout.folder / "gate.md"
    report.write_text("**Slower**\n")
    (kept,) = github("open-issue", "Slower, a to b", report)
    assert (kept["title"], kept["body"]) == ("Slower, a to b", "**Slower**\n")
    assert github("open-issue", "Slower, a to b", report) == [kept]
    assert len(github("open-issue", "Slower, a to", report)) == 2


@pytest.mark.measures
@pytest.mark.parametrize(
    ("head", "bench", "expected"),
    [("joblib-1.5.3", ONE, 0), ("toy-broken", ONE, 0), ("joblib-1.5.3", "NoSuchBenchmark", 0), ("unknown", ONE, 2)],
)
def test_a_night_is_red_only_if_something_is_slower_or_asked_wrongly(ci, checkout, head, bench, expected):
    status, output, told = ci("nightly", "night", "base", head, "--bench", bench, "--budget", "20s")
    assert status == expected, output
    warning = f"::warning::base to {head} is not decided; the next night gates it again"
    assert (warning in output) == (told["verdict"] in ("undecided", "not measured"))
    assert told["verdict"] in ("pass", "undecided", "not measured", "wrong usage")


@pytest.mark.measures
def test_a_night_with_something_slower_is_red(ci, checkout):
    toy = checkout.folder / "benchmarks" / "toy.py"
    toy.write_text(toy.read_text().replace("return 0.5", "return 0.5 if joblib.__version__ == '1.5.3' else 0.6"))
    status, _, told = ci("nightly", "night", "base", "joblib-1.5.3", "--bench", "track_score")
    assert (status, told["verdict"]) == (1, "slower")


def test_a_night_that_could_measure_nothing_is_not_red(ci, checkout):
    """Not even a record is left."""
    status, output, told = ci("nightly", "night", "base", "joblib-1.5.3", BREAKEVEN_STATE="releases.toml")  # no folder
    assert (status, told["verdict"]) == (0, "not measured"), output
    assert not (checkout.folder / "night" / "gate.gate").exists()


#: breakeven, as far as `.ci/extend` uses it: what has come out is in a file.
BREAKEVEN = """#!/usr/bin/env bash
case "$*" in
  "releases update") mv coming newest ;;
  "releases show newest") printf '# %s, 2024-01-02\\n# a note, with a comma\\nnumpy==1.0\\n' "$(< newest)" ;;
esac
"""


@pytest.mark.parametrize(("gated", "new"), [("numpy-1.0", "true"), ("numpy-1.1", "false")])
def test_what_a_night_gates_begins_where_the_last_gate_ended(tmp_path, gated, new):
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / ".ci" / "gated").write_text(f"{gated}\n")
    (tmp_path / "Makefile").write_text(".venv/ready:\n")
    (tmp_path / "coming").write_text("numpy-1.1\n")
    tool = tmp_path / ".venv" / "bin" / "breakeven"
    tool.parent.mkdir(parents=True)
    tool.write_text(BREAKEVEN)
    tool.chmod(0o755)
    told = tmp_path / "told"
    done = subprocess.run([tmp_path / ".ci" / "extend"], env=os.environ | {"GITHUB_OUTPUT": str(told)}, check=False)
    assert done.returncode == 0
    assert told.read_text().split() == [f"base={gated}", "head=numpy-1.1", f"new={new}"]


def test_what_was_gated_last_is_in_the_train():
    train = entries.load(ROOT / "releases.toml")
    assert (ROOT / ".ci" / "gated").read_text().strip() in {release.name for release in train.main}


@pytest.fixture
def kept(checkout, tmp_path_factory):
    """Keep a train in a clone of a repository, as the workflow does, and give what came of it."""
    remote, clone = tmp_path_factory.mktemp("remote"), tmp_path_factory.mktemp("clone")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q", "--bare", "-b", "main", remote], check=True)
    subprocess.run([*git, "clone", "-q", remote, clone], check=True, capture_output=True)
    shutil.copytree(ROOT / ".ci", clone / ".ci")
    known = entries.load(checkout.folder / "releases.toml")
    entries.save(replace(known, releases=known.releases[:2]), clone / "releases.toml")
    (clone / ".ci" / "gated").write_text(f"{known.releases[1].name}\n")
    subprocess.run([*git, "-C", clone, "add", "."], check=True)
    subprocess.run([*git, "-C", clone, "commit", "-q", "-m", "first"], check=True)

    def of_remote(*words):
        done = subprocess.run([*git, "-C", remote, *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def keep(train, base=known.releases[1].name, head=known.releases[2].name, verdict=""):
        entries.save(train, clone / "longer.toml")
        command = [clone / ".ci" / "keep-train", "longer.toml", base, head, verdict]
        env = os.environ | {"REMOTE": str(remote), "BRANCH": "main"}
        done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)
        commits = len(of_remote("log", "--oneline").splitlines())
        return done.returncode, done.stderr.strip(), commits, of_remote("show", "main:.ci/gated")

    return known, keep, clone


def test_a_train_may_only_grow(kept):
    known, keep, clone = kept
    changed = replace(known, releases=(replace(known.releases[0], pins={}), *known.releases[1:]))
    for train in (changed, replace(known, releases=known.releases[:1])):
        assert keep(train)[:3] == (1, "The train lost or changed a release", 0)
    assert keep(known) == (0, "", 2, known.releases[1].name)
    assert keep(known) == (0, "", 2, known.releases[1].name)
    assert entries.load(clone / "releases.toml") == known


@pytest.mark.parametrize("verdict", ["pass", "slower"])
def test_what_a_gate_decided_is_not_gated_again(kept, verdict):
    known, keep, _ = kept
    assert keep(known, verdict=verdict) == (0, "", 2, known.releases[2].name)


@pytest.mark.parametrize("verdict", ["undecided", "not measured", "wrong usage", ""])
def test_what_no_gate_decided_is_gated_again(kept, verdict):
    """Without a verdict, the gate died."""
    known, keep, _ = kept
    assert keep(known, verdict=verdict) == (0, "", 2, known.releases[1].name)
    assert keep(known, verdict="pass") == (0, "", 3, known.releases[2].name)


def test_what_is_no_release_is_not_kept_as_gated(kept):
    known, keep, _ = kept
    assert keep(known, head="$(id)", verdict="pass")[:3] == (1, "What was gated is no release of the train", 0)
