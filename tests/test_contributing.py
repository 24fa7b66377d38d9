"""CONTRIBUTING.md is followed word for word, with its toy workload and its toy strategy."""

import re
import shutil

from tests.conftest import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text()


def snippet(name):
    return re.search(rf"<!-- {name} -->\n```python\n(.*?)```", GUIDE, re.DOTALL).group(1)


def test_each_recipe_is_short():
    assert all(len(snippet(name).splitlines()) <= 26 for name in ("workload", "strategy"))


def test_the_recipes_work_as_written(checkout):
    folder = checkout.folder / "benchmarks"
    shutil.rmtree(folder)
    shutil.copytree(ROOT / "benchmarks", folder, ignore=shutil.ignore_patterns("__pycache__"))
    strategies = folder / "strategies.py"
    strategies.write_text(strategies.read_text() + "\n\n" + snippet("strategy"))
    toy = snippet("workload").replace('["serial", "all-cores"]', '["serial", "all-cores", "two-threads"]')
    (folder / "toy.py").write_text(toy)
    status, output = checkout.run("asv", "run", "--quick", "--show-stderr", "--bench", "Neighbors")
    assert status == 0, output
    assert all(f"toy.Neighbors.{method}" in output for method in ("time_fit", "track_score", "track_peak_memory"))
    status, output = checkout.run("breakeven", "report")
    assert status == 0, output
    assert "two-threads" in output
