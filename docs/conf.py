"""The documentation site: ``make docs``. It needs no network once its packages are installed."""

import tomllib
from pathlib import Path
from types import GenericAlias

import typer.cli
import typer.main

import breakeven
from breakeven import cli

DOCS = Path(__file__).parent

#: Files outside of docs/ that pages link to as GitHub wants it, and the pages that include them.
INCLUDED = {
    "../CONTRIBUTING.md": "contributing.md",
    "../SECURITY.md": "security.md",
    "../results/README.md": "results.md",
}
PROJECT = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())["project"]

project = PROJECT["name"]
author = PROJECT["authors"][0]["name"]
copyright = f"2026, {author}"
release = version = breakeven.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["site"]
templates_path = ["templates"]
highlight_language = "text"  # indented blocks are commands and what they print

# A page is read on GitHub, too, which gives every heading an address.
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"  # numpydoc's sections have them in words
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = project
html_show_sourcelink = False
html_theme_options = {
    "external_links": [{"name": "Measured", "url": PROJECT["urls"]["Homepage"]}],
    "github_url": PROJECT["urls"]["Source"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
}


def write_commands(app):
    """Write the reference of the command line as typer makes it, before Sphinx reads the pages."""
    command = typer.main.get_command(cli.app)
    command.params = [p for p in command.params if "completion" not in p.name]
    text = typer.cli.get_docs_for_click(obj=command, ctx=typer.Context(command), name=project, title="Commands")
    path = DOCS / "reference" / "commands.md"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def link_included(app, name, text):
    """Let links to included files lead to the pages that include them."""
    for file, page in INCLUDED.items():
        text[0] = text[0].replace(f"]({file}", f"]({page}")


def skip_alias(app, what, name, obj, skip, options):
    """Leave out short names of types, whose docstring is that of the type."""
    return True if isinstance(obj, GenericAlias) else None


def setup(app):
    """Register what is done at build."""
    app.connect("autodoc-skip-member", skip_alias)
    app.connect("builder-inited", write_commands)
    app.connect("source-read", link_included)
