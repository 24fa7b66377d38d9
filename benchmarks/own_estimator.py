"""A user's own estimator and data as a workload: ``breakeven advise --measure`` puts the file that names them here."""

import importlib
import json
import pathlib
import sys

import joblib

from . import dask_arrays, strategies
from .workload import Workload

NAMED = pathlib.Path(__file__).with_name("own_estimator.json")


def workload(folder, module, function, sizes):
    """Make the user's functions a workload.

    Parameters
    ----------
    folder, module, function : str
        Where the script is, its name, and its function that gives a new estimator; ``make_data(n_samples)`` beside it
        gives ``X`` or ``X, y``. With ``make_dask_estimator()`` there too, dask_ml's strategy is measured.
    sizes : list of int
        ``n_samples``.

    Returns
    -------
    type
        A `Workload`.
    """
    sys.path.insert(0, folder)  # workers get this path too, and import what the script defines
    script = importlib.import_module(module)
    make_estimator = getattr(script, function)
    suited = [name for name in strategies.STRATEGIES if suits(name, script, make_estimator())]

    class Own(Workload):
        """What the user wants to know."""

        params = [sizes, suited]

        def data(self, n_samples, strategy):
            made = script.make_data(n_samples)
            arrays = made if isinstance(made, tuple) else (made,)
            if not strategies.named(strategy).blocks:
                return arrays
            with strategies.using(strategy):
                return dask_arrays.put(arrays, 2 * joblib.cpu_count())

        def estimator(self, strategy):
            if strategies.named(strategy).estimator == "dask_ml":
                return script.make_dask_estimator()
            return make_estimator()

    return Own


def suits(name, script, estimator):
    """Say whether a strategy can be tried: those that go through joblib need an estimator with ``n_jobs``."""
    facts = strategies.named(name)
    if strategies.missing(name):
        return False
    if facts.estimator == "dask_ml":
        return hasattr(script, "make_dask_estimator")
    return facts.estimator == "scikit-learn" and (facts.n_jobs is not None or "n_jobs" in estimator.get_params())


if NAMED.exists():
    Own = workload(**json.loads(NAMED.read_text()))
