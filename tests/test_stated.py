"""What a suite states, as the tool reads it: kinds of numbers, strategies, profiles, and what a gate judges of them."""

import pytest

from breakeven.errors import BreakevenError
from breakeven.gate import verdicts
from breakeven.harness import cases, kinds, profiles, suite
from breakeven.harness.cases import Experience
from breakeven.harness.reading import Reading
from breakeven.harness.record import Measured, Record, Stack

SERIAL = {"words": "`fit`", "order": 0, "colour": "#7f7f7f", "sign": "circle", "one_core": True, "imports": []}


def described(name="m.W.track_it", *, kind=None, type="track", params=(), param_names=(), **stated):
    """Describe a benchmark as asv does."""
    facts = {"stated": {"kind": kind, **stated}} if kind or stated else {}
    listed = {"params": [list(values) for values in params], "param_names": list(param_names)}
    return {"name": name, "type": type, "version": "1", "unit": "bytes", **listed, **facts}


def test_stated_facts_are_read():
    read = suite.read(
        described(
            "large.Search.time_fit",
            kind="first call",
            params=(["100"], ["'serial'", "'unheard of'"]),
            param_names=("n_samples", "strategy"),
            workload="large.Grid",
            call="search",
            n_features=20,
            tolerance=1e-6,
            imports=["dask"],
            strategies={"serial": SERIAL},
            profiles={"quick": {}},
            fits=180,
        )
    )
    assert (read.name, read.workload, read.call) == ("large.Search.time_fit", "large.Grid", "search")
    assert (read.kind.name, read.kind.judged) == ("first call", "as time")
    assert (read.axes, read.n_features, read.imports) == (("n_samples", "strategy"), 20, ("dask",))
    assert read.tolerance == suite.Tolerance(1e-6)
    assert read.facts == {"fits": 180}  # the rest has fields of its own
    assert read.strategy(("100", "'serial'")).one_core
    assert read.strategy(("100", "'unheard of'")) == suite.Strategy("unheard of")


@pytest.mark.parametrize(
    ("type", "kind"), [("time", "time"), ("peakmemory", "peak memory"), ("memory", "other memory"), ("track", "score")]
)
def test_asvs_own_words_count_where_nothing_is_stated(type, kind):
    read = suite.read(described("m.W.time_fit", type=type))
    assert (read.workload, read.call, read.kind.name) == ("m.W", "fit", kind)
    assert (read.axes, read.n_features, read.strategies, read.facts) == ((), None, {}, {})
    assert read.tolerance_of(()).share == {"time": 0.05, "score": 1e-6, "peak memory": 0.1}.get(kind, 0)
    assert read.strategy(()) is None


def test_an_unknown_kind_is_refused_with_the_nearest_name():
    with pytest.raises(BreakevenError, match=r"Unknown kind of number 'peek memory'\. Did you mean peak memory"):
        suite.read(described(kind="peek memory"))


def test_a_process_imports_what_its_benchmark_or_else_its_strategy_needs():
    params, names = (["1", "2"], ["'serial'", "'dask'"]), ("n_samples", "strategy")
    strategies = {"serial": SERIAL, "dask": SERIAL | {"imports": ["distributed"]}}
    by_strategy = suite.read(described(kind="time", params=params, param_names=names, strategies=strategies))
    assert [by_strategy.imports_at(at) for at in range(4)] == [(), ("distributed",), (), ("distributed",)]
    told = suite.read(described(kind="time", params=params, param_names=names, strategies=strategies, imports=["dask"]))
    assert {told.imports_at(at) for at in range(4)} == {("dask",)}
    assert suite.read(described()).imports_at(0) == ()


def test_a_process_may_share_a_cluster_if_its_benchmark_or_else_its_strategy_says_so():
    strategies = {"serial": SERIAL, "dask": SERIAL | {"shares_cluster": True}}
    stated = {"params": (["'serial'", "'dask'"],), "param_names": ("strategy",), "strategies": strategies}

    def shares(**more):
        read = suite.read(described(kind="time", **stated, **more))
        return [read.shares_cluster_of((s,)) for s in ("'serial'", "'dask'")]

    assert shares() == shares(shares_cluster=None) == [False, True]
    assert shares(shares_cluster=False) == [False, False]
    assert suite.read(described(kind="time", shares_cluster=True)).shares_cluster_of(())
    assert not suite.read(described(kind="time")).shares_cluster_of(())


def listed(*benchmarks, selected="", profile="quick", known=None):
    offered = {b["name"]: b for b in benchmarks}
    return cases.listed({"base": offered, "head": offered}, selected, profile, known)


def test_only_what_a_user_asks_a_gate_for_is_judged():
    every = [described(f"m.W.track_{kind.name.replace(' ', '_')}", kind=kind.name) for kind in kinds.KINDS]
    assert {case.kind for case in listed(*every)} == {"time", "first call", "score", "peak memory"}
    assert {kind.name for kind in kinds.KINDS} - {case.kind for case in listed(*every)} == {
        "spilled", "read", "other memory", "count",
    }  # fmt: skip


def test_spilled_bytes_that_appear_or_stay_away_are_no_verdict():
    # once all that is in bytes was judged as peak memory, and nothing over nothing ended as "more memory"
    every = [described("m.W.track_spilled", kind="spilled"), described("m.W.track_peak_memory", kind="peak memory")]
    stacks = {"base": Stack("a-1", {}), "head": Stack("a-2", {})}
    gated = Record(
        stacks, tolerance=0.05, memory_tolerance=0.1, budget=1.0, machine={}, profile="quick", selected="",
        cases=listed(*every),
    )  # fmt: skip
    for number in (1, 2, 3):
        for side in ("base", "head"):
            for name, held in (("m.W.track_spilled", 0.0), ("m.W.track_peak_memory", 1e9)):
                gated.measured.append(Measured(name, number, side, "2026-01-01", 1.0, 0.0, Reading((held,))))
    assert [(j.case.label, j.word) for j in verdicts.judge(gated)] == [("m.W.track_peak_memory", "pass")]


def test_cases_have_the_tolerance_that_is_stated_and_what_is_known():
    score = described("m.W.track_score", kind="score", tolerance=1e-3)
    (case,) = listed(score, known={"m.W.track_score": Experience((0.1, 0.2), 5.0)})
    assert (case.tolerance, case.noise, case.seconds) == (1e-3, (0.1, 0.2), 5.0)
    assert listed(score, selected="peak") == []


def test_a_tolerance_is_that_of_the_benchmark_else_of_the_strategy_else_usual():
    strategies = {"serial": SERIAL, "dask": SERIAL | {"tolerance": 0.1, "tolerance_reason": "it wakes up"}}
    stated = {"params": (["'serial'", "'dask'"],), "param_names": ("strategy",), "strategies": strategies}
    by_strategy = suite.read(described(kind="time", **stated))
    assert [by_strategy.tolerance_of((s,)).share for s in ("'serial'", "'dask'")] == [0.05, 0.1]
    assert by_strategy.tolerance_of(("'dask'",)).reason == "it wakes up"
    of_its_own = suite.read(described(kind="time", **stated, tolerance=0.2, tolerance_reason="it starts"))
    assert {of_its_own.tolerance_of((s,)) for s in ("'serial'", "'dask'")} == {suite.Tolerance(0.2, "it starts")}
    assert suite.read(described(kind="score", **stated)).tolerance_of(("'dask'",)).share == 0
    cases = listed(described("m.W.time_fit", kind="time", **stated))
    assert [case.tolerance for case in cases] == [0.05, 0.1]


def test_what_one_side_lacks_says_so():
    one, both = described("m.W.track_score", kind="score"), described("m.W.time_fit", kind="time")
    found = cases.listed(
        {"base": {"m.W.time_fit": both}, "head": {"m.W.time_fit": both, "m.W.track_score": one}}, "", ""
    )
    assert {c.benchmark: c.arms for c in found} == {"m.W.time_fit": ("base", "head"), "m.W.track_score": ("head",)}


SIZED = described(
    kind="time",
    params=(["10", "20", "30"], ["'serial'", "'dask'"]),
    param_names=("n_samples", "strategy"),
    profiles={
        "quick": {"select": {"n_samples": ["10", "30"]}, "rounds": 2, "timeout": 60},
        "full": {"select": {"n_samples": ["10", "20", "30"]}, "rounds": 3, "timeout": 300},
    },
)


def test_a_profile_selects_parameters_and_never_changes_them():
    assert profiles.selected(SIZED, "quick") == [0, 1, 4, 5]
    assert profiles.selected(SIZED, "full") == [0, 1, 2, 3, 4, 5]
    assert profiles.selected(SIZED, "large") == []  # the suite does not have it there
    assert [c.parameters[0] for c in listed(SIZED)] == ["10", "10", "30", "30"]
    scheduled = profiles.scheduled(SIZED | {"rounds": 1, "timeout": 1}, "full")
    assert (scheduled["rounds"], scheduled["timeout"], scheduled["params"]) == (3, 300, SIZED["params"])


def test_a_suite_without_profiles_is_measured_whole():
    plain = described(type="time", params=(["1", "2"],), param_names=("n",))
    assert profiles.selected(plain, "quick") == [0, 1]
    assert profiles.selected(described(), "quick") == [0]
    assert profiles.scheduled(plain, "quick") == plain
    profiles.check("anything", [plain])  # no profile to be wrong about


def test_an_unknown_profile_is_refused_with_those_there_are():
    with pytest.raises(BreakevenError, match="BREAKEVEN_PROFILE is 'quik', but must be one of: quick, full"):
        profiles.check("quik", [SIZED])
    profiles.check("full", [SIZED])
