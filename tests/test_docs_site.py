"""The documentation site builds without a warning and loads nothing from elsewhere; commands in the docs run."""

import os
import re
import shlex
import shutil
import subprocess

import pytest
import typer
from markdown_it import MarkdownIt

from breakeven import cli
from breakeven.gate.verdicts import Verdict
from tests.conftest import BIN, ROOT

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "reference" / "commands.md"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built where nothing of an earlier build is."""
    folder = tmp_path_factory.mktemp("docs")
    options = ("--quiet", "--fail-on-warning", "--keep-going", "--fresh-env", "--doctree-dir", folder / "trees")
    done = subprocess.run(
        [BIN / "sphinx-build", *options, ROOT / "docs", folder / "html"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.mark.commands
def test_it_builds_without_a_warning_and_loads_nothing_from_elsewhere(site):
    loads = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=\"(?:https?:)?//[^\"]*\"")
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    assert not [found for page in pages for found in loads.findall(page.read_text())]
    styles = [
        text for sheet in site.rglob("*.css") for text in re.findall(r"(?:@import|url\()[^;)]*", sheet.read_text())
    ]
    assert styles
    assert not [text for text in styles if "//" in text]


@pytest.mark.commands
def test_every_command_and_every_room_is_in_the_reference(site):
    commands = (site / "reference" / "commands.html").read_text()
    assert all(f'id="breakeven-{name}"' in commands for name in typer.main.get_command(cli.app).commands)
    assert "--memory-tolerance" in commands
    left_out = re.findall(
        r"^- `(breakeven\.\w+)`", (ROOT / "docs" / "reference" / "python.md").read_text(), re.MULTILINE
    )
    paths = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "breakeven").rglob("*.py")]
    modules = {".".join(path.parts).removesuffix(".__init__") for path in paths}
    generated = site / "reference" / "generated"
    absent = {".".join(name.split(".")[:2]) for name in modules if not (generated / f"{name}.html").exists()}
    assert absent == {"breakeven", *left_out}
    decide = (generated / "breakeven.statistics.sequential.html").read_text()
    assert 'id="breakeven.statistics.sequential.decide"' in decide


def commands(text):
    """Find the breakeven commands of a page's code blocks, as they would be typed on one line."""
    blocks = [t.content for t in MarkdownIt().parse(text) if t.type in ("code_block", "fence")]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    for line in lines:
        inner = re.findall(r"\$\((breakeven [^)]*)\)", line)
        for found in [*inner, re.sub(r"\$\(breakeven [^)]*\)", "TAG", line)]:
            words = shlex.shlex(found, posix=True, punctuation_chars="&|;<>")
            words.whitespace_split = True
            yield from split(list(words) if found.count('"') % 2 == found.count("'") % 2 == 0 else [])


def split(words):
    """Give the breakeven commands among words of a shell, in which a synopsis has what may be left out in brackets."""
    words = [word.strip("[]") if re.fullmatch(r"\[[^\[\]]*|[^\[\]]*\]", word) else word for word in words]
    while words:
        end = next((i for i, word in enumerate(words) if word and set(word) <= set("&|;<>")), len(words))
        one, words = words[:end], words[end + 1 :]
        if "--" in one:  # what two hosts run
            at = one.index("--")
            yield from split(one[at + 1 :])
        while one and re.fullmatch(r"[A-Z_]+=.*", one[0]):
            one = one[1:]
        if one and one[0] in ("breakeven", ".venv/bin/breakeven"):
            yield tuple(one[1:])


EVERY = sorted({(page.name, words) for page in PAGES for words in commands(page.read_text()) if page != GENERATED})


def test_the_commands_are_found():
    text = """
        tag=$(breakeven releases show "newest + a==1")
        A=b breakeven run x \\
          y && breakeven report > t
    """
    assert set(commands(text)) == {("releases", "show", "newest + a==1"), ("run", "x", "y"), ("report",)}
    assert len(EVERY) > 40


@pytest.mark.parametrize(("page", "words"), EVERY, ids=[f"{page}: {shlex.join(words)}" for page, words in EVERY])
def test_a_command_is_read_as_the_command_line_reads_it(page, words):
    parse(words)


def parse(words):
    command, context, words = typer.main.get_command(cli.app), None, list(words)
    while True:
        context = command.make_context(command.name, words, parent=context)
        if not hasattr(command, "commands"):
            return
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])


#: Commands that are not run here, and why: all others are.
NOT_RUN = {
    r"^(run|blame|calibrate|self-test|two-hosts)\b": "measures",
    r"^(gate|compatibility|sensitivity)(?!.* --from )": "measures",
    r"^advise --measure\b": "measures",
    r"^releases (update|check|override)\b": "asks the index of packages",
    r"--release 'newest \+ ": "asks the index of packages",
    r"^simulate\b": "takes minutes",
    r"^advise WORKLOAD\b|--machine (M|my-cluster)\b|\b1\.gate\b|/MACHINE/": "names what a reader has",
}

RUN = sorted({words for _, words in EVERY if not any(re.search(part, shlex.join(words)) for part in NOT_RUN)})


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A folder laid out like a clone, with the committed results."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("asv.conf.json", "releases.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "results", folder / "results")
    (folder / "benchmarks").symlink_to(ROOT / "benchmarks")
    return folder


@pytest.mark.commands
@pytest.mark.parametrize("words", RUN, ids=shlex.join)
def test_a_command_that_measures_nothing_runs(clone, words):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BREAKEVEN_")}
    done = subprocess.run([BIN / "breakeven", *words], cwd=clone, env=kept, capture_output=True, text=True, check=False)
    assert done.stdout
    assert "breakeven: " not in done.stderr
    if words[0] == "gate":
        assert Verdict(done.returncode).word.capitalize() in done.stdout
    else:
        assert done.returncode == 0


@pytest.mark.parametrize("part", NOT_RUN)
def test_what_is_not_run_is_there(part):
    assert any(re.search(part, shlex.join(words)) for _, words in EVERY)


@pytest.mark.parametrize(
    "words", [("gate", "a", "b", "--no-such-option"), ("no-such-command",), ("run", "--shards", "1")]
)
def test_what_does_not_exist_is_found_out(words):
    with pytest.raises(Exception, match=r"[Nn]o such"):
        parse(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """On GitHub, too; Sphinx looks at those of the site."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target
