"""The figures of the Scaling page, drawn with Bokeh; the page's script fills their sources, found by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bokeh.models import (
    ColumnDataSource,
    DataRange1d,
    DatetimeTickFormatter,
    FactorRange,
    HoverTool,
    NumeralTickFormatter,
    PrintfTickFormatter,
)
from bokeh.plotting import figure
from bokeh.transform import factor_cmap, factor_mark

from breakeven.harness.suite import Strategy
from breakeven.site import data

#: What stands for Bokeh's markers in the page's text.
SIGNS = {
    "circle": "●", "square": "■", "triangle": "▲", "diamond": "◆", "inverted_triangle": "▼", "hex": "⬢", "star": "★",
    "diamond_dot": "◈", "hex_dot": "⬡", "plus": "✚", "square_pin": "▣", "triangle_dot": "◬", "triangle_pin": "△",
    "circle_dot": "◉", "circle_cross": "⊕", "square_cross": "⊞",
}  # fmt: skip


#: What a tooltip tells of a time.
TIME = {
    "time": "@seconds{0.0000} s",
    "99 %_interval": "@low{0.0000} to @high{0.0000} s",
    "samples": "@samples",
    "release": "@release",
    "pins_that_changed": "@pins",
}


def look(strategies: Sequence[Strategy]) -> list[tuple[str, str, str]]:
    """Give each strategy the colour and the sign that it has in every figure.

    Parameters
    ----------
    strategies : sequence of Strategy
        All of the page.

    Returns
    -------
    list of tuple of str
        Name, colour, sign.
    """
    return [(s.name, s.colour, SIGNS.get(s.sign, s.sign)) for s in strategies]


def times(workload: str, strategies: Sequence[Strategy]) -> figure:
    """Draw time against size, a line with its interval per strategy, break-even sizes marked.

    Parameters
    ----------
    workload : str
        Its name; the sources are named after it.
    strategies : sequence of Strategy
        All of the page.
    """
    drawn = _plot("Time of a call", "rows (n_samples)", "time", x_axis_type="log", y_axis_type="log")
    color, marker = _looks(strategies)
    measured = _source(f"points {workload}", data.POINTS)
    fitted = _source(f"curves {workload}", data.CURVES)
    equal = _source(f"break-evens {workload}", data.BREAK_EVENS)
    drawn.patches("band_n", "band_seconds", source=fitted, color=color, alpha=0.15, line_alpha=0)
    drawn.multi_line("n_samples", "seconds", source=fitted, color=color, line_width=2)
    drawn.segment("n_samples", "low", "n_samples", "high", source=measured, color=color, line_width=2)
    dots = drawn.scatter("n_samples", "seconds", source=measured, color=color, marker=marker, size=9)
    drawn.segment("low", "seconds", "high", "seconds", source=equal, color="#7f7f7f", line_width=6, line_alpha=0.5)
    marks = drawn.scatter(
        "n_samples", "seconds", source=equal, marker="circle_x", size=16, fill_alpha=0, color="#7f7f7f", line_width=2
    )
    drawn.add_tools(
        HoverTool(
            renderers=[dots],
            tooltips=_tooltip(
                strategy="@strategy", n_samples="@n_samples{0,0}", **TIME, speedup="@speedup", measured="@measured"
            ),
        ),
        HoverTool(renderers=[marks], tooltips=_tooltip(equal="@text")),
    )
    drawn.xaxis.formatter = NumeralTickFormatter(format="0,0")
    drawn.yaxis.formatter = PrintfTickFormatter(format="%.3g s")
    return drawn


def memory(workload: str, strategies: Sequence[Strategy]) -> figure:
    """Draw peak memory against size, the machine's RAM as a line.

    Parameters
    ----------
    workload : str
        Its name; the sources are named after it.
    strategies : sequence of Strategy
        All of the page.
    """
    drawn = _plot(
        "Peak memory, dashed: that of the machine",
        "rows (n_samples)",
        "peak memory",
        x_axis_type="log",
        y_axis_type="log",
    )
    color, marker = _looks(strategies)
    measured = _source(f"points {workload}", data.POINTS)
    fitted = _source(f"curves {workload}", data.CURVES)
    limit = _source("ram", data.RAM)
    drawn.multi_line("memory_n", "megabytes", source=fitted, color=color, line_width=2)
    dots = drawn.scatter("n_samples", "megabytes", source=measured, color=color, marker=marker, size=9)
    drawn.hspan(y="megabytes", source=limit, color="#7f7f7f", line_width=2, line_dash="dashed")
    drawn.add_tools(
        HoverTool(
            renderers=[dots],
            tooltips=_tooltip(
                strategy="@strategy",
                n_samples="@n_samples{0,0}",
                peak="@megabytes{0,0.0} MB",
                release="@release",
                pins_that_changed="@pins",
            ),
        )
    )  # fmt: skip
    drawn.xaxis.formatter = NumeralTickFormatter(format="0,0")
    drawn.yaxis.formatter = PrintfTickFormatter(format="%.3g MB")
    return drawn


def overview(workloads: Sequence[str], strategies: Sequence[Strategy]) -> figure:
    """Draw workloads by size, coloured by the winning strategy; hatched in another one's colour, the two are equal.

    Parameters
    ----------
    workloads : sequence of str
        All of the page.
    strategies : sequence of Strategy
        All of the page.
    """
    drawn = _plot(
        "The fastest strategy, by workload and size; hatched: a tie; pale: raw samples",
        "rows (n_samples)",
        "workload",
        x_axis_type="log",
        y_range=FactorRange(factors=list(reversed(workloads))),
        height=90 + 46 * len(workloads),
    )
    color, _ = _looks(strategies, "first")
    hatch, _ = _looks(strategies, "second")
    source = _source("overview", data.OVERVIEW)
    bars = drawn.hbar(
        y="workload", left="left", right="right", height=0.86, source=source, color=color, fill_alpha="shade",
        line_color=color, line_alpha=0.5, hatch_pattern="pattern", hatch_color=hatch, hatch_alpha=0.35, hatch_scale=10,
    )  # fmt: skip
    words: dict[str, Any] = {"x": "middle", "y": "workload", "source": source, "text_align": "center", "name": "ink"}
    drawn.text(text="name", text_font_size="11px", y_offset=-2, **words)
    drawn.text(text="gain", text_font_size="11px", y_offset=13, **words)
    drawn.add_tools(
        HoverTool(
            renderers=[bars],
            tooltips=_tooltip(
                workload="@workload", n_samples="@n_samples{0,0}", fastest="@outcome", next="@behind", times="@times",
                measured="@measured",
            ),
        )
    )  # fmt: skip
    drawn.xaxis.formatter = NumeralTickFormatter(format="0,0")
    drawn.ygrid.visible = False
    return drawn


def history(workload: str, strategies: Sequence[Strategy]) -> figure:
    """Draw the time of a workload over the releases, as a multiple of the first one.

    Parameters
    ----------
    workload : str
        Its name; the sources are named after it.
    strategies : sequence of Strategy
        All of the page.
    """
    drawn = _plot(
        "Time relative to the first release",
        "date of the release",
        "relative time",
        x_axis_type="datetime",
        y_axis_type="log",
        y_range=DataRange1d(range_padding=0.15),  # room for the labels of steps
    )
    color, marker = _looks(strategies)
    measured = _source(f"history {workload}", data.HISTORY)
    through = _source(f"lines {workload}", data.LINES)
    changes = _source(f"steps {workload}", data.STEPS)
    drawn.hspan(y=[1], color="#7f7f7f", line_dash="dotted")
    drawn.hspan(y=[0.8, 1.3], line_alpha=0)  # keeps noise from filling the figure
    drawn.multi_line("date", "ratio", source=through, color=color, line_width=2)
    dots = drawn.scatter("date", "ratio", source=measured, color=color, marker=marker, size=9)
    drawn.scatter("date", "ratio", source=changes, marker="circle", size=18, fill_alpha=0, color=color, line_width=2)
    drawn.text(
        "date", "ratio", "text", source=changes, text_font_size="11px", text_align="center", y_offset=-14,
        name="ink",
    )  # fmt: skip
    drawn.add_tools(
        HoverTool(
            renderers=[dots],
            tooltips=_tooltip(
                strategy="@strategy", ratio="@ratio{0.00}", measured="@measured", **TIME, gate="@gate"
            ),
        )
    )  # fmt: skip
    drawn.xaxis.formatter = DatetimeTickFormatter(days="%Y-%m-%d", months="%Y-%m", years="%Y")
    drawn.xaxis.major_label_orientation = 0.6
    drawn.yaxis.formatter = NumeralTickFormatter(format="0.00")
    return drawn


#: Drawn for each workload, beside each other, by the name that the page's places have.
BY_SIZE = {"times": times, "memory": memory}


def _source(name: str, columns: Sequence[str]) -> ColumnDataSource:
    return ColumnDataSource({column: [] for column in columns}, name=name)


def _plot(title: str, x: str, y: str, height: int = 340, **options: Any) -> figure:
    drawn = figure(
        title=title,
        height=height,
        sizing_mode="stretch_width",
        x_axis_label=x,
        y_axis_label=y,
        tools="pan,box_zoom,reset,save",
        background_fill_alpha=0,
        border_fill_alpha=0,
        outline_line_color=None,
        **options,
    )
    drawn.toolbar.logo = None
    drawn.toolbar.autohide = True
    return drawn


def _looks(strategies: Sequence[Strategy], field: str = "strategy") -> tuple[Any, Any]:
    names = [s.name for s in strategies]
    return (
        factor_cmap(field, [s.colour for s in strategies], names),
        factor_mark(field, [s.sign for s in strategies], names),
    )


def _tooltip(**lines: str) -> str:
    """Write a tooltip; Bokeh escapes what it puts in place of the columns."""
    told = "".join(f"<div><b>{name.replace('_', ' ')}</b> {value}</div>" for name, value in lines.items())
    return f'<div style="max-width: 22rem; white-space: normal">{told}</div>'
