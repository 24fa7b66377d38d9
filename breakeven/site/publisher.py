"""asv plugin: the Scaling page and the documentation beside asv's own pages, and all of them without a network."""

from breakeven.errors import BreakevenError
from breakeven.harness import asv_log, publishing
from breakeven.harness.publishing import Published


def write(published: Published) -> None:
    """Write the page, link it and the documentation from asv's bar, and bring what asv's pages load from elsewhere."""
    # not above: every asv command imports its plugins, and Bokeh alone takes half a second
    from breakeven.site import assets, documentation, page  # noqa: PLC0415

    page.write(published, asv_log.warn)
    documentation.bring(published.html)
    try:
        assets.bring(published.html / "index.html")
    except BreakevenError as err:
        asv_log.warn(f"{err}. The Scaling page needs no network, but asv's own pages do until this is mended")


publishing.add_page("scaling", "Scaling", "Display by size, strategy and release", write)
