"""Which case is measured next."""

import math

from breakeven.harness.schedule import TURN_OF_THE_LONGEST, TURN_OF_THE_NEXT, Waiting, following


def test_the_one_that_is_decided_soonest_comes_first():
    assert following([Waiting(3, 10.0, 5), Waiting(2, 10.0, 6), Waiting(1, 60.0, 7)], 0) == 1


def test_what_is_not_known_is_taken_as_usual():
    assert following([Waiting(math.nan, 0.0, -1), Waiting(1, 4.0, 3)], 0) == 1
    assert following([Waiting(math.nan, 0.0, -1), Waiting(9, 4.0, 3)], 0) == 0


def test_what_may_never_be_decided_comes_last_but_does_not_starve():
    waiting = [Waiting(math.inf, 1.0, 0), Waiting(3, 9.0, 40)]
    chosen = [following(waiting, n) for n in range(2 * TURN_OF_THE_LONGEST)]
    assert chosen.count(0) == 2
    assert following([Waiting(math.inf, 1.0, 8), Waiting(math.inf, 1.0, 2)], 0) == 1


def test_what_has_not_begun_has_every_second_round_but_no_turn_of_the_longest():
    waiting = [Waiting(8, 1.0, -1), Waiting(math.inf, 1.0, 3), Waiting(2, 1.0, 4)]
    assert [following(waiting, n) for n in range(TURN_OF_THE_LONGEST)] == [2, 0, 2, 0, 1]
    assert following([waiting[0], waiting[0]], TURN_OF_THE_LONGEST - 1) == 0


def test_of_what_has_not_begun_the_shortest_round_comes_first():
    waiting = [Waiting(2, 9.0, -1), Waiting(9, 3.0, -1), Waiting(math.nan, 0.0, -1, "starts"), Waiting(1, 0.1, 4)]
    assert following(waiting, TURN_OF_THE_NEXT - 1) == 1
    assert following([waiting[2], Waiting(math.nan, 0.0, -1), waiting[3]], TURN_OF_THE_NEXT - 1) == 1


def test_what_one_round_decides_comes_by_itself():
    waiting = [Waiting(1, 9.0, -1), Waiting(2, 1.0, 4)]
    assert following(waiting, TURN_OF_THE_NEXT - 1) == 1


def test_what_looks_slower_comes_first_and_starves_nobody():
    waiting = [Waiting(1, 1.0, 5), Waiting(8, 9.0, 6, suspected=True), Waiting(3, 1.0, -1)]
    chosen = [following(waiting, n) for n in range(2 * TURN_OF_THE_LONGEST)]
    assert chosen.count(1) == len(chosen) - 2
    assert chosen.count(0) == 2


def test_a_cluster_that_is_there_is_used_before_a_new_one_is_started():
    waiting = [Waiting(1, 1.0, 5, "starts"), Waiting(9, 9.0, 4, "runs"), Waiting(math.nan, 0.0, -1, "runs")]
    assert following(waiting, 0) == 2
    assert following(waiting[:2], 0) == 1
    assert following([Waiting(1, 1.0, 3, "starts"), waiting[1]], TURN_OF_THE_LONGEST - 1) == 1
    assert following([waiting[0], Waiting(math.inf, 1.0, 4, "runs")], 0) == 0


def test_what_needs_no_cluster_does_not_wait_for_those_that_do():
    waiting = [Waiting(5, 2.0, 5), Waiting(5, 9.0, 4, "runs"), Waiting(math.nan, 0.0, -1, "starts")]
    assert following(waiting, 0) == 0
    # of neither is anything known: a round on a cluster takes longer
    assert following([Waiting(math.nan, 0.0, -1, "starts"), Waiting(math.nan, 0.0, -1)], 0) == 1
