"""The vertical lines of a timeline picture: injections, heals, full redundancy; their names do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from chaos.events import FaultMark
from chaos.report.words import short

__all__ = ["ROW_IN", "Line", "draw", "placed", "rows"]

LOOKS = {"inject": ("#b00020", "-"), "heal": ("#2e7d32", "--"), "again": ("#1b4f72", ":")}
CHARACTER_IN, ROW_IN, FONT = 0.072, 0.155, 8.0
LONGEST = 46
"""Letters of a name; a cut between chosen pairs lists them all."""


@dataclass(frozen=True)
class Line:
    """A line, its name, and where the name stands: the row above the panels, and on which side of the line."""

    at: float
    action: str
    text: str
    row: int = 0
    leftwards: bool = False


def _lines(marks: Sequence[FaultMark], redundant: float | None) -> list[Line]:
    lines = []
    for mark in marks:
        said = f"{mark.action} {mark.name} {short(mark.on)}".strip()
        lines.append(
            Line(mark.at, mark.action, said if len(said) <= LONGEST else said[: LONGEST - 3] + "...")
        )
    if redundant is not None:
        lines.append(Line(redundant, "again", "all stream again"))
    return sorted(lines, key=lambda line: line.at)


def placed(
    marks: Sequence[FaultMark], redundant: float | None, start: float, end: float, per_s: float
) -> list[Line]:
    """Return the lines from `start` to `end`, each name in the lowest row where it is free.

    `per_s` is inches a second, which decides how much of a row a name takes.
    """
    taken: list[list[tuple[float, float]]] = []
    found = []
    for line in _lines(marks, redundant):
        if not start <= line.at <= end:
            continue
        width = (len(line.text) + 1) * CHARACTER_IN / per_s
        leftwards = line.at + width > end
        begin = line.at - width if leftwards else line.at
        row = 0
        while row < len(taken) and any(begin < b and a < begin + width for a, b in taken[row]):
            row += 1
        taken += [[]] if row == len(taken) else []
        taken[row].append((begin, begin + width))
        found.append(Line(line.at, line.action, line.text, row, leftwards))
    return found


def rows(lines: Sequence[Line]) -> int:
    """Return how many rows of names there are."""
    return max((line.row for line in lines), default=-1) + 1


def draw(axes: Sequence[Axes], lines: Sequence[Line], above_in: float) -> None:
    """Draw the lines through all axes, and the names from `above_in` inches above the first upwards."""
    for line in lines:
        colour, dashes = LOOKS[line.action]
        for each in axes:
            each.axvline(line.at, color=colour, linestyle=dashes, linewidth=1.1, zorder=1.5)
        axes[0].annotate(
            line.text,
            (line.at, 1),
            xycoords=axes[0].get_xaxis_transform(),
            xytext=(0, 72 * (above_in + line.row * ROW_IN)),
            textcoords="offset points",
            color=colour,
            fontsize=FONT,
            ha="right" if line.leftwards else "left",
        )
