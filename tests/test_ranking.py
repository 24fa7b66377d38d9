"""Which strategy is the fastest, or as good, against known truth: right, soon, and whenever one looks."""

import numpy as np
import pytest

from breakeven.statistics.ranking import EQUAL, SLIGHTLY, Standing, rank

NAMES = ("serial", "all-cores", "threads", "dask-joblib", "dask-joblib-scatter", "dask-ml", "mini-batch")

#: Rounds after which a draw is given up.
MOST = 120


def measured(truth, noise, seed):
    """Rank after each round until it is decided; what may leave does. Give the standing and the rounds it took.

    `truth` holds times over that of the fastest; the second strategy is the one that others are linked to.
    """
    random = np.random.default_rng(seed)
    names = NAMES[: len(truth)]
    told = {s: [] for s in names}
    found = rank(told)
    while not found.settled and len(told[names[1]]) < MOST:
        # heavy tails; the noise of the reference is in every ratio
        logs = np.log(truth) + noise * random.standard_t(3, len(truth))
        for s, ratio in zip(names, logs - logs[1], strict=True):
            if s == names[1] or s not in found.may_leave:
                told[s].append(ratio)
        found = rank({s: np.array(ratios) for s, ratios in told.items()})
    return found, len(told[names[1]])


def holds(found, truth):
    """Say whether all that a standing says is true."""
    for name, t in zip(NAMES, truth, strict=False):
        place = found.places[name]
        inside = place.low <= t + 1e-9 and t <= place.high + 1e-9
        meant = {"equal": t <= EQUAL, "slightly slower": 1 < t <= SLIGHTLY, "slower": t > EQUAL, "open": True}
        if not (inside and meant[place.word]):
            return False
    return True


TRUTHS = {
    "a winner": [1.0, 1.5, 1.9],
    "a tie of two": [1.0, 1.03, 1.4],
    "a tie of all": [1.0, 1.0, 1.0, 1.0],
    "at the limit": [1.0, 1.1],
    "between": [1.0, 1.05, 1.15],
    "seven": [1.6, 1.0, 1.02, 1.3, 1.35, 2.5, 9.0],
}


@pytest.mark.parametrize("case", TRUTHS)
@pytest.mark.parametrize(("noise", "at_most"), [(0.003, 8), (0.01, 30)])
def test_every_row_is_decided_and_what_is_said_is_true(case, noise, at_most):
    truth = TRUTHS[case]
    seen = [measured(truth, noise, seed) for seed in range(60)]
    assert all(found.settled and found.within <= EQUAL for found, _ in seen)
    assert np.mean([holds(found, truth) for found, _ in seen]) > 0.9  # one in twenty may be wrong
    assert np.median([n for _, n in seen]) <= at_most


def leaders(case):
    return {measured(TRUTHS[case], 0.005, seed)[0].leaders for seed in range(10)}


def test_winners_and_ties_are_the_right_ones():
    assert leaders("a winner") == {("serial",)}
    assert {frozenset(names) for names in leaders("a tie of two")} == {frozenset(NAMES[:2])}
    assert {frozenset(names) for names in leaders("a tie of all")} == {frozenset(NAMES[:4])}
    assert {frozenset(names) for names in leaders("seven")} == {frozenset(NAMES[1:3])}


def few(*ratios):
    return np.array(ratios) + 0.001 * np.array([1, -1, 2, -2, 0, 1, -1, 0])[: len(ratios)]


def test_where_the_truth_is_at_the_limit_itself_the_word_is_slightly_slower():
    random = np.random.default_rng(1)
    found = rank({"a": np.zeros(20), "b": np.log(1.1) + 0.01 * random.standard_t(3, 20)})
    assert (found.state, found.places["b"].word, found.leaders) == ("winner", "slightly slower", ("a",))
    assert found.may_leave == ()
    assert 1 < found.places["b"].low < 1.1 < found.places["b"].high < 1.2


@pytest.mark.parametrize("case", ["a tie of two", "a tie of all", "at the limit", "between", "seven"])
def test_what_is_not_settled_is_a_tie_within_more_and_that_holds_too(case):
    truth = TRUTHS[case]
    random = np.random.default_rng(3)
    holds_up = []
    for _ in range(200):
        logs = [np.log(t) + 0.08 * random.standard_t(3, 4) for t in truth]
        found = rank({s: ratios - logs[1] for s, ratios in zip(NAMES, logs, strict=False)})
        fastest = NAMES[int(np.argmin(truth))]
        of_leaders = max(t for s, t in zip(NAMES, truth, strict=False) if s in found.leaders)
        holds_up.append(fastest in found.leaders and of_leaders <= found.within)
    assert np.mean(holds_up) > 0.9  # one in twenty may be wrong


def test_a_strategy_that_is_slower_for_certain_is_no_leader_even_if_it_is_not_known_by_how_much():
    found = rank({"a": np.zeros(3), "b": few(*[0.01] * 3), "c": np.array([0.06, 0.13, 0.2])})
    c = found.places["c"]
    assert (c.word, 1 < c.low < EQUAL, c.high > SLIGHTLY, found.settled) == ("open", True, True, False)
    assert (found.state, found.leaders, found.within <= EQUAL) == ("tie", ("a", "b"), True)


def test_what_left_early_stays_behind_and_the_others_go_on():
    found = rank({"a": np.zeros(8), "b": few(*[0.0] * 8), "c": few(*[1.0] * 4)})
    assert (found.state, found.leaders, found.may_leave) == ("tie", ("a", "b"), ("c",))
    assert found.places["c"].ratio == pytest.approx(np.e, rel=0.01)


def test_what_lost_to_one_that_was_beaten_later_stays_behind():
    # the reference wobbles as long as c is there, so that c was never compared well with it, but well with b
    wobble = np.array([0.8, -0.8, 0.6, -0.6, 0.7, -0.7])
    b = np.append(0.5 + wobble, np.tile(few(*[0.5] * 8), 2))
    c = 1.0 + wobble + 0.001 * np.array([1, -1, 2, -2, 0, 1])
    found = rank({"a": np.zeros(22), "b": b, "c": c})
    assert (found.state, found.may_leave) == ("winner", ("b", "c"))


def test_the_more_strategies_the_wider_the_intervals_that_hold_together():
    pair = {"a": np.zeros(8), "b": few(*[0.3] * 8)}
    two, seven = rank(pair), rank(pair | {s: few(*[1.0] * 8) for s in "cdefg"})
    assert seven.places["b"].low < two.places["b"].low < two.places["b"].high < seven.places["b"].high


def test_a_round_without_a_time_is_left_out_of_its_pairs_only():
    gap = few(*[0.3] * 8)
    gap[2] = np.nan
    with_gap = rank({"a": np.zeros(8), "b": few(*[0.3] * 8), "c": gap})
    without = rank({"a": np.zeros(8), "b": few(*[0.3] * 8), "c": few(*[0.3] * 8)})
    assert with_gap.state == without.state == "winner"
    assert with_gap.places["b"] == without.places["b"]
    assert with_gap.places["c"] != without.places["c"]


def test_nothing_is_said_of_nothing():
    assert (rank({}), rank({}).state) == (Standing({}), "open")
    found = rank({"a": np.zeros(8), "b": np.array([])})
    assert (found.state, found.leaders, found.may_leave) == ("open", ("a", "b"), ())
    assert rank({"a": np.zeros(8)}).state == "winner"


def test_the_unknown_fastest_widens_the_interval_of_all():
    # each of two may be the fastest: the third is compared with both
    random = np.random.default_rng(2)
    noise = {s: 0.02 * random.standard_t(3, 12) for s in "abc"}
    found = rank({s: noise[s] + shift for s, shift in zip("abc", (0, 0, 0.3), strict=True)})
    alone = rank({"a": noise["a"], "c": noise["c"] + 0.3})
    assert found.places["c"].high >= alone.places["c"].high
