"""When the code of a benchmark changes, its ``version`` must be raised, or the change be recorded as harmless.

asv drops stored results when a benchmark's version changes and keeps them when it does not: both are wrong
at the wrong time. ``python -m tests.test_versions`` records the present state.
"""

import ast
import hashlib
import importlib
import inspect
import json
from pathlib import Path

import pytest

RECORD = Path(__file__).with_name("benchmark_work.json")
MODULES = ("in_memory", "large_models", "large_datasets", "beyond_memory", "many_workers", "overheads")
SHARED = ("cluster", "datasets", "memory", "strategies", "turns", "versions", "workload")
# Sizes and rounds say how often and where to measure, not what: asv tells sizes apart by itself.
SCHEDULE = {"params", "rounds", "repeat", "timeout"}


def work(source):
    """Give the code without what does not change the work: comments, docstrings, layout, sizes."""
    tree = ast.parse(source)
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
        sources = [inspect.getsource(importlib.import_module(f"benchmarks.{m}")) for m in (name, *SHARED)]
        module = importlib.import_module(f"benchmarks.{name}")
        own = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__]
        found[name] = {
            "digest": hashlib.sha256("".join(map(work, sources)).encode()).hexdigest()[:16],
            "versions": {c.__name__: c.version for c in own if not c.__name__.startswith("_")},
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


def test_every_benchmark_has_an_explicit_version():
    assert all(v for module in state().values() for v in module["versions"].values())


if __name__ == "__main__":
    RECORD.write_text(json.dumps(state(), indent=2) + "\n")
