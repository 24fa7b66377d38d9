"""Names that are markup, in the Markdown that goes into pull requests and in JUnit; test_site has the pages."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from breakeven.report import gate, grid
from breakeven.report.grid import Grid
from tests.test_verdicts import Case, Verdict, add, made, noisy, verdicts

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details><h1>Pass",
    "<!-- breakeven gate -->",
    "[a](https://elsewhere.test)",
    "![a](https://elsewhere.test/a.png)",
    "&lt;b&gt;",
    "a | b | c",
    "a\n\n# Pass\n",
    "`<b>`` <b> `<b>`",
    r"\`<b>` <i>`",
    "@everyone",
    "\x1b[31m\x00",
]

#: GitHub's tables, and HTML as it is.
READ = MarkdownIt("commonmark", {"html": True}).enable("table")


def inline(text):
    tokens = READ.parse(text)
    return tokens, [part for token in tokens for part in token.children or [] if token.type == "inline"]


def shown(parts):
    return "".join(f"`{part.content}`" if part.type == "code_inline" else part.content for part in parts)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_a_table_is_shown_as_it_was(name):
    tokens, parts = inline("\n".join(Grid("", ("benchmark", "time"), [(name, "1")]).markdown()))
    assert [token.type for token in tokens].count("td_open") == 2
    assert {part.type for part in parts} <= {"text", "text_special", "code_inline"}
    plain = "".join(char if char.isprintable() else " " for char in name).strip()
    assert shown(parts).replace("\u200b", "").endswith(f"{plain}1")
    assert not re.search(r"@\w", shown(parts))


@given(st.text("a<>`\\![]()&;|@/# \n", max_size=30))
def test_nothing_that_is_typed_becomes_markup(name):
    _, parts = inline("\n".join(Grid("", ("benchmark",), [(f"x {name}",)]).markdown()))
    assert {part.type for part in parts} <= {"text", "text_special", "code_inline"}


def test_what_is_ours_stays_as_it_is():
    assert grid.as_text('`joblib.parallel_config("threading")` < 5 % & more') == (
        '`joblib.parallel_config("threading")` < 5 % & more'
    )


@pytest.fixture(params=HOSTILE)
def hostile(request):
    """A gate whose benchmark, machine, releases and failure are all called that."""
    case = Case(f"m.{request.param}.time_fit", (request.param,), "time")
    record = add(made(case), case, noisy(1.0), error=request.param)
    record.machine = {"machine": request.param}
    record.arms = {
        side: replace(stack, release=request.param, pins={"a": f"{side} {request.param}"})
        for side, stack in record.arms.items()
    }
    return record


def test_a_report_on_a_pull_request_has_no_markup_but_its_own(hostile):
    tokens, parts = inline(gate.markdown(hostile, verdicts.judge(hostile)))
    html = [token.content for token in tokens if token.type == "html_block"]
    assert all(re.fullmatch(r"\s*(<details><summary>[\w ]+</summary>|</details>)\s*", text) for text in html)
    assert len(html) == 2
    assert not [token for token in tokens if token.type == "heading_open"]
    assert {part.type for part in parts} <= {"text", "text_special", "code_inline", "strong_open", "strong_close"}
    assert not re.search(r"@\w", "".join(part.content for part in parts if part.type != "code_inline"))


def test_a_report_of_nothing_measured_has_none_either(hostile):
    hostile.arms["head"] = replace(hostile.head, failure=f"does not build: {hostile.head.release}")
    hostile.cases = []
    _, parts = inline(gate.markdown(hostile, []))
    assert "html_inline" not in {part.type for part in parts}


def test_junit_can_be_read(hostile):
    judged = verdicts.judge(hostile)
    assert judged[0].verdict is Verdict.NOT_MEASURED
    (case,) = ElementTree.fromstring(gate.junit(hostile, judged)).iter("testcase")
    assert case.attrib["classname"].startswith("m.")


def test_a_name_that_is_markup_to_the_terminal_is_shown(checkout):
    suite = checkout.folder / "[bold]x[/red]" / "benchmarks"
    suite.mkdir(parents=True)
    (suite / "__init__.py").touch()
    (suite / "m.py").write_text("import joblib\ndef track_it(name):\n    return 1\ntrack_it.params = ['[/red]']\n")
    command = ("gate", "base", "joblib-1.5.3", "--suite", str(suite.parent / "benchmarks"))
    status, output = checkout.run("breakeven", *command, "--record", str(suite / "[/x].gate"))
    assert status == 0, output
    assert "m.track_it('[/red]')" in output
    assert "[/x].gate" in output
