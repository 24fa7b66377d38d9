"""Which packages do measuring processes load, besides the tracked ones? Prints those of the newest release.

``python docs/loaded.py`` imports every module of benchmarks/ in the release's environment, and what each strategy needs
beside them; `LOADED` in breakeven/train/tracked.py holds what comes out.
"""

import subprocess
from pathlib import Path

from packaging.utils import canonicalize_name

from breakeven.train import entries, environments, tracked

ROOT = Path(__file__).parent.parent

SCRIPT = """
import importlib, pkgutil, sys
from importlib.metadata import packages_distributions
import benchmarks
for module in pkgutil.iter_modules(benchmarks.__path__):
    importlib.import_module(f"benchmarks.{module.name}")
for strategy in sys.modules["benchmarks.strategies"].STRATEGIES.values():
    for module in strategy.imports:
        importlib.import_module(module)
distributions = packages_distributions()
for name in {module.partition(".")[0] for module in sys.modules}:
    print(*distributions.get(name, []), sep="\\n")
"""

known = entries.load(ROOT / "releases.toml")
newest = known.newest.pins
python = environments.ensure(newest, known.python) / "bin" / "python"
printed = subprocess.run([python, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True).stdout
loaded = {str(canonicalize_name(name)) for name in printed.split()}
for name in sorted(loaded & newest.keys() - set(tracked.names(newest))):
    print(name)
