"""The parts of a timeline picture: each draws one thing onto matplotlib axes. x is seconds since the injection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from chaos.report.lanes import Lane, Note, Span
from chaos.report.panels import Gap, Panel
from chaos.report.words import short

__all__ = ["BANDS", "DOTS", "lanes", "note_ticks", "panel", "panel_height"]

# Okabe and Ito's colours, told apart by the colour-blind; the shapes say the same.
DOTS = {
    "ok": ("acknowledged", "#0072B2", "o", 6),
    "absent": ("answered without a value that was acknowledged", "#E69F00", "D", 14),
    "unknown": ("unknown", "#111111", "^", 16),
    "fail": ("failed", "#D55E00", "x", 14),
}


class Look(NamedTuple):
    """How a band is drawn."""

    label: str
    fill: str
    ink: str
    hatch: str = ""


BANDS = {
    "primary": Look("primary", "#1b4f72", "white"),
    "standby": Look("standby", "#b7d3e8", "#10303f"),
    "lagging": Look("standby that receives from nobody", "#e8f0f6", "#333333", "////"),
    "silent": Look("no answer", "#dcdcdc", "#444444"),
}
BELIEVES = Look("", "#ffffff", "#333333")
BELIEFS = ("#cfe8d5", "#f6e3b4", "#e6d3ea", "#d9e2f2", "#f3d3cb")
GAP_FILL, GAP_INK = "#f6edd3", "#5c4500"
RASTERISE_ABOVE = 2500
"""Dots of a panel; more are drawn as an image, or the file grows to megabytes."""
DOTS_IN, GAP_IN = 1.2, 0.17
CHARACTER_IN = 0.071
"""Mean width of a letter at the size lanes are written in."""
SMALL = 7.5


def _heading(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=8, color="#333333", pad=3, fontweight="bold")


def _latency(value: float, _: object = None) -> str:
    return f"{value * 1000:g} ms" if value < 1 else f"{value:g} s"


def panel_height(shown: Panel) -> float:
    """Return the inches a panel needs."""
    return DOTS_IN + GAP_IN * len(shown.gaps)


def panel(axes: Axes, shown: Panel) -> None:
    """Draw operations as dots, and the gap of each workload as a bar above them."""
    raster = len(shown.dots) > RASTERISE_ABOVE
    for kind, (_, colour, marker, size) in DOTS.items():
        dots = [(dot.at, max(dot.latency, 1e-4)) for dot in shown.dots if dot.kind == kind]
        width = 1.1 if marker == "x" else 0
        at, latency = [dot[0] for dot in dots], [dot[1] for dot in dots]
        axes.scatter(at, latency, s=size, c=colour, marker=marker, linewidths=width, rasterized=raster)
    axes.set_yscale("log")
    latencies = [dot.latency for dot in shown.dots]
    low, high = max(min(latencies, default=0.001), 2e-4), max(latencies, default=1.0)
    # The dots keep DOTS_IN of the panel's height; the bars of the gaps stand above them.
    above = (panel_height(shown) - DOTS_IN) / DOTS_IN
    axes.set_ylim(low * 0.7, high * 1.6 * (high * 1.6 / (low * 0.7)) ** above)
    axes.yaxis.set_major_locator(LogLocator(base=10, numticks=6))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_latency))
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.5)
    axes.set_axisbelow(True)
    _heading(axes, f"{shown.title}: latency from the intended start")
    for line, gap in enumerate(sorted(shown.gaps, key=lambda gap: -gap.seconds)):
        _gap(axes, gap, line, 1 - GAP_IN * (line + 0.5) / panel_height(shown))


def _gap(axes: Axes, gap: Gap, line: int, y: float) -> None:
    if line == 0:
        axes.axvspan(gap.begin, gap.end, color=GAP_FILL, linewidth=0, zorder=0)
    across = axes.get_xaxis_transform()
    axes.plot([gap.begin, gap.end], [y, y], color=GAP_INK, linewidth=1.4, transform=across, marker="|", ms=6)
    said = f"{gap.workload}: {'' if gap.closed else 'more than '}{gap.seconds:.2f} s"
    style: dict[str, Any] = {"va": "center", "color": GAP_INK, "fontsize": SMALL, "transform": across}
    left, right = axes.get_xlim()
    beside = 0.006 * (right - left)
    if gap.end < left + 0.8 * (right - left):
        axes.text(gap.end + beside, y, said, **style)
    elif gap.seconds < 0.3 * (right - left):
        axes.text(gap.begin - beside, y, said, ha="right", **style)
    else:
        plate = {"facecolor": GAP_FILL, "edgecolor": "none", "pad": 0.6}
        axes.text((max(gap.begin, left) + min(gap.end, right)) / 2, y, said, ha="center", bbox=plate, **style)


def lanes(axes: Axes, title: str, shown: Sequence[Lane], per_s: float) -> None:
    """Draw a row for each lane; `per_s` is inches a second, which decides how much text fits a span."""
    believed = sorted({span.text[0] for lane in shown for span in lane.spans if span.state == "believes"})
    for row, lane in enumerate(shown):
        for span in lane.spans:
            _, fill, ink, hatch = BANDS.get(span.state, BELIEVES)
            if span.state == "believes" and span.text[0] != "nobody":
                fill = BELIEFS[believed.index(span.text[0]) % len(BELIEFS)]
            where = [(span.begin, span.end - span.begin)]
            style: dict[str, Any] = {
                "facecolor": fill,
                "edgecolor": "#9a9a9a",
                "linewidth": 0.4,
                "hatch": hatch,
            }
            axes.broken_barh(where, (row - 0.41, 0.82), **style)
            _say(axes, span, row, per_s, fill, ink)
        axes.plot(
            lane.ticks,
            [row + 0.28] * len(lane.ticks),
            linestyle="",
            marker="|",
            ms=3,
            color="#7fd4ff",
            mew=0.7,
        )
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), [short(lane.name) for lane in shown])
    axes.tick_params(axis="y", length=0, labelsize=SMALL + 0.5)
    axes.spines["left"].set_visible(False)
    _heading(axes, title)


def _say(axes: Axes, span: Span, row: int, per_s: float, fill: str, ink: str) -> None:
    left, right = axes.get_xlim()
    begin, end = max(span.begin, left), min(span.end, right)
    said = next((text for text in span.text if len(text) * CHARACTER_IN <= (end - begin) * per_s), "")
    if said:
        plate = {"facecolor": fill, "edgecolor": "none", "pad": 0.8}
        style: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "color": ink,
            "fontsize": SMALL,
            "bbox": plate,
        }
        axes.text((begin + end) / 2, row, said, **style)


def note_ticks(axes: Axes, shown: Sequence[Note], per_s: float) -> None:
    """Draw numbered ticks, dark ones for changes; numbers that would overlap are joined, as in `3-5`."""
    # A label begins at its first tick and takes up to two numbers and a dash.
    room = CHARACTER_IN * (2 * len(str(len(shown))) + 2) / per_s
    last_place = axes.get_xlim()[1] - room
    groups: list[list[Note]] = []
    for note in shown:
        if groups and note.at - room < min(groups[-1][0].at, last_place):
            groups[-1].append(note)
        else:
            groups.append([note])
    for changes, colour in ((False, "#b5b5b5"), (True, "#222222")):
        at = [note.at for note in shown if note.matters == changes]
        axes.plot(at, [0.75] * len(at), linestyle="", marker="|", ms=7, color=colour, mew=0.9)
    style: dict[str, Any] = {"va": "center", "fontsize": SMALL, "color": "#333333"}
    for group in groups:
        first, last = group[0].number, group[-1].number
        axes.text(group[0].at, 0.28, str(first) if first == last else f"{first}-{last}", **style)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    _heading(axes, "decisions (numbered in the list; grey: how it was noticed)")
