"""What is timed is the user's call and nothing else: no data, no estimator and no start centres are made in it."""

import contextlib
import importlib
import inspect
import pkgutil
import sys
import threading
from pathlib import Path

import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

import benchmarks
from benchmarks import dask_arrays, in_memory, strategies
from benchmarks.workload import Call, Predictor, Transformer, Workload
from tests.conftest import of_the_suite

pytestmark = of_the_suite

PACKAGE = str(Path(benchmarks.__file__).parent)
ENTER, EXIT = (getattr(contextlib._GeneratorContextManager, name).__code__ for name in ("__enter__", "__exit__"))


def workloads(*kinds):
    """List (class, strategy) of the package, without those strategies that need a cluster or another package."""
    for found in pkgutil.iter_modules(benchmarks.__path__):
        module = importlib.import_module(f"benchmarks.{found.name}")
        for name, owner in inspect.getmembers(module, inspect.isclass):
            own = issubclass(owner, kinds) and owner.__module__ == module.__name__
            if own and not inspect.isabstract(owner) and not name.startswith("_"):
                for strategy in owner.params[1]:
                    if not (strategies.named(strategy).dask or strategies.missing(strategy)):
                        yield pytest.param(owner, strategy, id=f"{name}-{strategy}")


@contextlib.contextmanager
def watched():
    """Gather the Python functions that are called, with whom they are called by, as far as the package has to do."""
    seen = []

    def look(frame, event, _):
        if event == "call":
            caller = frame.f_back.f_code if frame.f_back else None
            ours = frame.f_code.co_filename.startswith(PACKAGE)
            if ours or (caller and caller.co_filename.startswith(PACKAGE)):
                seen.append((caller, frame.f_code))

    threading.setprofile(look)
    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def is_fitted(estimator):
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def entered_by(strategy):
    return inspect.unwrap(strategies.named(strategy).enter).__code__


@pytest.mark.parametrize(("owner", "strategy"), [*workloads(Workload)])
def test_the_timed_call_is_the_fit_and_nothing_else(owner, strategy):
    workload, smallest = owner(), owner.params[0][0]
    workload.setup(smallest, strategy)
    estimator, timed = workload.given, owner.time_fit.__code__
    assert not is_fitted(estimator)
    with watched() as seen:
        workload.time_fit(smallest, strategy)
    assert is_fitted(estimator)
    # all that runs of the package: the call, and the strategy that it is made under
    of_package = {called for _, called in seen if called.co_filename.startswith(PACKAGE)}
    assert of_package == {timed, strategies.using.__code__, strategies.named.__code__, entered_by(strategy)}
    # all that the call itself calls: the strategy is entered, the estimator fits, the strategy is left
    calls = [called for caller, called in seen if caller is timed]
    assert calls == [strategies.using.__code__, ENTER, type(estimator).fit.__code__, EXIT]


@pytest.mark.parametrize(("owner", "strategy"), [p for p in workloads(Call) if not issubclass(p.values[0], Workload)])
def test_the_timed_call_is_the_users_and_nothing_else(owner, strategy):
    workload, smallest = owner(), owner.params[0][0]
    workload.setup(smallest, strategy)
    estimator = workload.given
    (timed,) = (method for name, method in inspect.getmembers(owner, inspect.isfunction) if name.startswith("time_"))
    with watched() as seen:
        timed(workload, smallest, strategy)
    made, finished = owner.call.__code__, dask_arrays.finished.__code__
    of_strategy = {strategies.using.__code__, strategies.named.__code__, entered_by(strategy)}
    ours = [(caller, called) for caller, called in seen if called.co_filename.startswith(PACKAGE)]
    of_package = {called for caller, called in ours if caller is not finished}  # it asks whether there is a cluster
    assert {made} <= of_package <= {timed.__code__, Call.timed.__code__, made, finished} | of_strategy
    # the strategy is entered, the call is made, the strategy is left
    calls = [called for caller, called in seen if caller is Call.timed.__code__]
    assert calls == [strategies.using.__code__, ENTER, made, EXIT]
    for kind, method in ((Predictor, "predict"), (Transformer, "fit_transform")):
        if issubclass(owner, kind):
            # of the estimator one method, and what is lazy is waited for
            asked = [called for caller, called in seen if caller is made]
            assert asked == [getattr(type(estimator), method).__code__, finished]


@pytest.mark.parametrize(("owner", "strategy"), [*workloads(Predictor)])
def test_what_predicts_is_fitted_before(owner, strategy):
    workload = owner()
    workload.setup(owner.params[0][0], strategy)
    assert is_fitted(workload.given)


def test_a_score_is_timed_under_its_strategy():
    workload = in_memory.SVCDefault()
    workload.setup(1_000, "serial")
    with watched() as seen:
        workload.time_score(1_000, "serial")
    calls = [called for caller, called in seen if caller is in_memory.SVCDefault.time_score.__code__]
    assert calls == [strategies.using.__code__, ENTER, type(workload.fitted).score.__code__, EXIT]


def test_each_timed_call_has_an_estimator_of_its_own():
    owner, strategy = next(workloads(Workload)).values
    workload, smallest = owner(), owner.params[0][0]
    workload.setup(smallest, strategy)
    first = workload.given
    workload.time_fit(smallest, strategy)
    workload.setup(smallest, strategy)
    assert workload.given is not first
    assert not is_fitted(workload.given)
