"""What a run has to measure, and when it knows enough."""

import re
from dataclasses import replace

import numpy as np
import pytest

from breakeven.errors import BreakevenError
from breakeven.harness import choices, compared
from breakeven.harness.reading import Reading
from breakeven.harness.record import Measured, Record, Stack

SERIAL = {"words": "`fit`", "order": 0, "colour": "#7f7f7f", "sign": "circle", "one_core": True, "imports": []}
STRATEGIES = ("serial", "threads", "dask")
TIME = {
    "name": "m.W.time_fit",
    "type": "time",
    "rounds": 2,
    "params": [["1", "2"], [repr(s) for s in STRATEGIES]],
    "param_names": ["n_samples", "strategy"],
    "stated": {
        "kind": "time",
        "strategies": dict.fromkeys(STRATEGIES, SERIAL),
        "profiles": {
            "quick": {"select": {"n_samples": ["1"]}},
            "full": {"select": {"n_samples": ["1", "2"]}},
        },
    },
}
ALONE = {"name": "m.Start.time_start", "type": "time", "rounds": 2, "params": [], "param_names": []}
SCORE = {"name": "m.W.track_score", "type": "track", "params": [], "param_names": [], "stated": {"kind": "score"}}


class Offering:
    """What a release offers, without a release."""

    benchmarks = {b["name"]: b for b in (TIME, ALONE, SCORE)}


def cases(patterns=(), profile="quick", releases=("r",)):
    return choices.cases(dict.fromkeys(releases, Offering), [re.compile(p) for p in patterns], profile)


@pytest.mark.parametrize(
    ("patterns", "profile", "labels"),
    [
        ([], "quick", ["m.W.time_fit(1)", "m.Start.time_start", "m.W.track_score"]),
        ([], "full", ["m.W.time_fit(1)", "m.W.time_fit(2)", "m.Start.time_start", "m.W.track_score"]),
        (["time_"], "full", ["m.W.time_fit(1)", "m.W.time_fit(2)", "m.Start.time_start"]),
        (["fit.2", "track"], "full", ["m.W.time_fit(2)", "m.W.track_score"]),
    ],
)
def test_the_profile_and_the_patterns_select(patterns, profile, labels):
    assert [case.label for case in cases(patterns, profile)] == labels


def test_strategies_are_the_arms_of_a_case_on_every_release():
    fit, start, _ = cases(releases=("r1", "r2"))
    assert fit.arms == ("r1/serial", "r1/threads", "r1/dask", "r2/serial", "r2/threads", "r2/dask")
    assert fit.parameters_of("r2/dask") == ("1", "'dask'")
    assert start.arms == ("r1", "r2")


def test_one_strategy_can_be_chosen():
    (fit,) = cases(["fit.*dask"])
    assert fit.arms == ("r/dask",)


def test_what_only_another_profile_has_is_told():
    with pytest.raises(BreakevenError, match=r"No benchmark matches fit\.2 in the quick profile; 3 do in others"):
        cases(["fit.2"])
    with pytest.raises(BreakevenError, match=r"No benchmark matches nothing$"):
        cases(["nothing"])


def measured(case, times, n_rounds, noise=0.003, seed=0):
    """Record rounds of a case; a text is why an arm fails."""
    stacks = {name: Stack(name.partition("/")[0], {}) for name in case.arms}
    record = Record(stacks, 600.0, {}, "quick", "", [case], 0.1)
    random = np.random.default_rng(seed)
    for number in range(1, n_rounds + 1):
        for name in case.arms:
            took = times[name.partition("/")[2]]
            reading = Reading((), took) if isinstance(took, str) else Reading((took * np.exp(noise * random.normal()),))
            record.measured.append(Measured(case.label, number, name, "2026-01-01", 1.0, 0.0, reading))
    return record


def judged(case, record):
    processes = {name: b.get("rounds", 1) for name, b in Offering.benchmarks.items()}
    (found,) = choices.judge(record, [case], processes)
    return found


def test_a_clear_winner_is_known_after_a_round():
    fit, *_ = cases()
    found = judged(fit, measured(fit, {"serial": 1.0, "threads": 0.5, "dask": 3.0}, 1))
    assert (found.open, found.rounds) == (False, 1)


def test_a_tie_needs_a_few_and_what_is_beaten_leaves():
    fit, *_ = cases()
    times = {"serial": 1.0, "threads": 1.01, "dask": 3.0}
    first = judged(fit, measured(fit, times, 1))
    assert first.open
    assert first.staying == ("r/serial", "r/threads")
    assert not judged(fit, measured(fit, times, 4)).open


def test_what_stays_open_ends_after_some_rounds():
    fit, *_ = cases()
    noisy = measured(fit, {"serial": 1.0, "threads": 1.0, "dask": 1.0}, choices.MOST, noise=0.5)
    assert not judged(fit, noisy).open
    # the longer it has been open the later it comes
    after_seven = measured(fit, {"serial": 1.0, "threads": 1.0, "dask": 1.0}, 7, noise=0.5)
    assert judged(fit, after_seven).more == 7


def test_what_fails_is_not_tried_again():
    fit, start, _ = cases()
    found = judged(fit, measured(fit, {"serial": "boom", "threads": 1.0, "dask": 1.0}, 1))
    assert found.staying == ("r/threads", "r/dask")
    assert not judged(start, measured(start, {"": "boom"}, 1)).open


def test_without_strategies_a_benchmark_has_the_processes_that_it_states():
    _, start, score = cases()
    assert judged(start, measured(start, {"": 1.0}, 1)).more == 1
    assert not judged(start, measured(start, {"": 1.0}, 2)).open
    assert judged(score, measured(score, {"": 1.0}, 0)).open
    assert not judged(score, measured(score, {"": 1.0}, 1)).open


def test_strategies_are_compared_within_each_release():
    fit, *_ = cases(releases=("r1", "r2"))
    record = measured(fit, {"serial": 1.0, "threads": 0.5, "dask": "boom"}, 2)
    found = compared.of_case(record, fit)
    assert list(found) == ["r1", "r2"]
    assert set(found["r2"].log_ratios) == {"serial", "threads"}
    assert found["r2"].reference == "serial"
    assert found["r2"].seconds["threads"] == pytest.approx(0.5, rel=0.02)
    assert np.exp(found["r2"].log_ratios["threads"]) == pytest.approx([0.5, 0.5], rel=0.02)
    assert found["r2"].n_samples == 1


def test_releases_are_compared_under_each_strategy_that_several_have():
    fit, *_ = cases(releases=("r1", "r2", "r3"))
    record = measured(fit, {"serial": 1.0, "threads": 0.5, "dask": 2.0}, 3)
    times = {"r2/serial": 1.2, "r3/threads": 2.0}
    record.measured = [
        replace(m, reading=Reading((times.get(m.arm, 1.0) * m.samples[0],)))
        for m in record.measured
        if m.arm not in ("r2/dask", "r3/dask", "r1/threads")
    ]
    found = compared.linked(record, fit, ["r1", "r2", "r3"])
    assert set(found) == {"serial", "threads"}
    assert [np.exp(np.median(found["serial"][r])) for r in ("r1", "r2", "r3")] == pytest.approx([1, 1.2, 1], rel=0.02)
    assert list(found["threads"]) == ["r2", "r3"]
    assert np.exp(found["threads"]["r3"]) == pytest.approx([2, 2, 2], rel=0.02)


def test_what_was_measured_in_groups_is_linked_by_their_reference():
    fit, *_ = cases(releases=("r1", "r2"))
    record = measured(fit, {"serial": 1.0, "threads": 0.5, "dask": 2.0}, 2)
    # the machine was three times slower when the second group had its turns
    late = [
        replace(m, group=1, reading=Reading((3 * m.samples[0],)))
        for m in record.measured
        if m.arm in ("r1/serial", "r2/dask", "r2/threads")
    ]
    record.measured = [m for m in record.measured if m.arm not in ("r2/dask", "r2/threads")] + late
    of_r2 = compared.of_case(record, fit)["r2"]
    assert np.exp(of_r2.log_ratios["dask"]) == pytest.approx([2, 2], rel=0.03)
    assert np.exp(of_r2.log_ratios["threads"]) == pytest.approx([0.5, 0.5], rel=0.03)
    assert np.exp(compared.linked(record, fit, ["r1", "r2"])["dask"]["r2"]) == pytest.approx([1, 1], rel=0.03)


def test_what_no_reference_links_is_not_compared():
    fit, *_ = cases(releases=("r1", "r2"))
    record = measured(fit, {"serial": 1.0, "threads": 0.5, "dask": 2.0}, 1)
    record.measured = [replace(m, group=int(m.arm.startswith("r2"))) for m in record.measured]
    assert compared.linked(record, fit, ["r1", "r2"]) == {}
