"""What the suite lets pass of its times, and that docs/gate.md tells it."""

import json
import re
from collections import Counter

from benchmarks import tolerances
from breakeven.harness import profiles, suite
from breakeven.harness.results import parameter_sets
from breakeven.report.grid import Grid
from breakeven.units import percent
from tests.conftest import ROOT

LISTED = json.loads((ROOT / "results" / "benchmarks.json").read_text())


def timed():
    """The tolerance of each timed benchmark that a gate has by default."""
    for described in LISTED.values():
        if isinstance(described, dict):
            benchmark, every = suite.read(described), parameter_sets(described)
            if benchmark.kind.judged == "as time":
                for at in profiles.selected(described, profiles.GATE):
                    yield benchmark.tolerance_of(every[at])


def test_the_page_tells_them():
    rows = [
        (percent(told.share), str(n), told.reason)
        for told, n in sorted(Counter(timed()).items(), key=lambda t: t[0].share)
    ]
    table = Grid("", ("slowdown that is let pass", "timed benchmarks", "reason"), rows, "rrl").markdown()
    page = (ROOT / "docs" / "gate.md").read_text()
    (shown,) = re.findall(r"<!-- tolerances -->\n(.*?)<!-- /tolerances -->", page, re.DOTALL)
    assert shown.strip() == "\n".join(table)


def test_most_are_strict_and_each_has_a_reason():
    every = list(timed())
    shares = Counter(told.share for told in every)
    assert shares[0.05] >= 40
    assert shares[0.2] <= 4
    assert set(shares) <= {0.05, 0.1, 0.2}
    assert all(told.reason for told in every)


def test_one_number_a_reason():
    every = [tolerances.USUAL, tolerances.CLUSTER, tolerances.STARTS]
    assert len({told["tolerance"] for told in every}) == len({told["tolerance_reason"] for told in every}) == 3
