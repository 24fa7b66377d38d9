"""What the tool must know of a benchmark, stated as data: asv passes on the attributes of a benchmark's method."""

import inspect
import types

from . import profiles
from .strategies import STRATEGIES

BENCHMARK = ("time_", "track_")


class Stated:
    """Base of every class of benchmarks: each method that asv takes for a benchmark gets its ``stated``.

    A class says in ``kinds`` what kind of number each method gives, "time" if it is not there:

    - "time": seconds of a warm call; "first call": of the first one in a process
    - "score": the number by which answers are compared
    - "peak memory", "other memory", "spilled", "read": bytes
    - "count": anything else; it is told, and never judged

    Attributes
    ----------
    kinds : dict of str to str
        Method to kind.
    calls : dict of str to str
        Method to what is called, or is measured of that call.
    imports : tuple of str or None
        Modules that the process needs beside those of this package's top level; None for those of its strategy.
    shares_cluster : bool or None
        Whether the process may use the usual cluster after others did; None if its strategy says so.
    n_features : int or None
        Columns of the data.
    score_tolerance : float
        Relative difference between two releases' scores that is no change.
    tolerances : dict of str to dict
        Method to one of `tolerances`, where a gate lets pass another slowdown of it than its strategy states.
    facts : dict
        What else is stated, such as how many fits a search has.
    only_in : tuple of str
        Profiles that have the benchmarks.
    strategies_in : dict of str to tuple of str
        Strategy to the profiles that have it here, where fewer do than have it elsewhere.
    rounds_in, timeout_in : dict of str to int
        Fresh processes, and seconds after which one is given up, by profile.
    """

    params = []
    param_names = []
    kinds = {}
    calls = {}
    imports = None
    shares_cluster = None
    n_features = None
    score_tolerance = 0.0
    tolerances = {}
    facts = {}
    only_in = tuple(profiles.ROUNDS)
    strategies_in = {}
    rounds_in = profiles.ROUNDS
    timeout_in = profiles.TIMEOUT

    def __init_subclass__(cls):
        for name, method in inspect.getmembers(cls, inspect.isfunction):
            if name.startswith(BENCHMARK) and not inspect.isabstract(cls):
                own = _copied(method)  # a class that inherits a method states facts of its own
                own.stated = cls._stated(name, getattr(method, "params", cls.params))
                setattr(cls, name, own)

    @classmethod
    def _stated(cls, name, params):
        if params and not isinstance(params[0], list):
            params = [params]
        kind = cls.kinds.get(name, "time")
        named = params[cls.param_names.index("strategy")] if "strategy" in cls.param_names else []
        strategies = {name: STRATEGIES[name] for name in named if name in STRATEGIES}
        strategies_in = {name: facts.only_in for name, facts in strategies.items()} | cls.strategies_in
        selected = profiles.selection(params, cls.param_names, kind, cls.only_in, strategies_in)
        return {
            "workload": f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}",
            "call": cls.calls.get(name, name.split("_", 1)[1]),
            "kind": kind,
            "n_features": cls.n_features,
            **({"tolerance": cls.score_tolerance} if kind == "score" else cls.tolerances.get(name, {})),
            "imports": None if cls.imports is None else list(cls.imports),
            "shares_cluster": cls.shares_cluster,
            "strategies": {name: facts.facts() for name, facts in strategies.items()},
            "profiles": {
                profile: {"select": chosen, "rounds": cls.rounds_in[profile], "timeout": cls.timeout_in[profile]}
                for profile, chosen in selected.items()
            },
            **cls.facts,
        }


def _copied(method):
    copy = types.FunctionType(
        method.__code__, method.__globals__, method.__name__, method.__defaults__, method.__closure__
    )
    copy.__dict__.update(method.__dict__)
    copy.__doc__ = method.__doc__
    copy.__qualname__ = method.__qualname__
    return copy
