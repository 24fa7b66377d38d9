"""When the code of a benchmark changes, its ``version`` must be raised, or the change be recorded as harmless.

asv drops stored results when a benchmark's version changes and keeps them when it does not: both are wrong
at the wrong time. ``python -m tests.test_versions`` records the present state.
"""

import ast
import hashlib
import importlib
import inspect
import json
import pkgutil
from pathlib import Path

import pytest

import benchmarks
from tests.conftest import of_the_suite

pytestmark = of_the_suite

RECORD = Path(__file__).with_name("benchmark_work.json")
# Sizes and rounds say how often and where to measure, not what: asv tells sizes apart by itself.
SCHEDULE = {"params", "rounds", "repeat", "timeout"}


def classes(name):
    """List the classes of a module that asv takes for benchmarks."""
    module = importlib.import_module(f"benchmarks.{name}")
    own = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__]
    return [c for c in own if not (c.__name__.startswith("_") or inspect.isabstract(c)) and is_benchmark(c)]


def is_benchmark(owner):
    return any(method.startswith(("time_", "track_")) for method in dir(owner))


MODULES = [found.name for found in pkgutil.iter_modules(benchmarks.__path__) if classes(found.name)]


def source(name):
    return inspect.getsource(importlib.import_module(f"benchmarks.{name}"))


def used(name, known=()):
    """List a module and all of the package that it imports, at its top or within its functions."""
    if name in known:
        return known
    known = (*known, name)
    for node in ast.walk(ast.parse(source(name))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            for other in [node.module] if node.module else [alias.name for alias in node.names]:
                known = used(other, known)
    return known


def work(text):
    """Give the code without what does not change the work: comments, docstrings, layout, sizes."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [child for child in node.body if not is_idle(child)] or [ast.Pass()]
    return ast.unparse(tree)  # not ast.dump, whose form depends on the version of Python


def is_idle(node):
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    schedule = isinstance(node, ast.Assign) and {getattr(t, "id", None) for t in node.targets} <= SCHEDULE
    return docstring or schedule


def state():
    found = {}
    for name in MODULES:
        sources = map(work, map(source, [name, *sorted(set(used(name)) - {name})]))
        found[name] = {
            "digest": hashlib.sha256("".join(sources).encode()).hexdigest()[:16],
            "versions": {c.__name__: getattr(c, "version", "") for c in classes(name)},
        }
    return found


@pytest.mark.parametrize("module", MODULES)
def test_version_is_raised_with_the_work(module):
    recorded, now = json.loads(RECORD.read_text())[module], state()[module]
    if recorded["digest"] != now["digest"] and recorded["versions"] == now["versions"]:
        pytest.fail(
            f"The code behind benchmarks/{module}.py changed, its versions did not: raise `version` of each class "
            "whose measured work changed, then record the state with `python -m tests.test_versions`"
        )
    assert now == recorded, "record the state with `python -m tests.test_versions`"


def test_only_work_counts():
    one = 'def f():\n    """Doc."""\n    return 1\n'
    assert work(one) == work("def f():  # why\n    return 1\n")
    assert work(one) != work("def f():\n    return 2\n")


def test_what_a_module_uses_is_found_within_functions_too():
    assert {"in_memory", "workload", "strategies", "datasets", "cluster", "memory"} <= set(used("in_memory"))
    assert "versions" in used("in_memory")  # cluster imports it where it is needed
    assert "many_workers" not in used("in_memory")


def test_every_benchmark_has_an_explicit_version():
    assert all(v for module in state().values() for v in module["versions"].values())


if __name__ == "__main__":
    RECORD.write_text(json.dumps(state(), indent=2) + "\n")
