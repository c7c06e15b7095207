"""The timeline picture of a fault: what clients saw, who was what, who decided what, and the gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from chaos.events import Event
from chaos.report import faultlines, marks
from chaos.report.lanes import Note
from chaos.report.scene import Scene, scenes
from chaos.report.svg import WIDTH_IN, styled, to_svg
from chaos.report.words import short

__all__ = ["draw", "timeline"]

LEFT_IN, RIGHT_IN, BOTTOM_IN = 1.5, 0.15, 0.45
LEGEND_IN, HEADING_IN = 0.42, 0.25
MOST_ROWS, LINE_IN, COLUMN_IN, LETTERS = 20, 0.145, 5.65, 104
"""Of the list of decisions: rows in each of two columns, and letters that fit one."""
LANE_IN, NOTES_IN, SPACE_IN = 0.235, 0.36, 0.27


def _axes(figure: Figure, heights: list[float], above: float) -> list[Axes]:
    """Return axes below each other, of the given heights in inches; their x axis is one."""
    height = figure.get_figheight()
    top = height - above
    made: list[Axes] = []
    for each in heights:
        box = (
            LEFT_IN / WIDTH_IN,
            (top - each) / height,
            (WIDTH_IN - LEFT_IN - RIGHT_IN) / WIDTH_IN,
            each / height,
        )
        made.append(figure.add_axes(box, sharex=made[0] if made else None))
        top -= each + SPACE_IN
    for axes in made[:-1]:
        axes.tick_params(axis="x", labelbottom=False, length=0)
    return made


def _handles(scene: Scene) -> tuple[list[Line2D | Patch], list[Line2D | Patch]]:
    """Return what the legend says about dots, and about lanes; only what the picture has."""
    kinds = {dot.kind for panel in scene.panels for dot in panel.dots}
    dots: list[Line2D | Patch] = [
        Line2D([], [], linestyle="", marker=marker, color=colour, ms=5, label=label)
        for kind, (label, colour, marker, _) in marks.DOTS.items()
        if kind in kinds
    ]
    states = {span.state for lane in scene.members for span in lane.spans}
    bands: list[Line2D | Patch] = [
        Patch(facecolor=look.fill, hatch=look.hatch, edgecolor="#9a9a9a", linewidth=0.4, label=look.label)
        for state, look in marks.BANDS.items()
        if state in states
    ]
    if any(lane.ticks for lane in scene.members):
        said = "it acknowledged, on a connection opened before"
        bands.append(Line2D([], [], linestyle="", marker="|", color="#3ba7dd", ms=6, label=said))
    return dots, bands


def _legend(figure: Figure, scene: Scene) -> None:
    style: dict[str, Any] = {"frameon": False, "fontsize": 7.5, "handletextpad": 0.4, "columnspacing": 1.3}
    for line, handles in enumerate(_handles(scene)):
        at = (LEFT_IN / WIDTH_IN, 1 - (0.04 + line * 0.17) / figure.get_figheight())
        style |= {"bbox_to_anchor": at, "loc": "upper left", "borderaxespad": 0, "borderpad": 0}
        figure.legend(handles=handles, ncols=max(len(handles), 1), **style)


def _listed(notes: Sequence[Note]) -> list[Note]:
    """Return what is worth a line: changes before how they were noticed, as many as there is room for."""
    room = 2 * MOST_ROWS
    changes = [note for note in notes if note.matters]
    return list(notes) if len(notes) <= room else changes[:room]


def _list(figure: Figure, notes: Sequence[Note]) -> None:
    """Write the decisions below the picture, in two columns."""
    rows = (len(notes) + 1) // 2
    for place, note in enumerate(notes):
        column, row = divmod(place, rows)
        again = f" (x{note.times})" if note.times > 1 else ""
        said = f"{note.number}. {note.at:+.2f} s {short(note.source)}: {note.text}"
        room = LETTERS - len(again)
        said = (said if len(said) <= room else said[: room - 3] + "...") + again
        x, y = (
            (0.2 + column * COLUMN_IN) / WIDTH_IN,
            (0.12 + (rows - row - 1) * LINE_IN) / figure.get_figheight(),
        )
        figure.text(x, y, said, fontsize=6.8, color="#333333")


def draw(scene: Scene, prefix: str = "timeline", listed: bool = False) -> str:
    """Return the picture as an <svg> element 1094 pixels wide; ids begin with `prefix`.

    With `listed` the decisions stand below it, each cut to one line, for a picture that stands alone.
    """
    rows = [("members", scene.members), ("whom each pgpool takes for the primary", scene.pools)]
    rows = [(title, lanes) for title, lanes in rows if lanes]
    heights = [marks.panel_height(panel) for panel in scene.panels] + [
        LANE_IN * len(lanes) for _, lanes in rows
    ]
    heights += [NOTES_IN] if scene.notes else []
    listed_notes = _listed(scene.notes) if listed else []
    below = 0.15 + LINE_IN * ((len(listed_notes) + 1) // 2) if listed_notes else 0.0
    per_s = (WIDTH_IN - LEFT_IN - RIGHT_IN) / (scene.end - scene.start)
    lines = faultlines.placed(scene.faults, scene.redundant, scene.start, scene.end, per_s)
    top = LEGEND_IN + faultlines.ROW_IN * faultlines.rows(lines) + HEADING_IN
    total = top + sum(heights) + SPACE_IN * (len(heights) - 1) + BOTTOM_IN + below
    with styled():
        figure = Figure(figsize=(WIDTH_IN, total))
        every = _axes(figure, heights, top)
        every[0].set_xlim(scene.start, scene.end)
        for axes, panel in zip(every, scene.panels, strict=False):
            marks.panel(axes, panel)
        for axes, (title, lanes) in zip(every[len(scene.panels) :], rows, strict=False):
            marks.lanes(axes, title, lanes, per_s)
        if scene.notes:
            marks.note_ticks(every[-1], scene.notes, per_s)
        faultlines.draw(every, lines, HEADING_IN)
        every[-1].set_xlabel("seconds since the injection" if scene.faults else "seconds")
        every[-1].xaxis.set_major_locator(MaxNLocator(nbins=14, steps=[1, 2, 5, 10]))
        _legend(figure, scene)
        if below:
            _list(figure, listed_notes)
        return to_svg(figure, f"Timeline of {scene.title}: longest gap {scene.longest:.2f} s", prefix)


def timeline(events: Iterable[Event]) -> str:
    """Return the picture of a history's first fault. Raises ValueError when it has no operations."""
    found = scenes(events)
    if not found:
        raise ValueError("no client did anything in this history, so there is no timeline to draw")
    return draw(found[0], listed=True)
