"""Real asv on a tiny train: what is recorded, and what every fault ends in."""

import json
import os
import re
import signal
import time

import pytest

from breakeven.harness import results


def recorded(checkout, benchmark):
    """Give a benchmark's values in the one results file there is."""
    (path,) = checkout.results()
    store = results.Store(checkout.folder / "results", "toy-machine")
    return store.recorded(path.name.split("-")[0])[benchmark]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def assert_nothing_left(checkout):
    assert wait_for(lambda: not checkout.processes(), 10), [p.cmdline() for p in checkout.processes()]


def test_plain_run_measures_the_newest_release(checkout):
    status, output = checkout.run("asv", "run", "--record-samples", "--bench", "toy.Good")
    assert status == 0, output
    assert "joblib-1.5.3" in output
    values = recorded(checkout, "toy.Good.time_fit")
    assert {v.state for v in values.values()} == {"measured"}
    assert {len(v.samples) for v in values.values()} == {4}
    assert {v.number for v in recorded(checkout, "toy.Good.track_score").values()} == {0.5}


@pytest.mark.parametrize("name", ["Raises", "RaisesInSetup", "Hangs"])
def test_a_failure_is_recorded_the_rest_runs_and_nothing_is_left(stack_checkout, name):
    status, output = stack_checkout.run("asv", "run", "--show-stderr", "--bench", f"toy_cluster.({name}|Cluster)\\.")
    assert status == 2, output
    assert ("timed out" if name == "Hangs" else "raised") in output
    assert recorded(stack_checkout, f"toy_cluster.{name}.time_ok")[()].state == "failed"
    assert recorded(stack_checkout, "toy_cluster.Cluster.time_ok")[()].state == "measured"
    assert_nothing_left(stack_checkout)


def test_nothing_a_benchmark_started_is_there_for_the_next(stack_checkout):
    status, output = stack_checkout.run("asv", "run", "--bench", "toy_cluster.(Cluster|Hangs|Strays)")
    assert status == 2, output  # Hangs
    assert recorded(stack_checkout, "toy_cluster.Cluster.time_ok")[()].state == "measured"
    assert recorded(stack_checkout, "toy_cluster.Strays.track_left_by_others")[()].number == 0


def test_ctrl_c_keeps_what_is_finished_and_the_next_run_goes_on(stack_checkout):
    process = stack_checkout.start("breakeven", "run", "--bench", "(toy.Good|toy_cluster.Slow)")
    assert wait_for(lambda: any("time_slow" in p.read_text() for p in stack_checkout.folder.glob("results/*.json")))
    assert wait_for(lambda: stack_checkout.results() and "Good.track_score" in stack_checkout.results()[0].read_text())
    assert wait_for(lambda: len(stack_checkout.processes()) > 4)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output.splitlines()[-1] == "breakeven: interrupted; what was finished is kept"
    assert "Traceback" not in output, output
    assert_nothing_left(stack_checkout)
    scores = recorded(stack_checkout, "toy.Good.track_score")
    # the rest had not had its turn
    before = {case: value for case, value in scores.items() if value.state == "measured"}
    assert before

    status, output = stack_checkout.run("breakeven", "run", "--bench", "toy.Good")
    assert status == 0, output
    assert before.items() <= recorded(stack_checkout, "toy.Good.track_score").items()
    after = recorded(stack_checkout, "toy.Good.time_fit")
    assert {v.state for v in after.values()} == {"measured"}
    status, output = stack_checkout.run("breakeven", "run", "--bench", "toy.Good")
    assert status == 0
    assert recorded(stack_checkout, "toy.Good.time_fit") == after  # nothing is left to do


@pytest.mark.slow
@pytest.mark.parametrize("command", [("asv", "run", "base..main"), ("breakeven", "run")])
def test_ctrl_c_during_a_build_is_one_sentence_and_the_next_run_builds(stack_checkout, command):
    envs = stack_checkout.folder / ".breakeven" / "envs"
    envs.unlink()  # of its own, so that it must be built
    process = stack_checkout.start(*command, "--bench", "toy.Good.track_score")
    build = 2 if "base..main" in command else 1  # asv builds one to list the benchmarks, others later
    assert wait_for(lambda: len(list(envs.glob("*/lib/*/site-packages/joblib"))) == build)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "nterrupted" in output.splitlines()[-1]
    assert "Traceback" not in output, output
    assert len(list(envs.glob("*/breakeven-ready.json"))) == build - 1
    assert_nothing_left(stack_checkout)
    status, output = stack_checkout.run(*command, "--bench", "toy.Good.track_score")
    assert status == (2 if "base..main" in command else 0), output  # 2: toy-broken is in that range


def test_a_release_that_does_not_import_is_recorded_and_the_run_goes_on(checkout):
    status, output = checkout.run("asv", "run", "--bench", "toy.Good.track_score", "base..main")
    assert status == 2, output
    assert "Release toy-broken cannot be measured: import joblib: ModuleNotFoundError" in output
    states = set()
    for path in checkout.results():
        value = json.loads(path.read_text())["results"]["toy.Good.track_score"]
        states.add("failed" if value[0] is None else "measured")
    assert states == {"failed", "measured"}


@pytest.mark.parametrize(
    "command",
    [
        ("asv", "run", "joblib-1.5.4^!"),
        ("asv", "compare", "base", "joblib-1.5.4"),
        ("breakeven", "run", "joblib-1.5.4"),
        ("breakeven", "releases", "show", "joblib-1.5.4"),
    ],
)
def test_unknown_release_suggests_the_nearest(checkout, command):
    checkout.run("asv", "run", "--quick", "--bench", "toy.Good.track_score")
    status, output = checkout.run(*command)
    assert status != 0
    assert "Unknown release 'joblib-1.5.4'. Did you mean joblib-1.5.3?" in output
    assert "Traceback" not in output


def test_without_network_a_built_release_runs_and_a_new_one_says_what_it_lacks(checkout):
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(checkout.folder / "empty-cache")}
    checkout.run("breakeven", "releases", "check", "newest")
    status, output = checkout.run("asv", "run", "--bench", "toy.Good.track_score", **offline)
    assert status == 0, output
    text = (checkout.folder / "releases.toml").read_text()
    (checkout.folder / "releases.toml").write_text(text.replace('"1.5.3"', '"1.5.2"'))
    status, output = checkout.run("breakeven", "releases", "check", "newest", **offline)
    assert status == 1
    assert "was not found in the cache" in output, output
    assert len(output.strip().splitlines()) == 1, output


def test_damaged_results_are_named(checkout):
    checkout.run("asv", "run", "--quick", "--bench", "toy.Good")
    (path,) = checkout.results()
    path.write_text(path.read_text()[: path.stat().st_size // 2])
    for command in (("breakeven", "report"), ("asv", "run", "--bench", "toy.Good"), ("asv", "publish")):
        status, output = checkout.run(*command)
        assert path.name in output, output
        assert "Traceback" not in output
        # asv publishes all the others, with a warning that names the file
        assert (status == 0) == (command == ("asv", "publish")), output


def test_an_override_is_a_commit_that_asv_measures(stack_checkout):
    status, tag = stack_checkout.run("breakeven", "releases", "override", "base + joblib==1.5.3")
    assert status == 0, tag
    tag = tag.strip()
    assert tag == "base+joblib-1.5.3"
    status, output = stack_checkout.run("breakeven", "releases", "diff", "base", "base + joblib==1.5.3")
    assert output.strip().splitlines() == [output.strip()]
    assert output.startswith("joblib ")
    status, output = stack_checkout.run("asv", "run", "--bench", "toy.Good.track_score", f"{tag}^!")
    assert status == 0, output
    assert tag in output


def test_publish_has_the_releases_along_the_axis(checkout):
    checkout.run("asv", "run", "--quick", "--bench", "toy.Good", "base^!")
    checkout.run("asv", "run", "--quick", "--bench", "toy.Good")
    status, output = checkout.run("asv", "publish")
    assert status == 0, output
    index = json.loads((checkout.folder / "html" / "index.json").read_text())
    assert {"base", "joblib-1.5.3"} <= set(index["tags"])
    graphs = [
        p for p in (checkout.folder / "html" / "graphs").rglob("toy.Good.time_fit.json") if "summary" not in p.parts
    ]
    points = {tuple(revision for revision, _ in json.loads(p.read_text())) for p in graphs}
    assert points == {(index["tags"]["base"], index["tags"]["joblib-1.5.3"])}


def test_asvs_commands_take_releases(checkout):
    text = (checkout.folder / "benchmarks" / "toy.py").read_text()
    slower = "time.sleep(0.05 if joblib.__version__ == '1.5.3' else 0.01)"
    (checkout.folder / "benchmarks" / "toy.py").write_text(text.replace("time.sleep(0.001 * n_samples)", slower))
    # 2: the release in between is broken, which is recorded
    status, output = checkout.run("asv", "run", "--steps", "3", "--bench", "toy.Good.time_fit", "ALL")
    assert status == 2, output
    assert len(checkout.results()) == 3
    status, output = checkout.run("asv", "run", "--bench", "toy.Good.time_fit", "NEW")
    assert "No commit hashes selected" in output
    status, output = checkout.run("asv", "compare", "base", "joblib-1.5.3")
    assert status == 0, output
    assert "toy.Good.time_fit(1, 'serial')" in output
    status, output = checkout.run("asv", "continuous", "base", "joblib-1.5.3", "--bench", "toy.Good.time_fit.*serial")
    assert status == 1, output
    assert "SOME BENCHMARKS HAVE CHANGED SIGNIFICANTLY" in output
    status, output = checkout.run("asv", "find", "base..main", "toy.Good.time_fit")
    assert status == 0, output
    assert "Greatest regression found" in output


def test_a_bad_profile_is_an_error_that_lists_the_good_ones(checkout):
    toy = checkout.folder / "benchmarks" / "toy.py"
    profiles = 'time_fit.stated = {"profiles": {p: {"select": {}} for p in ("quick", "gate", "full", "large")}}'
    toy.write_text(toy.read_text().replace("    def track_score", f"    {profiles}\n    def track_score"))
    for command in (("asv", "run", "--quick"), ("breakeven", "run"), ("breakeven", "gate", "base", "joblib-1.5.3")):
        status, output = checkout.run(*command, BREAKEVEN_PROFILE="quik")
        assert status != 0
        assert "BREAKEVEN_PROFILE is 'quik', but must be one of: quick, gate, full, large" in output


def test_a_run_shows_how_far_it_is_and_the_answer_and_asvs_words_go_into_a_file(checkout):
    status, output = checkout.run("breakeven", "run", "--bench", "toy.Good")
    assert status == 0, output
    lines = output.splitlines()
    assert lines[0] == "What asv says goes into .breakeven/asv.log"
    assert lines[1] == "0 of 4 decided"
    assert lines[-1].startswith("toy.Good.fit: ")
    assert "Discovering benchmarks" in (checkout.folder / ".breakeven" / "asv.log").read_text()


def test_a_run_ends_with_its_budget_and_the_same_command_goes_on(checkout):
    status, output = checkout.run("breakeven", "run", "--bench", "toy.Good", "--budget", "10ms")
    assert status == 0, output
    assert re.search(r"^[0-3] of 4 were decided within the budget: the same command goes on$", output, re.MULTILINE)
    status, output = checkout.run("breakeven", "run", "--bench", "toy.Good")
    assert (status, "were decided within" in output) == (0, False), output


def test_a_run_names_what_failed_and_asvs_file(checkout):
    toy = checkout.folder / "benchmarks" / "toy.py"
    toy.write_text(toy.read_text().replace("return 0.5", 'raise RuntimeError("no score on purpose")'))
    status, output = checkout.run("breakeven", "run", "--bench", "toy.Good")
    assert status == 1
    assert "joblib-1.5.3: toy.Good.track_score(1, 'serial') failed: RuntimeError: no score on purpose" in output
    assert "breakeven: 4 failed; all others are recorded. What asv said is in .breakeven/asv.log" in output


def test_no_run_takes_away_what_another_has_measured(checkout):
    """Under plain ``asv run`` too: neither what a profile does not select, nor what is skipped."""
    toy = checkout.folder / "benchmarks" / "toy.py"
    text = toy.read_text()
    some = '{"quick": {"select": {"n_samples": ["1"]}}, "full": {"select": {}}}'
    toy.write_text(
        text.replace("    def track_score", f'    time_fit.stated = {{"profiles": {some}}}\n    def track_score')
    )
    status, output = checkout.run("breakeven", "run", "--profile", "full", "--bench", "time_fit")
    assert status == 0, output
    before = recorded(checkout, "toy.Good.time_fit")
    assert {v.state for v in before.values()} == {"measured"}
    for command in (("breakeven", "run"), ("asv", "run"), ("asv", "run", "--quick")):
        status, output = checkout.run(*command, "--bench", "time_fit")
        assert status == 0, output
        after = recorded(checkout, "toy.Good.time_fit")
        assert all(after[p] == value for p, value in before.items() if p[0] == "2"), command
        assert all(value.samples for value in after.values()), command
    skips = "    def setup(self, n_samples, strategy):\n        raise NotImplementedError\n"
    toy.write_text(text.replace("    def time_fit", skips + "    def time_fit"))
    status, output = checkout.run("asv", "run", "--bench", "time_fit")
    assert {v.state for v in recorded(checkout, "toy.Good.time_fit").values()} == {"measured"}


def test_a_package_from_outside_of_the_environment_is_not_measured(checkout):
    other = checkout.folder / "elsewhere" / "joblib"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text('__version__ = "9.9"')
    toy = checkout.folder / "benchmarks" / "toy.py"
    toy.write_text(f"import sys\nsys.path.insert(0, {str(other.parent)!r})\n{toy.read_text()}")
    status, output = checkout.run("breakeven", "run", "--bench", "toy.Good.track_score")
    assert status == 1
    assert "failed: Loaded from outside of the release's environment: joblib 9.9" in output
    assert {v.state for v in recorded(checkout, "toy.Good.track_score").values()} == {"failed"}
    status, output = checkout.run("breakeven", "gate", "base", "joblib-1.5.3", "--bench", "toy.Good.track_score")
    assert status == 4
    assert "on both sides: Loaded from outside of the release's environment: joblib 9.9" in " ".join(output.split())
