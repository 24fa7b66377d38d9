"""asv plugin: the Scaling page beside asv's own pages, and all of them without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asv import util
from asv.config import Config
from asv.console import log
from asv.publishing import OutputPublisher

from breakeven.errors import BreakevenError


class Scaling(OutputPublisher):  # type: ignore[misc]
    """Times against sizes, with break-even sizes, and over the releases."""

    name = "scaling"
    button_label = "Scaling"
    description = "Display by size, strategy and release"

    @classmethod
    def publish(cls, conf: Config, *_: Any) -> None:
        """Write the page, link it from asv's bar, and bring what asv's pages load from elsewhere."""
        # not above: every asv command imports its plugins, and Bokeh alone takes half a second
        from breakeven.site import assets, page  # noqa: PLC0415

        html = Path(conf.html_dir)
        try:
            page.write(html, str(conf.project), Path(conf.results_dir), Path(conf.repo))
        except BreakevenError as err:
            raise util.UserError(str(err)) from None
        try:
            assets.bring(html / "index.html")
        except BreakevenError as err:
            log.warning(f"{err}. The Scaling page needs no network, but asv's own pages do until this is mended")
