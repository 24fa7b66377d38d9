"""Laws of the number of workers against times of known laws, and the simulated scheduler against its bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.statistics import worker_law
from breakeven.statistics.scheduler_queue import search_seconds, worth
from breakeven.statistics.worker_law import WorkerLaw

COUNTS = (1, 2, 4, 8)


def times(law, noise=0.0, seed=0, n_samples=9):
    random = np.random.default_rng(seed)
    return {n: law.seconds(n) * np.exp(random.normal(0, noise, n_samples)) for n in COUNTS}


@pytest.mark.parametrize(
    "law", [WorkerLaw(9.0, 1.0), WorkerLaw(9.0, 1.0, 0.1), WorkerLaw(4.0, 0.0, 0.5), WorkerLaw(5.0, 0.0)]
)
def test_a_law_is_found_in_its_own_times(law):
    found = worker_law.fit(times(law), "USL").law
    assert (found.parallel, found.serial, found.crosstalk) == pytest.approx((law.parallel, law.serial, law.crosstalk))
    assert found.sigma == pytest.approx(law.serial / (law.parallel + law.serial))
    if not law.crosstalk:
        assert worker_law.fit(times(law), "Amdahl").law.seconds(100) == pytest.approx(law.seconds(100))


def test_the_universal_law_is_gunthers():
    law, n = WorkerLaw(9.0, 1.0, 0.1), 16
    throughput = n / (1 + law.sigma * (n - 1) + law.kappa * n * (n - 1))
    assert law.seconds(1) / law.seconds(n) == pytest.approx(throughput)


def test_predictions_of_twice_the_workers_hold_the_truth():
    """Seeds 0 to 199, noise of 3 % a call: the interval for 16 workers, fitted up to 8, holds a new median in 95 %."""
    law, held = WorkerLaw(9.0, 1.0, 0.05), 0
    for seed in range(200):
        predicted = worker_law.fit(times(law, 0.03, seed), "USL", seed).seconds(16)
        assert predicted.beyond == 2
        held += predicted.low <= law.seconds(16) <= predicted.high
    assert held >= 0.95 * 200


def test_the_scheduler_is_a_floor():
    curve = worker_law.fit(times(WorkerLaw(9.0, 0.0)), "Amdahl")
    assert curve.seconds(1_000, at_least=0.5).value == 0.5
    assert curve.seconds(2, at_least=0.5).value == pytest.approx(4.5)


def test_too_few_numbers_of_workers_are_refused():
    with pytest.raises(ValueError, match="USL's law has 3 coefficients, but 2 numbers of workers are measured"):
        worker_law.fit({1: [1.0], 2: [0.5], 4: []}, "USL")


@given(
    st.lists(st.floats(0.001, 10), min_size=1, max_size=60),
    st.integers(1, 100),
    st.floats(0, 0.1),
)
def test_a_simulated_search_lies_within_its_bounds(tasks, n_workers, per_task):
    seconds = search_seconds(np.array(tasks), n_workers, per_task)
    busy, scheduler = sum(tasks), len(tasks) * per_task
    assert seconds >= max(busy / n_workers, max(tasks) + per_task, scheduler) - 1e-9
    # a greedy order is never worse by more than a task (Graham 1966), what workers hold in hand adds another one,
    # and the scheduler delays it by its own work at most
    assert seconds <= busy / n_workers + 2 * max(tasks) + scheduler + 1e-9


def test_equal_tasks_take_their_rounds():
    assert search_seconds(np.full(180, 2.0), 60, 0.0) == pytest.approx(6.0)
    assert search_seconds(np.full(180, 2.0), 10_000, 0.0) == pytest.approx(2.0)
    # one worker computes while the next task is on its way
    assert search_seconds(np.full(180, 2.0), 1, 0.01) == pytest.approx(0.005 + 360 + 0.005)
    # the last of 180 is sent after 180 halves, computes, and is handled as soon as it is back
    assert search_seconds(np.full(180, 2.0), 10_000, 0.01) == pytest.approx(180 * 0.005 + 2.0 + 0.005)


def test_more_workers_pay_until_they_do_not():
    assert worth({1: 8.0, 2: 4.0, 4: 3.9, 8: 1.0}) == 2
    assert worth({1: 8.0, 2: 4.0}) == 2
