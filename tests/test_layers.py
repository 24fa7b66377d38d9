"""Every layer for real: each benchmark with each of its parameters, once, on the newest release and on the oldest."""

import json

import pytest

from breakeven.harness import arms, asv_config, profiles
from breakeven.harness.arms import Process
from breakeven.harness.results import parameter_sets
from breakeven.train import entries, repository
from tests.conftest import ROOT

MODULES = {"layers", "dask_layers", "joblib_layers"}


@pytest.mark.commands
@pytest.mark.parametrize("release", ["newest", pytest.param("oldest", marks=pytest.mark.slow)])
def test_every_layer_runs(release):
    train = entries.load()
    commit = repository.tags(repository.build(train))[train.find(release).name]
    with arms.of_release(asv_config.current(), commit, rf"^({'|'.join(MODULES)})\.", "full") as arm:
        assert {name.partition(".")[0] for name in arm.benchmarks} == MODULES
        failed = {}
        for name, described in arm.benchmarks.items():
            for parameters in parameter_sets(described):
                reading = arm.read(name, parameters, Process({"repeat": 1}))
                if reading.error or not reading.samples[0] > 0:
                    failed[name, parameters] = reading.error
        assert failed == {}


def test_layers_are_in_no_quick_profile():
    listed = json.loads((ROOT / "results" / "benchmarks.json").read_text())
    layers = [described for name, described in listed.items() if name.partition(".")[0] in MODULES]
    assert {described["name"].partition(".")[0] for described in layers} == MODULES
    for described in layers:
        assert profiles.selected(described, "quick") == []
        assert len(profiles.selected(described, "full")) == len(parameter_sets(described))
