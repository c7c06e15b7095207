"""What all judged runs together say: per experiment and version, verdicts, distributions, conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from chaos.checkers.verdict import CHECKERS
from chaos.experiment import Experiment
from chaos.report.measured import Broken, Conditions, Measured, Report
from chaos.report.numbers import Distribution, Goal
from chaos.report.results import BASELINE, Result

__all__ = ["CONDITIONS", "GAPS", "is_gap", "order", "summarise"]

CONDITIONS = ("lateness_p99", "steal_max", "busy_mean")
GAPS = ("write_gap", "read_gap", "rto", "deposed_s", "redundancy")


def order(figure: str) -> tuple[int, str]:
    """Sort figures by this: first what clients had to wait for."""
    kind = figure.split(".")[0]
    return GAPS.index(kind) if kind in GAPS else len(GAPS), figure


def is_gap(figure: str) -> bool:
    """Whether it is a time that clients or operators had to wait, so that it is published."""
    return figure.split(".")[0] in GAPS


def _broken(runs: Sequence[Result], root: Path) -> tuple[Broken, ...]:
    found = []
    for checker in CHECKERS:
        hits = [(run, f) for run in runs for f in run.findings if f.checker == checker]
        if hits:
            newest, finding = hits[-1]
            example = finding.examples[0] if finding.examples else ""
            path = newest.path.relative_to(root) if newest.path.is_relative_to(root) else newest.path
            total = sum(f.count for _, f in hits)
            found.append(
                Broken(checker, len({r.path for r, _ in hits}), total, finding.what, example, str(path))
            )
    return tuple(found)


def _conditions(runs: Sequence[Result]) -> Conditions:
    last = runs[-1]
    worst = {name: max((r.figures.get(name, 0.0) for r in runs), default=0.0) for name in CONDITIONS}
    began = sorted(run.began for run in runs)
    return Conditions(
        last.cores,
        last.profile,
        last.members,
        last.sync_standbys,
        began[0][:10],
        began[-1][:10],
        **worst,
        share=last.share,
    )


def _figures(runs: Sequence[Result]) -> dict[str, Distribution]:
    # A probe is bound to one member: only its primary answers it, so it has no latency worth a distribution.
    names = {n for run in runs for n in run.figures if "@" not in n} - set(CONDITIONS)
    names_in_order = sorted(names, key=order)
    return {n: Distribution.of([run.figures[n] for run in runs if n in run.figures]) for n in names_in_order}


def _goals(experiment: Experiment | None) -> tuple[Goal, ...]:
    return tuple(
        Goal(figure, (t.must.p50, t.must.p95), (t.aim.p50, t.aim.p95) if t.aim else None)
        for figure, t in (experiment.targets if experiment else {}).items()
    )


def _measured(runs: Sequence[Result], experiment: Experiment | None, root: Path) -> Measured:
    runs = sorted(runs, key=lambda run: (run.began, str(run.path)))
    valid = [run for run in runs if run.valid]
    reasons = Counter(why for run in runs if not run.valid for why in run.invalid_because)
    return Measured(
        experiment=runs[0].experiment,
        target=runs[0].target,
        version=runs[0].version,
        promise=experiment.promise if experiment else "",
        n=len(valid),
        failed=sum(run.failed for run in valid),
        invalid=len(runs) - len(valid),
        invalid_because=dict(sorted(reasons.items())),
        broken=_broken(valid, root),
        figures=_figures(valid),
        goals=() if runs[-1].profile == BASELINE else _goals(experiment),
        conditions=_conditions(valid or runs),
        runs=tuple(runs),
    )


def _never_run(experiment: Experiment) -> Measured:
    nothing = {"invalid_because": {}, "figures": {}, "broken": (), "goals": _goals(experiment)}
    return Measured(
        experiment.name,
        "kind",
        "",
        experiment.promise,
        0,
        0,
        0,
        conditions=None,
        **nothing,  # type: ignore[arg-type]
    )


def _compared(now: Measured, previous: Report | None) -> Measured:
    before = [each for each in (previous.measured if previous else ()) if each.key == now.key and each.n]
    return replace(now, before=before[0].figures, version_before=before[0].version) if before else now


def summarise(
    results: Iterable[Result],
    experiments: Mapping[str, Experiment],
    *,
    made: str,
    root: Path,
    previous: Report | None = None,
) -> Report:
    """Put judged runs together. Histories are named relative to `root`; `made` is a date.

    Of an experiment on a target, the version with the newest run is reported, all others are older.
    Experiments in `experiments` that were never run are there with n = 0.
    """
    by_version = lambda run: (run.experiment, run.target, run.version, run.share)  # noqa: E731
    newest: dict[tuple[str, str, bool], Measured] = {}
    older: list[Measured] = []
    for _, group in groupby(sorted(results, key=by_version), key=by_version):
        runs = list(group)
        this = _measured(runs, experiments.get(runs[0].experiment), root)
        other = newest.get(this.key)
        if other and other.runs[-1].began > this.runs[-1].began:
            older.append(this)
        else:
            older += [other] if other else []
            newest[this.key] = this
    run_somewhere = {name for name, _, baseline in newest if not baseline}
    idle = [_never_run(each) for name, each in experiments.items() if name not in run_somewhere]
    measured = sorted([*newest.values(), *idle], key=lambda each: each.key)
    return Report(made, tuple(_compared(each, previous) for each in measured), tuple(older))
