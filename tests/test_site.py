"""The published site in a real browser that reaches nothing but it: real results, and hostile names among them."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from breakeven.harness.results import Store
from breakeven.site import assets
from tests.conftest import BIN, ROOT

pytestmark = pytest.mark.commands

HOSTILE = "<script>hacked=1<script>"
HOSTILE_CLASS = "<img src=x onerror=hacked=1>"
RELEASES = ("dependencies-2026-11-21", "scikit-learn-1.9.0", "base-2023-09-01")
PICTURES = ROOT / ".breakeven" / "screenshots"
FIGURES = ".figure"
DOCUMENTATION = '<title>d</title><link rel="icon" href="data:,"><h1>The documentation</h1>'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A copy of this project's results of three releases, published and served by asv."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("asv.conf.json", "releases.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "benchmarks").symlink_to(ROOT / "benchmarks")
    (folder / "docs" / "site").mkdir(parents=True)
    (folder / "docs" / "site" / "index.html").write_text(DOCUMENTATION)
    (ROOT / ".breakeven" / "npm").mkdir(parents=True, exist_ok=True)
    (folder / ".breakeven").mkdir()
    (folder / ".breakeven" / "npm").symlink_to(ROOT / ".breakeven" / "npm")
    from breakeven.train import entries, repository

    hashes = repository.tags(repository.build(entries.load(ROOT / "releases.toml"), folder / ".breakeven"))
    machine, hostile = folder / "results" / "shared-2core", folder / "results" / HOSTILE
    machine.mkdir(parents=True)
    hostile.mkdir()
    listed = json.loads((ROOT / "results" / "benchmarks.json").read_text())
    for name, benchmark in list(listed.items()):
        if name.startswith("in_memory.SVCWeak."):
            other = name.replace("SVCWeak", HOSTILE_CLASS)
            stated = benchmark["stated"] | {"workload": f"in_memory.{HOSTILE_CLASS}"}
            listed[other] = benchmark | {"name": other, "stated": stated}
        elif ".KMeansLloyd." in name:
            benchmark["version"] = "1"  # that of the results, which are to be shown here
    (folder / "results" / "benchmarks.json").write_text(json.dumps(listed))
    for release in RELEASES:
        (found,) = (ROOT / "results" / "shared-2core").glob(f"{hashes[release][:8]}-*.json")
        shutil.copy(found, machine)
    text = found.read_text().replace("SVCWeak", HOSTILE_CLASS).replace("shared-2core", HOSTILE)
    (hostile / found.name).write_text(text)
    described = (ROOT / "results" / "shared-2core" / "machine.json").read_text()
    (machine / "machine.json").write_text(described)
    # as asv describes a machine by itself, in bytes
    found_by_asv = described.replace("shared-2core", HOSTILE).replace("24 GB", "25276502016")
    (hostile / "machine.json").write_text(found_by_asv)
    (machine / "gates").mkdir()
    (machine / "gates" / "damaged.gate").write_text("{")
    done = subprocess.run([BIN / "asv", "publish"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "damaged.gate is not a record of rounds" in done.stdout + done.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [BIN / "asv", "preview", "--port", str(port)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urlopen(address).close()
            break
        except OSError:
            time.sleep(0.1)
    yield folder / "html", address
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            browser = playwright.chromium.launch(
                executable_path=path,
                # names resolve to nothing, so that whatever is loaded from elsewhere fails
                args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            )
        except Error as err:
            if os.environ.get("BREAKEVEN_TEST_BROWSER") == "required":
                raise
            pytest.skip(f"no browser: install chromium ({str(err).splitlines()[0]})")
        yield browser
        browser.close()


def odd(said):
    """Say whether asv takes the hostile benchmark for markup, which the page's policy keeps from running.

    Or asks for the graph of a benchmark that nothing was measured of.
    """
    return "%3C" in said or "Failed to load resource" in said or "/graphs/summary/" in said


@pytest.fixture
def tab(chromium, site, request):
    """A tab that fails its test on errors, and on anything asked of another host."""
    context = chromium.new_context(**getattr(request, "param", {"viewport": {"width": 1280, "height": 900}}))
    page = context.new_page()
    wrong = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and not odd(said.text) else None)
    page.on("pageerror", lambda err: wrong.append(str(err)))
    page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((site[1], "data:", "blob:")) else None)
    page.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 and not odd(r.url) else None)
    yield page
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{re.sub(r'[^a-z0-9]+', '-', request.node.name)}.png")
    context.close()
    assert wrong == []


def scaling(tab, site):
    tab.goto(f"{site[1]}/scaling.html")
    tab.wait_for_selector("html[data-state=drawn]")
    return tab


DRAWN = """place => {
    const all = node => [...node.querySelectorAll("*")].flatMap(n => [n, ...(n.shadowRoot ? all(n.shadowRoot) : [])]);
    return all(place).filter(n => n.tagName == "CANVAS" && n.width && n.height).some(canvas => {
        const bytes = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const colors = new Set();
        for (let i = 0; i < bytes.length; i += 4) if (bytes[i + 3]) colors.add(bytes.slice(i, i + 3).join());
        return colors.size > 5;
    });
}"""


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("#/", '[id="summarygrid-large_models.Forest.time_fit"]'),
        ("#/summarylist", "#summarylist-body"),
        ("#/regressions", "#regressions-body"),
        ("#large_models.Forest.time_fit", "#main-graph"),
    ],
    ids=["grid", "list", "regressions", "graph"],
)
def test_pages_of_asv_draw_without_a_network(tab, site, address, place):
    tab.goto(f"{site[1]}/index.html{address}")
    shown = tab.locator(place).first
    expect(shown).to_be_visible()
    if "list" in address or "regressions" in address:
        expect(tab.locator(f"{place} table").first).to_be_visible()
    else:
        shown.scroll_into_view_if_needed()
        tab.wait_for_timeout(500)
        assert shown.evaluate(DRAWN)
    if "graph" in place:
        expect(tab.get_by_text(HOSTILE).first).to_be_visible()
    elif "regressions" not in address:
        expect(tab.get_by_text(HOSTILE_CLASS).first).to_be_visible()
    assert tab.evaluate("typeof hacked") == "undefined"


def test_pages_of_asv_say_that_they_show_raw_samples(tab, site):
    tab.goto(f"{site[1]}/index.html#/summarylist")
    note = tab.locator("#raw-samples")
    expect(note).to_be_visible()
    expect(note).to_contain_text("raw samples of different hours")
    bar, said, shown = (tab.locator(place).bounding_box() for place in ("#nav", "#raw-samples", "#summarylist-body"))
    assert bar["y"] + bar["height"] <= said["y"] + 0.5  # below the bar, above what is shown
    assert said["y"] + said["height"] <= shown["y"]
    assert shown["y"] + shown["height"] <= 900
    note.get_by_role("link", name="Scaling page").click()
    expect(tab.get_by_text("compared within the rounds")).to_be_visible()


def test_the_bar_of_asv_leads_to_the_scaling_page_and_back(tab, site):
    tab.goto(f"{site[1]}/index.html")
    tab.get_by_role("link", name="Scaling", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Which strategy pays off")
    tab.get_by_role("link", name="Benchmark list").click()
    expect(tab.locator("#summarylist-body table").first).to_be_visible()


@pytest.mark.parametrize("page", ["index", "scaling"])
def test_the_bars_lead_to_the_documentation(tab, site, page):
    tab.goto(f"{site[1]}/{page}.html")
    tab.get_by_role("link", name="Documentation", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("The documentation")


def test_where_no_documentation_was_built_nothing_leads_to_it(tmp_path):
    from breakeven.site import documentation

    documentation.bring(tmp_path, tmp_path / "built")
    assert list(tmp_path.iterdir()) == []


def test_every_figure_draws(tab, site):
    scaling(tab, site)
    places = tab.locator(FIGURES)
    assert (
        places.count() == 1 + 3 * 11
    )  # an overview; times, memory and history of each workload, hostile ones included
    for place in places.all():
        place.scroll_into_view_if_needed()
        tab.wait_for_timeout(50)
    blank = [p.get_attribute("data-figure") for p in places.all() if not p.evaluate(DRAWN)]
    # the first machine has no results of the workloads with the hostile name
    assert all(HOSTILE_CLASS in name for name in blank), blank


def test_axes_have_short_labels(tab, site):
    scaling(tab, site)
    # what a tick of 0.3 is to a computer
    labels = tab.evaluate(
        "() => Bokeh.documents.flatMap(page => page.roots()).flatMap(plot => plot.left)"
        ".filter(axis => axis.formatter.format).map(axis => axis.formatter.doFormat([0.1 + 0.2, 20000], {loc: 0}))"
    )
    assert ["0.3 s", "20000 s"] in labels
    assert not [label for pair in labels for label in pair if "00000000" in label]


def test_hovering_a_point_shows_its_release_samples_and_interval(tab, site):
    scaling(tab, site)
    place = tab.locator('[data-figure="times large_models.Forest.fit"]')
    place.scroll_into_view_if_needed()
    # where the browser drew the first point
    x, y = place.evaluate(
        """place => {
            const page = Bokeh.documents.find(d => d.get_model_by_name("break-evens large_models.Forest.fit"));
            const {n_samples, seconds} = page.get_model_by_name("points large_models.Forest.fit").data;
            const {left, top} = place.getBoundingClientRect();
            const frame = [...Bokeh.index].map(v => v.frame ? v : null).find(v => v?.model == page.roots()[0]).frame;
            return [left + frame.x_scale.compute(n_samples[0]), top + frame.y_scale.compute(seconds[0])];
        }"""
    )
    tab.mouse.move(x - 3, y)
    tab.mouse.move(x, y)
    for told in ("dependencies-2026-11-21", "99 % interval", "samples", "pins that changed"):
        expect(tab.get_by_text(told).locator("visible=true").last).to_be_visible()


def test_another_release_and_machine_can_be_chosen_by_keyboard(tab, site):
    scaling(tab, site)
    expect(tab.get_by_text("AMD EPYC, shared, 2 shared cores, 24 GB, Linux 6.18 in a virtual machine")).to_be_visible()
    release = tab.get_by_label("Release")
    expect(release).to_have_value(RELEASES[0])
    sentences = tab.locator('[data-sentences="large_models.Forest.fit"]')
    before = sentences.inner_text()
    while not release.evaluate("select => select == document.activeElement"):
        tab.keyboard.press("Tab")
    tab.keyboard.press("ArrowUp")
    expect(release).to_have_value(RELEASES[1])
    assert sentences.inner_text() != before
    table = tab.locator('[data-table="points large_models.Forest.fit"]')
    assert RELEASES[1] in table.text_content()
    assert RELEASES[0] not in table.text_content()


def test_names_from_results_are_shown_and_not_run(tab, site):
    scaling(tab, site)
    tab.get_by_label("Machine").select_option(HOSTILE)
    expect(tab.get_by_role("heading", name=f"in_memory.{HOSTILE_CLASS}.fit").first).to_be_visible()
    expect(tab.get_by_label("Release")).to_have_value(RELEASES[2])
    expect(tab.get_by_text("2 shared cores, 25 GB")).to_be_visible()
    place = tab.locator('[data-figure^="times in_memory.<img"]').first
    place.scroll_into_view_if_needed()
    tab.wait_for_timeout(200)
    assert place.evaluate(DRAWN)
    assert tab.evaluate("typeof hacked") == "undefined"


@pytest.mark.parametrize("tab", [{"color_scheme": "dark"}], indirect=True)
def test_a_dark_page_has_light_axes(tab, site):
    scaling(tab, site)
    ink = tab.evaluate("Bokeh.documents[0].roots()[0].title.text_color")
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    light, dark = (
        [
            int(v)
            for v in tab.evaluate(
                f"getComputedStyle(Object.assign(document.createElement('p'), {{style: 'color:{c}'}})).color || '{c}'"
            )
            .strip("rgb()")
            .split(",")
        ]
        if c.startswith("rgb")
        else [int(c.strip("# ")[i : i + 2], 16) for i in (0, 2, 4)]
        for c in (ink, paper)
    )
    assert min(light) > 200
    assert max(dark) < 60


@pytest.mark.parametrize("tab", [{"viewport": {"width": 390, "height": 844}, "is_mobile": True}], indirect=True)
def test_a_phone_scrolls_in_one_direction(tab, site):
    scaling(tab, site)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_figure_has_its_data(tab, site):
    scaling(tab, site)
    files = tab.locator("a[download]").evaluate_all("links => links.map(link => link.href)")
    n_others = (
        tab.get_by_role("heading", level=2, name="By other axes").locator("..").get_by_role("heading", level=3).count()
    )
    assert n_others > 0
    assert len(files) == 1 + 2 * 11 + n_others
    for file in files:
        with urlopen(file) as answer:
            head, first, *_ = answer.read().decode().splitlines()
        assert head.startswith("machine,")
        assert first
    assert Store(site[0].parent / "results", "shared-2core").description()["ram"] == "24 GB"


def test_a_page_with_unknown_scripts_is_not_published_as_if_it_were_whole(tmp_path):
    page = tmp_path / "index.html"
    page.write_text('<script src="https://elsewhere.test/new.min.js"></script>')
    with pytest.raises(assets.BreakevenError, match=r"loads new\.min\.js from elsewhere"):
        assets.bring(page)


def test_without_the_packages_the_scaling_page_is_still_published(site, tmp_path, monkeypatch, caplog):
    from breakeven.harness.publishing import Published
    from breakeven.site import publisher

    monkeypatch.chdir(site[0].parent)
    monkeypatch.setattr(assets, "_unpacked", lambda package: (_ for _ in ()).throw(assets.BreakevenError("no npm")))
    theirs = (
        '<head><script src="https://elsewhere.test/jquery-3.3.1.min.js"></script></head>'
        '<body><li id="nav-li-graphdisplay">'
    )
    (tmp_path / "index.html").write_text(theirs)
    publisher.write(Published(tmp_path, "breakeven", Path("results"), Path("releases.toml")))
    assert (tmp_path / "scaling.html").exists()
    assert "elsewhere.test" in (tmp_path / "index.html").read_text()
    assert "no npm. The Scaling page needs no network, but asv's own pages do" in caplog.text


def test_an_archive_other_than_the_locked_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "STATE", tmp_path)
    monkeypatch.setattr(
        assets, "_fetched", lambda package, folder: (folder / "a.tgz").write_bytes(b"") or folder / "a.tgz"
    )
    with pytest.raises(assets.BreakevenError, match="not the one that was locked"):
        assets._unpacked("jquery@3.3.1")
    assert not list((tmp_path / "npm").iterdir())


def test_without_npm_or_network_the_reason_is_one_sentence(tmp_path, monkeypatch):
    broken = tmp_path / "npm"
    broken.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('npm error network unreachable')\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(assets, "STATE", tmp_path / "state")
    with pytest.raises(assets.BreakevenError, match=r"jquery@3\.3\.1, and npm could not fetch it: npm error network"):
        assets._unpacked("jquery@3.3.1")
