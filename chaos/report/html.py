"""The report as one HTML file that needs nothing else: style, pictures and numbers are all in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chaos.report.measured import Measured, Report
from chaos.report.numbers import ENOUGH, Distribution, seconds
from chaos.report.pictures import Picture
from chaos.report.promises import MET, conditions
from chaos.report.strips import strips
from chaos.report.templates import template

__all__ = ["render"]


@dataclass(frozen=True)
class _Row:
    """A line of the figures' table."""

    name: str
    now: Distribution
    before: Distribution | None
    must: tuple[float, float] | None
    aim: tuple[float, float] | None
    met: str


def _rows(measured: Measured) -> list[_Row]:
    goals = {goal.figure: goal for goal in measured.goals}
    rows = []
    for name, now in measured.figures.items():
        goal = goals.get(name)
        must, aim, met = (goal.must, goal.aim, goal.met(now)) if goal else (None, None, "")
        rows.append(_Row(name, now, measured.before.get(name), must, aim, met))
    return rows


def _headline(measured: Measured) -> str:
    """Return the figure that the summary shows: the first with a target, else the first write gap."""
    wanted = [goal.figure for goal in measured.goals]
    wanted += [name for name in measured.figures if name.startswith("write_gap")]
    return next((name for name in wanted if name in measured.figures), "")


def _says(measured: Measured) -> str:
    if not measured.n:
        return "invalid" if measured.invalid else "idle"
    return "broken" if measured.failed else "kept"


def render(report: Report, pictures: Mapping[tuple[str, str, bool], Sequence[Picture]]) -> str:
    """Return the page. `pictures` by experiment and target. Experiments whose promise was broken come first."""
    ordered = sorted(report.measured, key=lambda each: (not each.failed, not each.n, not each.invalid))
    parts = {each.key: Markup(strips(each, f"strips-{number}")) for number, each in enumerate(ordered)}
    return template("report.html.j2").render(
        report=report,
        ordered=ordered,
        strips=parts,
        pictures=pictures,
        rows=_rows,
        headline=_headline,
        says=_says,
        conditions=lambda measured: conditions(measured).replace("`", ""),
        seconds=seconds,
        met=MET,
        enough=ENOUGH,
        svg=Markup,
    )
