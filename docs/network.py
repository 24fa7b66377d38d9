"""At which network does distributing a grid search pay? A table and docs/network.png, from the results of two hosts.

``python docs/network.py shared-2core`` reads the results of machines that are called ``shared-2core-LATENCY-RATE``.
"""

import re
import shutil
import sys
from pathlib import Path

from bokeh.embed import file_html
from bokeh.models import FixedTicker, NumeralTickFormatter
from bokeh.palettes import Colorblind
from bokeh.plotting import figure
from bokeh.resources import INLINE
from playwright.sync_api import sync_playwright

from breakeven import units
from breakeven.advice import prediction, sentences
from breakeven.harness import release_results, workloads
from breakeven.harness.results import Store
from breakeven.report.grid import Grid
from breakeven.statistics import size_law
from breakeven.statistics.break_even import BreakEven, break_even
from breakeven.train import entries, repository

ROOT = Path(__file__).parent.parent
WORKLOADS = {"large_models.GridSearchSmall.fit": "8 fits", "large_models.GridSearchLarge.fit": "180 fits"}
LOCAL, REMOTE = "serial", "dask-joblib"


COLOURS, SIGNS = Colorblind[8], ("circle", "square", "triangle", "diamond")


def networks(machine):
    """Find the measured networks: latency in ms, rate as written, and the workloads there."""
    known = entries.load(ROOT / "releases.toml")
    tags = repository.tags(repository.build(known))
    found = []
    for path in (ROOT / "results").glob(f"{machine}-*-*"):
        latency, rate = re.fullmatch(rf"{machine}-(\w+)-(\w+)", path.name).groups()
        store = Store(ROOT / "results", path.name)
        recorded = store.recorded(tags[release_results.newest(known, tags, store)])
        measured = workloads.by_size(recorded, store.benchmarks())
        found.append((1e3 * units.duration(latency), rate, measured))
    return sorted(found, key=lambda network: (-units.bits(network[1]), network[0]))


def size(workload):
    """Give the break-even size of a workload with its interval, if it has one, and in words what is known of it."""
    compared = break_even(LOCAL, REMOTE, size_law.fit(prediction.times(workload.rows)))
    if not isinstance(compared, BreakEven) or compared.above != REMOTE:
        return None, f"none: {sentences.break_even(compared)}"
    at = compared.n_samples
    far = f", {at.beyond:.3g} times beyond" if at.beyond > 1 else ""
    high = f"to {at.high:,.0f}" if at.high < 1e9 else "or more"
    return at, f"{at.value:,.0f} rows ({at.low:,.0f} {high}){far}"


def table(found):
    """Give the break-even sizes of each network."""
    head = ("round trip", "rate", *(f"{fits} of an SVC" for fits in WORKLOADS.values()))
    rows = [(f"{ms:g} ms", rate, *(size(measured[name])[1] for name in WORKLOADS)) for ms, rate, measured in found]
    return Grid("", head, rows, "r" * len(head))


def drawn(found):
    """Draw the break-even sizes against the round trip."""
    points = {}
    for ms, rate, measured in found:
        for name, fits in WORKLOADS.items():
            at, _ = size(measured[name])
            if at is not None:
                points.setdefault((fits, rate), []).append((max(ms, 0.1), at.value, at.low, at.high))
    plot = figure(
        width=720, height=420, x_axis_type="log", y_axis_type="log", toolbar_location=None,
        title="From which size on is a grid search faster on another host than on one core here?",
        y_range=(300, 30_000), x_axis_label="round trip (ms; 0.1 stands for none)",
        y_axis_label="break-even size (rows)",
    )  # fmt: skip
    for i, ((fits, rate), line) in enumerate(points.items()):
        x, y, low, high = zip(*line, strict=True)
        x = [at * 1.04**i for at in x]  # beside each other
        color = COLOURS[i]
        plot.segment(x, [max(end, 1) for end in low], x, [min(end, 1e9) for end in high], color=color)
        plot.line(x, y, color=color, line_width=2, legend_label=f"{fits}, {rate}/s")
        plot.scatter(x, y, color=color, marker=SIGNS[i % len(SIGNS)], size=9, legend_label=f"{fits}, {rate}/s")
    plot.xaxis.ticker = FixedTicker(ticks=sorted({x for line in points.values() for x, *_ in line}))
    plot.xaxis.formatter = NumeralTickFormatter(format="0.[0]")
    plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
    plot.legend.location = "top_left"
    return plot


if __name__ == "__main__":
    known = networks(sys.argv[1])
    print("\n".join(table(known).markdown()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 760, "height": 460}, device_scale_factor=2)
        page.set_content(file_html(drawn(known), INLINE))
        page.wait_for_timeout(1_000)
        page.locator(".bk-Figure").first.screenshot(path=ROOT / "docs" / "network.png")
        browser.close()
