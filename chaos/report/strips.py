"""Distributions as small strip plots: every run a dot, median and p95 as bars, goals and the last report beside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from chaos.report.measured import Measured
from chaos.report.numbers import Distribution, Goal
from chaos.report.summary import is_gap
from chaos.report.svg import WIDTH_IN, styled, to_svg

__all__ = ["strips"]

ROW_IN, TOP_IN, AXIS_IN, LEFT_IN, RIGHT_IN = 0.3, 0.3, 0.42, 1.95, 0.6
RUN, NOW, BEFORE, MUST, AIM = "#0072B2", "#111111", "#777777", "#D55E00", "#007a5a"
APART = ("redundancy",)
"""Has a scale of its own: it is many times what clients wait."""
NOT_DRAWN = ("rto",)
"""Says nearly the same as the gap."""

SHORTEST_S = 0.1
"""A scale that ends earlier would show noise."""


def strips(measured: Measured, prefix: str) -> str:
    """Return one <svg> with a row for each gap of an experiment; empty when nothing was measured."""
    drawn = [name for name in measured.figures if is_gap(name) and _kind(name) not in NOT_DRAWN]
    apart = [name for name in drawn if _kind(name) in APART]
    groups = [names for names in ([name for name in drawn if name not in apart], apart) if names]
    if not groups:
        return ""
    height = TOP_IN + ROW_IN * len(drawn) + AXIS_IN * len(groups)
    with styled():
        figure = Figure(figsize=(WIDTH_IN, height))
        top = height - TOP_IN
        for names in groups:
            tall = ROW_IN * len(names)
            box = (
                LEFT_IN / WIDTH_IN,
                (top - tall) / height,
                1 - (LEFT_IN + RIGHT_IN) / WIDTH_IN,
                tall / height,
            )
            _group(figure.add_axes(box), names, measured)
            top -= tall + AXIS_IN
        _legend(figure, bool(measured.goals), bool(measured.before), height)
        return to_svg(figure, f"Distributions of {measured.experiment}", prefix)


def _group(axes: Axes, names: Sequence[str], measured: Measured) -> None:
    goals = {goal.figure: goal for goal in measured.goals}
    shown = {name: measured.figures[name] for name in names}
    axes.set_xlim(0, _right(shown, goals, measured.before))
    axes.set_ylim(len(shown) - 0.5, -0.5)
    for row, (name, distribution) in enumerate(shown.items()):
        _row(axes, row, distribution, goals.get(name), measured.before.get(name))
    axes.set_yticks(range(len(shown)), [f"{name} (N={each.n})" for name, each in shown.items()])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel("seconds", labelpad=1)


def _kind(figure: str) -> str:
    return figure.split(".")[0]


def _right(
    shown: Mapping[str, Distribution], goals: Mapping[str, Goal], before: Mapping[str, Distribution]
) -> float:
    ends = [value for each in shown.values() for value in each.values]
    ends += [goal.must[1] for name, goal in goals.items() if name in shown]
    ends += [each.p95 for name, each in before.items() if name in shown]
    return max(SHORTEST_S, *(end for end in ends if math.isfinite(end))) * 1.06


def _row(axes: Axes, row: int, now: Distribution, goal: Goal | None, before: Distribution | None) -> None:
    right = axes.get_xlim()[1]
    # The same spread every time: runs in their order, up and down in three steps.
    places = [row + 0.13 * (number % 3 - 1) for number in range(now.n)]
    at = [min(value, right) for value in now.values]
    axes.plot(at, places, linestyle="", marker="o", ms=3.6, mew=0, color=RUN, alpha=0.75, clip_on=False)
    for value, width in ((now.median, 2.2), (now.p95, 1.2)):
        axes.plot(
            [min(value, right)] * 2, [row - 0.32, row + 0.32], color=NOW, linewidth=width, clip_on=False
        )
    if never := sum(not math.isfinite(value) for value in now.values):
        axes.text(right * 1.005, row, f"{never} never", va="center", fontsize=7.5, color=MUST)
    if before:
        quantiles = [min(before.median, right), min(before.p95, right)]
        axes.plot(
            quantiles, [row + 0.4] * 2, color=BEFORE, linewidth=0.8, marker="^", ms=4, mfc="white", mew=0.8
        )
    for limits, colour, style in ((goal.must, MUST, "-"), (goal.aim, AIM, ":")) if goal else ():
        if limits:
            axes.plot([limits[1]] * 2, [row - 0.42, row + 0.42], color=colour, linestyle=style, linewidth=1.3)


def _legend(figure: Figure, goals: bool, before: bool, height: float) -> None:
    handles = [
        Line2D([], [], linestyle="", marker="o", ms=4, mew=0, color=RUN, label="a run"),
        Line2D([], [], color=NOW, linewidth=2.2, label="median"),
        Line2D([], [], color=NOW, linewidth=1.2, label="p95"),
    ]
    if goals:
        handles.append(Line2D([], [], color=MUST, label="p95 must be below"))
        handles.append(Line2D([], [], color=AIM, linestyle=":", label="p95 aimed at"))
    if before:
        said = "median and p95 of the previous report"
        handles.append(Line2D([], [], color=BEFORE, linewidth=0.8, marker="^", mfc="white", ms=4, label=said))
    figure.legend(
        handles=handles,
        ncols=len(handles),
        loc="upper left",
        bbox_to_anchor=(LEFT_IN / WIDTH_IN, 1 - 0.03 / height),
        frameon=False,
        fontsize=7.5,
        handlelength=1.4,
        borderpad=0,
        borderaxespad=0,
    )
