"""A differential flame graph as a page of its own, which needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from breakeven import files
from breakeven.gate.where_slower import Where
from breakeven.harness.record import BASE, HEAD
from breakeven.statistics import stack_shares

if TYPE_CHECKING:
    from bokeh.plotting import figure

#: Shares below this are not drawn: a pixel of the page's width.
LEAST = 1e-3

#: Difference of shares at which colours are at their fullest.
FULL = 0.2

# From what has shrunk to what has grown: colours of Okabe and Ito that colour-blind eyes tell apart.
_COLOURS = ("#0072b2", "#f0f0f0", "#d55e00")


def write(found: Where) -> Path:
    """Draw it beside the profiles that it is drawn from.

    Parameters
    ----------
    found : Where
        Of one benchmark.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    BreakevenError
        It cannot be written.
    """
    # bokeh is imported where it draws: every command imports this module, and most draw nothing
    from bokeh.embed import file_html  # noqa: PLC0415
    from bokeh.resources import INLINE  # noqa: PLC0415

    path = found.path.with_name(f"{found.path.name}.html")
    title = f"{found.label}: BASE to HEAD"
    files.write(path, file_html(drawn(found), INLINE, title))
    return path


def drawn(found: Where) -> figure:
    """Draw it: what calls stands below what it calls, as wide as its share of HEAD's samples.

    Parameters
    ----------
    found : Where
        Of one benchmark.
    """
    from bokeh.models import ColumnDataSource, HoverTool, LinearColorMapper, Range1d  # noqa: PLC0415
    from bokeh.palettes import interp_palette  # noqa: PLC0415
    from bokeh.plotting import figure  # noqa: PLC0415
    from bokeh.transform import transform  # noqa: PLC0415

    nodes = [n for n in stack_shares.tree(found.stacks[BASE], found.stacks[HEAD]) if n.after >= LEAST]
    source = ColumnDataSource(
        {
            "function": [n.function for n in nodes],
            "left": [n.start for n in nodes],
            "right": [n.start + n.after for n in nodes],
            "bottom": [n.depth for n in nodes],
            "top": [n.depth + 1 for n in nodes],
            "base": [n.before for n in nodes],
            "head": [n.after for n in nodes],
            "grown": [n.after - n.before for n in nodes],
            # as many characters as its width has room for
            "name": [n.function[: int(170 * n.after)] if n.after > 0.03 else "" for n in nodes],
        }
    )
    plot = figure(
        title=f"{found.label}: width is the share of HEAD's samples; orange has grown, blue has shrunk",
        height=max(300, 20 * (1 + max((n.depth for n in nodes), default=0))),
        sizing_mode="stretch_width",
        tools="xpan,xwheel_zoom,reset,save",
        active_scroll="xwheel_zoom",
        x_range=Range1d(start=0, end=1),
    )
    mapper = LinearColorMapper(palette=interp_palette(_COLOURS, 101), low=-FULL, high=FULL)
    quads = plot.quad(
        "left", "right", "top", "bottom", source=source, fill_color=transform("grown", mapper), line_color="white"
    )
    plot.text(
        "left", "bottom", "name", source=source, text_font_size="11px", text_baseline="bottom", x_offset=3, y_offset=-2
    )
    tips = [("function", "@function"), ("BASE", "@base{0.0 %}"), ("HEAD", "@head{0.0 %}"), ("grown", "@grown{0.0 %}")]
    plot.add_tools(HoverTool(renderers=[quads], tooltips=tips))
    plot.axis.visible = plot.grid.visible = False
    return plot
