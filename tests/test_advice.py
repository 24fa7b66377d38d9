"""Advice: the right strategy, what it costs, and how good advice from small sizes is, against known truth."""

import io
import math

import numpy as np
import pytest
from rich.console import Console

from breakeven.advice import evaluation, overheads, prediction
from breakeven.advice.prediction import Question
from breakeven.harness import release_results
from breakeven.harness.compared import Compared
from breakeven.harness.results import Store, Value
from breakeven.harness.suite import Strategy
from breakeven.harness.workloads import Row, Workload, by_size, in_rounds
from breakeven.report import advice
from breakeven.train import entries, repository
from tests.conftest import ROOT

GB = 1e9


def row(n, laws, memory=None):
    times = {s: Value("measured", fixed + rate * n**p) for s, (fixed, rate, p) in laws.items()}
    return Row(n, times, {}, {s: Value("measured", of(n)) for s, of in (memory or {}).items()})


SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
LAWS = {"serial": (0.0, 2e-5, 1.0), "all-cores": (0.1, 1.2e-5, 1.0), "dask-ml": (0.5, 1e-5, 1.0)}
KNOWN = {
    "serial": Strategy("serial", one_core=True),
    "all-cores": Strategy("all-cores"),
    "other": Strategy("other"),
    "dask-joblib": Strategy("dask-joblib", dask=True, sends=True),
    "dask-ml": Strategy("dask-ml", dask=True),
}


def workload(rows):
    return Workload("W", rows, {s: KNOWN[s] for s in dict.fromkeys(s for row in rows for s in row.times)})


MEASURED = workload([row(n, LAWS) for n in SIZES])


def strategies(found):
    return [option.strategy for option in found]


@pytest.mark.parametrize(("n_samples", "best"), [(1_000, "serial"), (50_000, "all-cores"), (1_000_000, "dask-ml")])
def test_the_fastest_strategy_at_the_size_comes_first(n_samples, best):
    first = prediction.options(MEASURED, Question(n_samples), cores=2)[0]
    assert first.strategy == best
    assert first.seconds.value == pytest.approx(LAWS[best][0] + LAWS[best][1] * n_samples, rel=0.03)


def test_a_size_beyond_the_measured_ones_says_how_far():
    assert prediction.options(MEASURED, Question(200_000), cores=2)[0].seconds.beyond == pytest.approx(10)


def test_what_does_not_fit_in_memory_comes_last():
    memory = {"serial": lambda n: 1e8 + 800 * n, "all-cores": lambda n: 2e8 + 800 * n, "dask-ml": lambda n: 5e8}
    rows = [row(n, LAWS, memory) for n in SIZES]
    found = prediction.options(workload(rows), Question(2_000_000, memory=1 * GB), cores=2)
    assert strategies(found) == ["dask-ml", "all-cores", "serial"]
    assert [o.fits for o in found] == [True, False, False]
    assert found[1].memory.value == pytest.approx(1.8 * GB, rel=0.01)
    assert strategies(prediction.options(workload(rows), Question(60_000), cores=2))[0] == "all-cores"


def test_memory_known_at_one_size_is_not_foretold():
    rows = [row(1_000, LAWS), row(10_000, LAWS, {"serial": lambda n: 1e8})]
    assert prediction.peak_memory(rows, "serial") == {10_000: 1e8}
    assert prediction.peak_memory(rows, "all-cores") == {}
    asked = Question(100_000, memory=5e8)  # 1 GB if it grew in proportion
    told = prediction.options(workload(rows), asked, cores=2)
    by_name = {o.strategy: o for o in told}
    assert {s: (o.memory, o.memory_sizes, o.fits) for s, o in by_name.items()} == {
        "serial": (None, 1, None),
        "all-cores": (None, 0, None),
        "dask-ml": (None, 0, None),
    }
    said = list(advice.sentences(prediction.choose(workload(rows), asked, told), asked))
    assert sum("Peak memory is known at one size only" in sentence for sentence in said) == 1
    (serial,) = (line for line in drawn(advice.table(told, "W")).splitlines() if "serial" in line)
    assert "one size measured" in serial
    (dask_ml,) = (line for line in drawn(advice.table(told, "W")).splitlines() if "dask-ml" in line)
    assert "not measured" in dask_ml


def test_memory_known_at_two_sizes_is_foretold_and_nothing_is_said_of_one_size():
    rows = [row(n, LAWS, {"serial": lambda n: 1e8 + 800 * n}) for n in (1_000, 10_000)]
    asked = Question(100_000)
    told = prediction.options(workload(rows), asked, cores=2)
    (serial,) = (o for o in told if o.strategy == "serial")
    assert (serial.memory_sizes, serial.fits) == (2, True)
    assert serial.memory.value == pytest.approx(1.8e8, rel=1e-6)
    choice = prediction.choose(workload(rows), asked, told)
    assert not any("one size" in sentence for sentence in advice.sentences(choice, asked))
    assert "180.0 MB" in drawn(advice.table(told, "W"))


def test_two_million_rows_of_k_means_need_about_a_gigabyte():
    # growth in proportion, from one size, foretold 7.5 GB for dask-ml and 1.8 GB for scikit-learn
    known = entries.load(ROOT / "releases.toml")
    store = Store(ROOT / "results", "shared-2core")
    tags = repository.tags(repository.build(known))
    recorded = store.recorded(tags[release_results.newest(known, tags, store)])
    k_means = by_size(recorded, store.benchmarks())["large_datasets.KMeansFromScratch.fit"]
    told = {o.strategy: o for o in prediction.options(k_means, Question(2_000_000, memory=4 * GB), cores=2)}
    data = 2_000_000 * k_means.n_features * 8
    for strategy in ("serial", "all-cores", "dask-ml"):
        assert data < told[strategy].memory.value < 1.5 * GB
        assert told[strategy].fits
    assert told["dask-ml"].memory.value > told["serial"].memory.value


def drawn(table):
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    return console.file.getvalue()


def chosen(measured, asked):
    return prediction.choose(measured, asked, prediction.options(measured, asked, cores=2))


MEMORY = {"serial": lambda n: 95e6, "dask-joblib": lambda n: 436e6, "all-cores": lambda n: 96e6}


def test_nobody_starts_a_cluster_for_a_millisecond():
    # seen with advise --measure: 118 ms and 436 MB on Dask, 119 ms and 95 MB serially
    laws = {"serial": (0.0, 1.19e-5, 1.0), "dask-joblib": (0.0, 1.18e-5, 1.0)}
    measured = workload([row(n, laws, {s: MEMORY[s] for s in laws}) for n in (1_000, 3_162, 10_000)])
    asked = Question(10_000, memory=8 * GB)
    assert strategies(prediction.options(measured, asked, cores=2)) == ["dask-joblib", "serial"]
    choice = chosen(measured, asked)
    assert (strategies(choice.options), choice.equal) == (["serial", "dask-joblib"], ["serial", "dask-joblib"])
    take, equal, *rest = advice.sentences(choice, asked)
    assert take.startswith("Take serial: 119 ms, interval")
    assert equal.startswith(
        "serial and dask-joblib are equal within 10 %, as predicted; serial needs least, and dask-joblib would save "
        "at most "
    )
    assert rest == []  # neither a runner-up that is as good, nor that it is faster at every size


def test_of_equals_the_simplest_is_advised_and_not_one_that_is_further_behind():
    # an estimator that uses one core whatever it is told
    laws = {"all-cores": (0.0, 1e-5, 1.0), "serial": (0.0, 1.05e-5, 1.0), "dask-ml": (0.0, 1.2e-5, 1.0)}
    measured = workload([row(n, laws) for n in SIZES])
    asked = Question(10_000)
    choice = chosen(measured, asked)
    assert (choice.equal, strategies(choice.options)) == (["serial", "all-cores"], ["serial", "all-cores", "dask-ml"])
    said = list(advice.sentences(choice, asked))
    assert sum(s.startswith("Runner-up: dask-ml, 120 ms") for s in said) == 1
    assert not any("all-cores is faster" in s for s in said)
    slower = workload([row(n, laws | {"serial": (0.0, 1.2e-5, 1.0)}) for n in SIZES])
    assert chosen(slower, asked).equal == ["all-cores"]


def test_what_needs_less_memory_goes_first_unless_the_difference_is_small():
    known = workload(MEASURED.rows)
    assert known.simplest_first(["dask-ml", "all-cores", "serial"], {}) == ["serial", "all-cores", "dask-ml"]
    two = Workload("W", [], {s: Strategy(s, order=at) for at, s in enumerate(("all-cores", "threads"))})
    assert two.simplest_first(["threads", "all-cores"], {"threads": 100e6, "all-cores": 105e6})[0] == "all-cores"
    assert two.simplest_first(["threads", "all-cores"], {"threads": 100e6, "all-cores": 300e6})[0] == "threads"
    assert two.simplest_first(["all-cores", "threads"], {"threads": 300e6})[0] == "threads"


def with_rounds(measured, n_samples, **ratios):
    """Say that a size was measured in rounds, with these times over that of serial, 12 rounds of each."""
    random = np.random.default_rng(0)
    logs = {s.replace("_", "-"): np.log(r) + 0.005 * random.standard_normal(12) for s, r in ratios.items()}
    found = Compared("W", n_samples, "serial", logs, {"serial": 0.2})
    return workload([in_rounds(r, found) if r.n_samples == n_samples else r for r in measured.rows])


def test_a_size_that_was_measured_in_rounds_is_judged_by_them():
    # the laws say that all-cores wins here by a quarter
    asked = Question(20_000)
    assert chosen(MEASURED, asked).equal == ["all-cores"]
    tie = chosen(with_rounds(MEASURED, 20_000, all_cores=0.98, dask_ml=1.5), asked)
    assert (tie.equal, tie.in_rounds, strategies(tie.options)[0]) == (["serial", "all-cores"], True, "serial")
    assert 0.01 < tie.gain < 0.04
    (said,) = (s for s in advice.sentences(tie, asked) if "equal" in s)
    assert "are equal within 10 %, measured side by side; serial needs least, and all-cores would save at most" in said
    won = chosen(with_rounds(MEASURED, 20_000, all_cores=1.3, dask_ml=1.5), asked)
    assert (won.equal, won.in_rounds) == (["serial"], True)
    assert any(s.endswith("Measured side by side, all-cores is slower.") for s in advice.sentences(won, asked))
    # another size, or more cores, is predicted
    near = with_rounds(MEASURED, 20_000, all_cores=1.3, dask_ml=1.5)
    assert not chosen(near, Question(19_000)).in_rounds
    assert not chosen(near, Question(20_000, n_jobs=8)).in_rounds


def test_what_is_as_fast_but_does_not_fit_is_not_equal():
    laws = {"all-cores": (0.0, 1e-5, 1.0), "serial": (0.0, 1e-5, 1.0)}
    memory = {"serial": lambda n: 1e6 * n, "all-cores": lambda n: 1e8}
    choice = chosen(workload([row(n, laws, memory) for n in SIZES]), Question(10_000, memory=1e9))
    assert (choice.equal, [o.fits for o in choice.options]) == (["all-cores"], [True, False])


def test_more_cores_help_by_amdahls_law():
    # at 2 cores 1.67 times as fast: 20 % is not shared, so at 8 cores 0.2 + 0.8 / 8 = 0.3 of serial
    rows = [row(n, {"serial": (0.0, 1e-4, 1.0), "all-cores": (0.0, 0.6e-4, 1.0)}) for n in SIZES]
    best, serial = prediction.options(workload(rows), Question(10_000, n_jobs=8), cores=2)
    assert best.strategy == "all-cores"
    assert best.seconds.value == pytest.approx(0.3, rel=0.02)
    assert serial.seconds.value == pytest.approx(1, rel=0.02)


def test_more_columns_cost_in_proportion_except_what_is_fixed():
    (told,) = (
        o for o in prediction.options(MEASURED, Question(10_000, features=3), cores=2) if o.strategy == "dask-ml"
    )
    assert told.seconds.value == pytest.approx(0.5 + 3 * 0.1, rel=0.03)


def test_failures_are_left_out():
    failed = Row(50_000, {"serial": Value("failed"), "all-cores": Value("skipped")}, {}, {})
    assert set(prediction.times([*MEASURED.rows, failed])["serial"]) == set(SIZES)


def test_advice_that_follows_the_law_has_no_regret():
    trials = evaluation.evaluate(MEASURED)
    assert [t.n_samples for t in trials] == [10_000, 20_000]
    assert trials[-1].beyond == 4
    told = evaluation.regrets(trials)
    assert told["largest regret"] == 0
    assert told["median prediction error"] < 0.03


def test_wrong_advice_is_counted():
    # beyond 5,000 serial falls out of a cache: three times as slow as its law
    rows = [row(n, {"serial": (0, 2e-5 * (3 if n > 5_000 else 1), 1), "other": (0.05, 2e-5, 1)}) for n in SIZES]
    last = evaluation.evaluate(workload(rows))[-1]
    assert (last.advised, last.best) == ("serial", "other")
    assert last.regret == pytest.approx(1.2 / 0.45 - 1, rel=1e-6)
    assert last.errors["serial"] == pytest.approx(-2 / 3, abs=0.03)
    assert not last.covered["serial"]


def test_too_few_sizes_are_no_trial():
    assert evaluation.evaluate(workload(MEASURED.rows[:2])) == []
    assert not math.isinf(prediction.options(workload(MEASURED.rows[:2]), Question(1_500), cores=2)[0].seconds.value)


def test_overheads_are_read_by_strategy():
    def at(number, samples=()):
        return Value("measured", number, samples=samples)

    def stated(name, call, axes, values, **facts):
        listed = {"name": name, "type": "time", "params": values, "param_names": axes}
        return {**listed, "stated": {"call": call, "kind": "time", **facts}}

    sizes = [str(n) for n in SIZES]
    cold = {s: {"dask": KNOWN[s].dask} for s in ("all-cores", "dask-joblib")}
    recorded = {
        "overheads.ClusterStart.time_start": {(): at(1.5)},
        "overheads.ColdCall.time_first_call": {("'all-cores'",): at(0.8), ("'dask-joblib'",): at(0.5)},
        "overheads.Scatter.time_scatter": {(n,): at(1e-6 * int(n), (1e-6 * int(n),) * 3) for n in sizes},
    }
    described = [
        stated("overheads.ClusterStart.time_start", "cluster start", [], []),
        stated(
            "overheads.ColdCall.time_first_call", "first call", ["strategy"], [["'all-cores'", "'dask-joblib'"]],
            strategies=cold,
        ),
        stated("overheads.Scatter.time_scatter", "scatter", ["n_samples"], [sizes], n_features=20),
    ]  # fmt: skip
    listed = {b["name"]: b for b in described}
    asked_for = {s: KNOWN[s] for s in ("serial", "all-cores", "dask-joblib", "dask-ml")}
    found = overheads.read(recorded, listed, asked_for)
    assert found.start_up == {"serial": 0.0, "all-cores": 0.8, "dask-joblib": 2.0, "dask-ml": 2.0}
    rows = [row(n, {"dask-joblib": (0.2, 1e-4, 1.0), "dask-ml": (0.2, 1e-4, 1.0)}) for n in SIZES]
    by_name = {o.strategy: o for o in prediction.options(workload(rows), Question(10_000), cores=2)}
    moved = found.parts(by_name["dask-joblib"], KNOWN["dask-joblib"].sends, 10_000, n_features=40).moving
    assert moved == pytest.approx(2 * 1e-6 * 10_000, rel=0.05)
    assert found.parts(by_name["dask-ml"], KNOWN["dask-ml"].sends, 10_000, n_features=40).moving == 0
    nothing = overheads.read({}, {}, {"dask-ml": KNOWN["dask-ml"]})
    assert (nothing.start_up, nothing.moving) == ({"dask-ml": 0.0}, None)
