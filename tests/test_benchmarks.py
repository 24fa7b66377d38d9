"""The suite where `pytest --benchmarks` does not reach: small data beyond memory, packages laid over a release."""

import contextlib
import json
import math
import os
import re
import shutil
import subprocess

import pytest

from benchmarks.strategies import STRATEGIES
from breakeven.harness import arms, profiles, suite
from breakeven.harness.arms import Process
from breakeven.harness.results import parameter_sets, plain
from breakeven.train import entries, environments, overrides, repository
from tests.conftest import ROOT

pytestmark = pytest.mark.commands

#: What strategies need beside a release's own.
PACKAGES = sorted({package for facts in STRATEGIES.values() for package in facts.needs})

#: How data beyond memory are made small: blocks of 200,000 rows in place of gigabytes.
SMALLER = {"BLOCKS = round(MEMORY / (ROWS * datasets.N_FEATURES * 8))": "BLOCKS = 2", "n_blocks = 500": "n_blocks = 2"}


@contextlib.contextmanager
def opened(folder, laid_over=(), release="newest"):
    """A release with the suite as it is, but for the data beyond memory."""
    copy = folder / "benchmarks"
    shutil.copytree(ROOT / "benchmarks", copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / "beyond_memory.py").read_text()
    for old, new in SMALLER.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (copy / "beyond_memory.py").write_text(text)
    lines = [line for line in (ROOT / "asv.conf.json").read_text().splitlines() if not line.strip().startswith("//")]
    config = json.loads("\n".join(lines)) | {"benchmark_dir": str(copy), "repo": str(ROOT / "releases.toml")}
    (folder / "asv.conf.json").write_text(json.dumps(config))
    train = entries.load(ROOT / "releases.toml")
    found = overrides.resolve(train, release, laid_over=laid_over)
    commit = repository.tags(repository.build(train))[found.name]
    with arms.of_release(folder / "asv.conf.json", commit, "", "large") as arm:
        yield arm


@pytest.fixture(scope="module")
def arm(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("suite")) as newest:
        yield newest


@pytest.fixture(scope="module")
def arm_with_packages(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("suite"), PACKAGES) as laid_over:
        yield laid_over


def needs(described, parameters):
    """Give the packages that the strategy of a parameter set needs beside a release's own."""
    strategies = described.get("stated", {}).get("strategies", {})
    return [package for p in parameters for package in strategies.get(plain(p), {}).get("needs", [])]


def smallest(described, with_package=False):
    """Give the parameter sets of a benchmark with the first value of every axis but the one that says how."""
    chosen = [p for p in parameter_sets(described) if bool(needs(described, p)) == with_package]
    for at, (name, values) in enumerate(zip(described["param_names"], described["params"], strict=True)):
        if name not in ("strategy", "way", "source"):
            chosen = [p for p in chosen if p[at] == values[0]]
    return chosen


def read(arm, name, parameters):
    reading = arm.read(name, parameters, Process({"repeat": 1}))
    if reading.error == "skipped":
        pytest.skip(f"{name}{parameters}: the stack lacks a package that it needs")
    assert reading.error == ""
    (number,) = reading.samples
    return number


#: What the suite states, read from a file: it is not imported here.
LISTED = json.loads((ROOT / "results" / "benchmarks.json").read_text())
del LISTED["version"]


def listed():
    """List (module, class) of the suite."""
    return sorted({tuple(name.split(".")[:2]) for name in LISTED})


#: What is known to fail on the newest release, and how: a failure is recorded as such.
FAILING = {("searches.EarlyStopping", "dask-ml"): "asynchronous Client in a synchronous context"}


@pytest.mark.parametrize(("owner", "strategy"), FAILING)
def test_what_is_known_to_fail_still_does(arm, owner, strategy):
    size = arm.benchmarks[f"{owner}.track_score"]["params"][0][0]
    assert FAILING[owner, strategy] in arm.read(f"{owner}.track_score", (size, repr(strategy)), Process()).error


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "strategy"), FAILING)
def test_what_is_known_to_fail_runs_on_an_older_release(tmp_path, owner, strategy):
    with opened(tmp_path, release="dask-2024.11.2") as older:
        described = older.benchmarks[f"{owner}.track_score"]
        size = described["params"][0][0]
        scores = [read(older, f"{owner}.track_score", (size, repr(s))) for s in ("serial", strategy)]
        assert read(older, f"{owner}.time_fit", (size, repr(strategy))) > 0
    assert math.isclose(*scores, rel_tol=suite.read(described).tolerance_of((size, repr(strategy))).share)


#: Modules whose benchmarks take many workers or gigabytes.
HEAVY = ("beyond_memory", "many_workers")


@pytest.mark.slow
@pytest.mark.parametrize(("module", "owner"), [found for found in listed() if found[0] in HEAVY])
def test_what_is_heavy_runs_and_its_scores_agree(arm, module, owner):
    own = {n: suite.read(d) for n, d in arm.benchmarks.items() if n.startswith(f"{module}.{owner}.")}
    assert own
    scores = {}
    for name, benchmark in own.items():
        for at, parameters in enumerate(smallest(arm.benchmarks[name])):
            # a score under each strategy; of other numbers, which need a process each too, the first one's
            if benchmark.kind.name == "score":
                scores[parameters] = read(arm, name, parameters), benchmark.tolerance_of(parameters).share
            elif at == 0:
                assert read(arm, name, parameters) >= 0
    if owner in ("Guide", "KMeansOnDisk", "KMeansFrom"):  # mini batches are another algorithm
        assert all(score > 0 for score, _ in scores.values())
        return
    for score, tolerance in scores.values():
        assert math.isclose(score, next(iter(scores.values()))[0], rel_tol=tolerance)


#: (timed benchmark, parameters) wherever a strategy needs a package, at the smallest size.
WITH_PACKAGES = [
    (name, parameters)
    for name, described in LISTED.items()
    if suite.read(described).kind.judged == "as time"
    for parameters in smallest(described, True)
]


def test_each_strategy_that_needs_a_package_is_tried():
    tried = {plain(parameters[-1]) for _, parameters in WITH_PACKAGES}
    assert tried == {name for name, facts in STRATEGIES.items() if facts.needs}


@pytest.mark.parametrize(("name", "parameters"), WITH_PACKAGES, ids=str)
def test_a_strategy_is_skipped_without_its_package(arm, name, parameters):
    assert arm.read(name, parameters, Process({"repeat": 1})).error == "skipped"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameters"), [*WITH_PACKAGES, ("overheads.RayStart.time_start", ())], ids=str)
def test_with_its_package_a_strategy_runs_and_gives_the_score_of_serial(arm_with_packages, name, parameters):
    assert read(arm_with_packages, name, parameters) > 0
    score = f"{name.rpartition('.')[0]}.track_score"
    if score in LISTED:
        scores = [read(arm_with_packages, score, (parameters[0], s)) for s in (repr("serial"), parameters[1])]
        assert math.isclose(*scores, rel_tol=suite.read(LISTED[score]).tolerance_of(parameters).share)


#: Prints the module that a workload's estimator is of, the last one of a pipeline.
WHOSE = """
import importlib, sys
module, owner = sys.argv[1:]
workload = getattr(importlib.import_module(f"benchmarks.{module}"), owner)()
estimator = workload.configured("sklearnex")
print(type(estimator[-1] if hasattr(estimator, "steps") else estimator).__module__)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "owner", sorted({n.rpartition(".")[0] for n, p in WITH_PACKAGES if plain(p[-1]) == "sklearnex"})
)
def test_under_sklearnex_the_estimator_is_intels(owner):
    train = entries.load(ROOT / "releases.toml")
    pins = overrides.resolve(train, "newest", laid_over=PACKAGES).pins
    done = subprocess.run(
        [environments.ensure(pins, train.python) / "bin" / "python", "-c", WHOSE, *owner.split(".")],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip().startswith(("sklearnex.", "daal4py.", "onedal."))


def test_the_committed_list_is_what_the_suite_states(arm):
    """Reports read results by it: `asv run --bench just-discover` writes it anew."""
    kept = ("stated", "params", "param_names", "version", "unit")
    assert {name: {key: LISTED[name].get(key) for key in kept} for name in LISTED} == {
        name: {key: described.get(key) for key in kept} for name, described in arm.everything.items()
    }


def test_no_module_is_left_out():
    bases = re.compile(r"^class .*\b(Stated|Call|Workload|Predictor|Transformer|Layer)\b.*\):", re.MULTILINE)
    modules = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if bases.search(path.read_text())}
    assert modules - {"workload", "layer", "own_estimator"} == {module for module, _ in listed()}


@pytest.mark.parametrize(
    ("strategy", "loads", "lacks"),
    [
        ("serial", {"numpy", "scikit-learn", "joblib"}, {"dask", "distributed", "dask-ml"}),
        ("all-cores", {"numpy", "scikit-learn", "joblib"}, {"dask", "distributed", "dask-ml"}),
        ("dask-joblib", {"scikit-learn", "dask", "distributed"}, {"dask-ml"}),
        ("dask-ml", {"scikit-learn", "dask", "distributed", "dask-ml"}, set()),
    ],
)
def test_a_process_loads_what_its_strategy_needs_and_says_so(arm, strategy, loads, lacks):
    reading = arm.read("large_models.GridSearchSmall.time_fit", ("200", repr(strategy)), Process({"repeat": 1}))
    assert loads <= reading.loaded.keys()
    assert not lacks & reading.loaded.keys()
    pins = entries.load(ROOT / "releases.toml").newest.pins
    assert reading.loaded["numpy"] == pins["numpy"]


def test_the_profile_selects_and_the_parameters_stay(arm):
    forest = arm.everything["large_models.Forest.time_fit"]
    sizes = {
        profile: {int(plain(parameter_sets(forest)[at][0])) for at in profiles.selected(forest, profile)}
        for profile in ("quick", "gate", "full", "large")
    }
    assert (sizes["quick"], sizes["gate"]) == ({500, 2_000}, {500})
    assert sizes["full"] == sizes["large"] == {int(n) for n in forest["params"][0]}
    score, memory = (arm.everything[f"large_models.Forest.track_{what}"] for what in ("score", "peak_memory"))
    assert {parameter_sets(score)[at][0] for at in profiles.selected(score, "quick")} == {"2000"}
    assert {parameter_sets(memory)[at][0] for at in profiles.selected(memory, "quick")} == {"500", "2000"}
    assert {parameter_sets(score)[at][0] for at in profiles.selected(score, "full")} == {"500", "10000"}
    strategies = {
        profile: {plain(parameter_sets(forest)[at][1]) for at in profiles.selected(forest, profile)}
        for profile in ("quick", "gate", "full")
    }
    assert strategies["quick"] == strategies["gate"] == {"serial", "all-cores", "dask-joblib"}
    assert strategies["full"] == {plain(value) for value in forest["params"][1]}
    guide = arm.everything["beyond_memory.Guide.time_fit"]
    assert profiles.selected(guide, "full") == []
    assert len(profiles.selected(guide, "large")) == 3
