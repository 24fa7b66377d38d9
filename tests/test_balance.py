"""Orders of turns: balanced, and independent of cores and servers, within a round and over rounds."""

import itertools
from collections import Counter

import numpy as np
import pytest

from breakeven.harness import balance
from breakeven.harness.balance import Start


@pytest.mark.parametrize("n", range(1, 9))
def test_each_arm_stands_everywhere_and_follows_each_other_equally_often(n):
    rows = balance.williams(n)
    places = Counter((place, arm) for row in rows for place, arm in enumerate(row))
    assert len(places) == n * n
    assert len(set(places.values())) == 1
    follows = Counter(pair for row in rows for pair in itertools.pairwise(row))
    assert len(follows) == n * (n - 1)
    assert len(set(follows.values())) <= 1


@pytest.mark.parametrize("start", [Start(order, core) for order in (0, 1) for core in (0, 1)])
def test_of_two_arms_none_follows_itself_and_each_core_has_as_many_turns(start):
    turns = list(itertools.islice(balance.turns(2, 2, start), 8))
    slices = [arm for turn in turns for arm in turn.order]
    assert slices == [start.order, 1 - start.order] * 8
    assert [t.core for t in turns] == [start.core, start.core, 1 - start.core, 1 - start.core] * 2


def test_a_round_of_many_arms_begins_with_another_order_than_the_last():
    begun = {next(balance.turns(5, 2, Start(row=number))).order for number in range(10)}
    assert len(begun) == 10


def test_factors_are_balanced_over_rounds_and_independent_of_each_other():
    factors = ("order", "core", "server 0", "server 1")
    drawn = np.array([[balance.flip(0, f"case {c}", f, n) for f in factors] for c in range(500) for n in range(1, 9)])
    pairs = drawn.reshape(-1, 2, len(factors))
    assert (pairs.sum(axis=1) == 1).all()
    # with 2,000 free draws a correlation of 0.1 is more than four standard errors away
    assert np.abs(np.corrcoef(pairs[:, 0].T) - np.eye(len(factors))).max() < 0.1
