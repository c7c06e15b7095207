"""Deterministic SVG out of matplotlib: the same figure gives the same bytes, and many fit one page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import quoteattr

import matplotlib
from matplotlib.figure import Figure

__all__ = ["WIDTH_IN", "styled", "to_svg"]

WIDTH_IN = 11.4
"""1094 CSS pixels."""
STYLE: Any = {
    "svg.hashsalt": "kube-flask",
    # Text stays text: searchable, small, and read aloud.
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.edgecolor": "#8a8a8a",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "hatch.linewidth": 0.5,
    # A name with two dollar signs is no formula.
    "text.parse_math": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save within this: nothing of the user's own matplotlib settings reaches the picture."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


def to_svg(figure: Figure, label: str, prefix: str) -> str:
    """Return an <svg> element with its own white background; `label` is said to those who cannot see it.

    `prefix` makes its ids differ from those of other pictures on the page.
    """
    written = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(written, format="svg", facecolor="white", metadata=nothing, dpi=144)
    text = written.getvalue()
    text = _smaller(text[text.index("<svg") :])
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'(xlink:href="|url\()#', rf"\g<1>#{prefix}-", text)
    return text.replace("<svg ", f'<svg role="img" aria-label={quoteattr(label)} ', 1)


def _smaller(text: str) -> str:
    """Leave out what nobody sees: matplotlib's metadata, unused ids, empty groups, thousandths of a point."""
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    used = set(re.findall(r'(?:xlink:href="|url\()#([\w-]+)', text))
    text = re.sub(r' id="([\w-]+)"', lambda found: found[0] if found[1] in used else "", text)
    text = re.sub(r"(\d\.\d\d?)\d*", r"\1", text)
    text = re.sub(r"\s*\n\s*", " ", text).replace("> <", "><")
    while (fewer := re.sub(r"<g/>|<g></g>", "", text)) != text:
        text = fewer
    return text.replace("'DejaVu Sans'", "DejaVu Sans, Verdana, sans-serif") + "\n"
