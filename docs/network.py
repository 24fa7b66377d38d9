"""At which network does distributing a grid search pay? A table and docs/network.png, from the results of two hosts.

``python docs/network.py shared-2core`` reads the results of machines that are called ``shared-2core-LATENCY-RATE``.
"""

import re
import shutil
import sys
from pathlib import Path

from bokeh.embed import file_html
from bokeh.models import FixedTicker, NumeralTickFormatter
from bokeh.plotting import figure
from bokeh.resources import INLINE
from playwright.sync_api import sync_playwright

from breakeven.advice import prediction, sentences
from breakeven.commands import options
from breakeven.harness.results import Store
from breakeven.report import sizes
from breakeven.report.grid import Grid
from breakeven.site.figures import COLORS, MARKERS
from breakeven.statistics import size_law
from breakeven.statistics.break_even import BreakEven, break_even
from breakeven.train import entries, repository

ROOT = Path(__file__).parent.parent
WORKLOADS = {"large_models.GridSearchSmall.fit": "8 fits", "large_models.GridSearchLarge.fit": "180 fits"}
LOCAL, REMOTE = "serial", "dask-joblib"


def networks(machine):
    """Find the measured networks: latency in ms, rate as written, and what was recorded."""
    known = entries.load(ROOT / "releases.toml")
    commit = repository.tags(repository.build(known))[known.newest.name]
    found = []
    for path in (ROOT / "results").glob(f"{machine}-*-*"):
        latency, rate = re.fullmatch(rf"{machine}-(\w+)-(\w+)", path.name).groups()
        found.append((1e3 * options.duration(latency), rate, Store(ROOT / "results", path.name).recorded(commit)))
    return sorted(found, key=lambda network: (-options.bits(network[1]), network[0]))


def size(recorded, workload):
    """Give the break-even size of a workload with its interval, if it has one, and in words what is known of it."""
    rows = sizes.workloads(recorded)[workload]
    compared = break_even(LOCAL, REMOTE, size_law.fit(prediction.times(rows)))
    if not isinstance(compared, BreakEven) or compared.above != REMOTE:
        return None, f"none: {sentences.break_even(compared)}"
    at = compared.n_samples
    far = f", {at.beyond:.3g} times beyond" if at.beyond > 1 else ""
    high = f"to {at.high:,.0f}" if at.high < 1e9 else "or more"
    return at, f"{at.value:,.0f} rows ({at.low:,.0f} {high}){far}"


found = networks(sys.argv[1])
rows = []
points = {}
for latency, rate, recorded in found:
    found_at = {workload: size(recorded, workload) for workload in WORKLOADS}
    rows.append((f"{latency:g} ms", rate, *(told for _, told in found_at.values())))
    for workload, (at, _) in found_at.items():
        if at is not None:
            points.setdefault((WORKLOADS[workload], rate), []).append((max(latency, 0.1), at.value, at.low, at.high))
head = ("round trip", "rate", *(f"{fits} of an SVC" for fits in WORKLOADS.values()))
print("\n".join(Grid("", head, rows, "r" * len(head)).markdown()))

drawn = figure(
    width=720, height=420, x_axis_type="log", y_axis_type="log", toolbar_location=None,
    title="From which size on is a grid search faster on another host than on one core here?",
    y_range=(300, 30_000), x_axis_label="round trip (ms; 0.1 stands for none)", y_axis_label="break-even size (rows)",
)  # fmt: skip
for i, ((fits, rate), line) in enumerate(points.items()):
    x, y, low, high = zip(*line, strict=True)
    x = [at * 1.04**i for at in x]  # beside each other
    color = COLORS[1 + i % (len(COLORS) - 1)]
    drawn.segment(x, [max(end, 1) for end in low], x, [min(end, 1e9) for end in high], color=color)
    drawn.line(x, y, color=color, line_width=2, legend_label=f"{fits}, {rate}/s")
    drawn.scatter(x, y, color=color, marker=MARKERS[i % len(MARKERS)], size=9, legend_label=f"{fits}, {rate}/s")
drawn.xaxis.ticker = FixedTicker(ticks=sorted({x for line in points.values() for x, *_ in line}))
drawn.xaxis.formatter = NumeralTickFormatter(format="0.[0]")
drawn.yaxis.formatter = NumeralTickFormatter(format="0,0")
drawn.legend.location = "top_left"
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 760, "height": 460}, device_scale_factor=2)
    page.set_content(file_html(drawn, INLINE))
    page.wait_for_timeout(1_000)
    page.locator(".bk-Figure").first.screenshot(path=ROOT / "docs" / "network.png")
    browser.close()
