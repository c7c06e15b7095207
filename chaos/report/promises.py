"""docs/promises.md and README's table, written from docs/chaos-report.json and nothing else that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chaos.report.measured import Measured, Report
from chaos.report.numbers import ENOUGH, Distribution, seconds
from chaos.report.results import ReportError
from chaos.report.summary import is_gap
from chaos.report.templates import template

__all__ = [
    "OWN",
    "PICTURED",
    "Promise",
    "between_markers",
    "conditions",
    "figures",
    "kept",
    "known",
    "page",
    "table",
]

FILE = Path(__file__).parent / "promises.yaml"
BEGIN, END = "<!-- promises:begin -->", "<!-- promises:end -->"
OWN = "kind"
"""The target that is this platform; only its figures are published."""
PICTURED = "pod-lost"
"""The experiment whose typical run is the picture in docs/."""
WORKLOADS = {"pgpool": "through pgpool", "direct": "direct", "todos": "over HTTP"}
"""Those whose write gaps stand in README; the page lists all."""
SOAKS = {"soak": "python -m chaos soak", "single-faults": "python -m chaos soak --single"}
"""The command behind what has no file in chaos/experiments."""
MET = {"aim": "met, and the aim too", "must": "met", "missed": "not yet", "": "not measured"}
UNDER_TABLE = (
    "Write gap: longest time between two acknowledgements at a client on a fixed schedule; median / p95 / max"
)


@dataclass(frozen=True)
class Promise:
    """What users may rely on: proven by an experiment, by tests, or by both."""

    experiment: str = ""
    promise: str = ""
    short: str = ""
    """For README; empty: only on the page."""
    tests: tuple[str, ...] = ()


def known() -> list[Promise]:
    """Return the promises in their order, as chaos/report/promises.yaml has them."""
    raw = yaml.safe_load(FILE.read_text())
    return [Promise(**each | {"tests": tuple(each.get("tests", ()))}) for each in raw]


def _measured_on_kind(promises: Sequence[Promise], report: Report) -> list[tuple[Promise, Measured | None]]:
    """Return every promise with what was measured; experiments that nobody listed come last."""
    measured = {each.experiment: each for each in report.measured if each.target == OWN and not each.baseline}
    listed = {promise.experiment for promise in promises}
    more = [Promise(name) for name in measured if name not in listed]
    return [(promise, measured.get(promise.experiment)) for promise in [*promises, *more]]


def kept(measured: Measured | None) -> str:
    """Say in how many runs the promise was kept."""
    if measured is None or not measured.n:
        return "not measured yet"
    if not measured.failed:
        return f"kept in {measured.passed} of {measured.n} runs"
    found = ", ".join(each.checker for each in measured.broken)
    return f"**broken in {measured.failed} of {measured.n} runs** ({found})"


def _three(distribution: Distribution) -> str:
    median, p95, slowest = (
        seconds(value) for value in (distribution.median, distribution.p95, distribution.max)
    )
    return f"{median.removesuffix(' s')} / {p95.removesuffix(' s')} / {slowest}"


def _gaps(measured: Measured) -> str:
    said = [
        f"{words} {_three(measured.figures[f'write_gap.{workload}'])}"
        for workload, words in WORKLOADS.items()
        if f"write_gap.{workload}" in measured.figures
    ]
    return f"write gap {', '.join(said)}" if said else ""


def conditions(*measured: Measured) -> str:
    """Say under what they were measured, of several the worst of each; empty when none ever was."""
    known = sorted((each for each in measured if each.conditions), key=_last, reverse=True)
    hows = [each.conditions for each in known if each.conditions]
    if not hows:
        return ""
    newest, shares = hows[0], [how.share for how in hows]
    versions = dict.fromkeys(f"`{each.version[:12]}`" for each in known if each.version)
    parts = [
        known[0].target,
        f"{newest.cores} cores" if newest.cores else "",
        f"{newest.members} members, {newest.sync_standbys} synchronous" if newest.members > 1 else "",
        f"profile `{newest.profile}`" if newest.profile else "",
        f"{_span(f'{min(shares):.0%}', f'{max(shares):.0%}')} of its clients" if min(shares) != 1 else "",
        _span(min(how.first for how in hows), newest.last),
        f"version {', '.join(versions)}" if versions else "",
        f"generator late by at most {max(how.lateness_p99 for how in hows) * 1000:.0f} ms (p99)",
        f"CPU steal at most {max(how.steal_max for how in hows):.0%}",
    ]
    return ", ".join(part for part in parts if part)


def _last(measured: Measured) -> str:
    return measured.conditions.last if measured.conditions else ""


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _proof(promise: Promise, up: str = "") -> str:
    links = [f"[{test}]({up}{test})" for test in promise.tests]
    if promise.experiment in SOAKS:
        return ", ".join([f"`{SOAKS[promise.experiment]}`", *links])
    if promise.experiment:
        file = f"chaos/experiments/{promise.experiment}.yaml"
        links.insert(0, f"[{promise.experiment}]({up}{file})")
    return ", ".join(links)


def table(report: Report, promises: Sequence[Promise]) -> str:
    """Return README's table and the line under it."""
    lines = ["| promise | measured | proven by |", "|---|---|---|"]
    shown = [row for row in _measured_on_kind(promises, report) if row[0].short]
    for promise, measured in shown:
        said = [kept(measured), _gaps(measured) if measured else ""]
        if not promise.experiment:
            said = ["checked in every run of the suite"]
        lines.append(f"| {promise.short} | {'; '.join(filter(None, said))} | {_proof(promise)} |")
    how = conditions(*(each for _, each in shown if each and each.n))
    under = f" ({how})" if how else ""
    return "\n".join([*lines, "", f"{UNDER_TABLE}{under}.", ""])


def figures(measured: Measured) -> list[list[str]]:
    """Return a row for each figure: name, N, median, p95, max, must, aim, how far it was met."""
    goals = {goal.figure: goal for goal in measured.goals}
    rows = []
    for name, each in filter(lambda item: is_gap(item[0]), measured.figures.items()):
        goal = goals.get(name)
        limits = (goal.must, goal.aim) if goal else (None, None)
        rows.append(
            [
                name,
                f"{each.n} (few)" if each.few else str(each.n),
                *(seconds(value) for value in (each.median, each.p95, each.max)),
                *(f"{limit[0]:g} / {limit[1]:g} s" if limit else "" for limit in limits),
                MET[goal.met(each).rstrip("?")] if goal else "",
            ]
        )
    return rows


def page(report: Report, promises: Sequence[Promise]) -> str:
    """Return docs/promises.md."""
    words: dict[str, Any] = {"proof": _proof, "kept": kept, "figures": figures, "conditions": conditions}
    words["enough"] = ENOUGH
    words["pictured"] = PICTURED
    words["baselines"] = {each.experiment: each for each in report.measured if each.baseline}
    rows = _measured_on_kind(promises, report)
    return template("promises.md.j2").render(report=report, rows=rows, **words).rstrip() + "\n"


def between_markers(text: str, new: str) -> str:
    """Return README with its table replaced. Raises ReportError when it has not exactly one pair of markers."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ReportError(
            f"README.md must hold one {BEGIN} and after it one {END}; the table goes between them."
        )
    return f"{text[: text.index(BEGIN)]}{BEGIN}\n{new}{text[text.index(END) :]}"
