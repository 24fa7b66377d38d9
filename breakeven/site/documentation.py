"""The documentation beside asv's pages, where it has been built."""

from __future__ import annotations

import shutil
from pathlib import Path

from breakeven.site import asv_pages

#: Where ``make docs`` builds it in a clone, and where it is published.
BUILT, PUBLISHED = Path("docs", "site"), "docs"

#: The end of the Scaling page's bar.
END = "</nav>"


def bring(html: Path, built: Path = BUILT) -> None:
    """Put the documentation beside asv's pages, and link it from their bar and from that of the Scaling page.

    Parameters
    ----------
    html : Path
        The folder that asv publishes to; the Scaling page is there already, if there is to be one.
    built : Path
        Where it was built; if it was not, nothing is done.

    Raises
    ------
    BreakevenError
        A page is not as it was.
    """
    if not (built / "index.html").exists():
        return
    shutil.copytree(built, html / PUBLISHED, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    address, label = f"{PUBLISHED}/index.html", "Documentation"
    asv_pages.add_entry(html, "documentation", address, label)
    scaling = html / "scaling.html"
    if scaling.exists():
        asv_pages.replace_once(scaling, END, f'  <a href="{address}">{label}</a>\n  {END}')
