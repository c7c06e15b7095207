"""`python -m chaos report`: from stored histories to one HTML file and one JSON, and to the committed pages."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from chaos import kept
from chaos.experiment import Experiment, ExperimentError, load, names
from chaos.report.html import render
from chaos.report.measured import Report
from chaos.report.pictures import Picture, chosen, pictures, typical
from chaos.report.promises import OWN, PICTURED, between_markers, known, page, table
from chaos.report.results import ReportError, histories, result_of
from chaos.report.summary import summarise
from chaos.report.written import dumps, published, read, whole

__all__ = ["ROOT", "add_arguments", "main", "publish", "write"]

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path("build") / "chaos"
"""Where campaigns put their runs, below the repository."""
DONE, BROKEN, UNUSABLE = 0, 1, 2
COMMAND = "command"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `report` can be told."""
    here = ROOT / BUILD
    parser.add_argument("histories", nargs="*", type=Path, metavar="HISTORY",
                        help="files, or folders with judged histories; default: all in build/chaos, "
                             "and what docs/histories keeps of former machines")  # fmt: skip
    parser.add_argument("--previous", type=Path, metavar="FILE",
                        help="the report to compare with; default docs/chaos-report.json")  # fmt: skip
    parser.add_argument("--out", type=Path, default=here / "report", metavar="FOLDER",
                        help="where report.html and report.json go; default build/chaos/report")  # fmt: skip
    parser.add_argument(
        "--again", action="store_true", help="judge every history anew instead of trusting its verdict"
    )
    parser.add_argument("--publish", action="store_true",
                        help="also write docs/chaos-report.json, docs/promises.md and README's table, "
                             "and keep the runs behind them in docs/histories")  # fmt: skip


def main(told: argparse.Namespace) -> int:
    """Make the report; 1 when a promise was broken, 2 when there is nothing to report on."""
    try:
        report = _summary(told)
        write(report, told.out)
        if told.publish:
            publish(report, ROOT)
    except (ReportError, ExperimentError, kept.KeptError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    said_nothing = sum(each.invalid for each in report.measured)
    tried = [each for each in report.measured if each.n]
    runs = sum(each.n for each in tried)
    print(f"{len(tried)} experiments, {runs} valid runs, {said_nothing} invalid ones.")
    print(f"{len(report.failed)} with a broken promise: {told.out / 'report.html'}")
    return BROKEN if report.failed else DONE


def _summary(told: argparse.Namespace) -> Report:
    build = ROOT / BUILD
    if not told.histories:
        build.mkdir(parents=True, exist_ok=True)
        kept.restore(ROOT / kept.FOLDER, build)
    results = [result_of(path, told.again) for path in histories(told.histories or [build])]
    committed = ROOT / "docs" / "chaos-report.json"
    source = told.previous or (committed if committed.exists() else None)
    return summarise(
        results,
        _experiments({each.experiment for each in results}),
        made=datetime.now(UTC).date().isoformat(),
        root=ROOT,
        previous=read(source) if source else None,
    )


def _experiments(tried: Set[str]) -> Mapping[str, Experiment]:
    every = [load(name) for name in names()]
    # What needs a command from its user is not missed where nobody gave one.
    ours = {each.name for each in every if all(step.kind != COMMAND for step in each.faults)}
    return {each.name: each for each in every if each.name in ours | tried}


def write(report: Report, folder: Path) -> None:
    """Write report.html and report.json. Raises ReportError when a history cannot be drawn."""
    drawn: dict[tuple[str, str, bool], list[Picture]] = {}
    for number, each in enumerate(report.measured):
        drawn[each.key] = list(pictures(chosen(each), f"timeline-{number}"))
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / "report.html", render(report, drawn))
    _replace(folder / "report.json", dumps(whole(report)))


def publish(report: Report, root: Path) -> None:
    """Write what is committed. What was measured before and not again here stays, with its version and date.

    Raises ReportError when README has no place for the table.
    """
    readme, committed = root / "README.md", root / "docs" / "chaos-report.json"
    text = readme.read_text()
    between_markers(text, "")
    before = {each.key: each for each in (read(committed).measured if committed.exists() else ()) if each.n}
    mine = [each if each.n else before.get(each.key, each) for each in report.measured if each.target == OWN]
    here = {each.key for each in mine}
    mine += [each for key, each in before.items() if key not in here]
    own = replace(report, measured=tuple(sorted(mine, key=lambda each: each.key)))
    _replace(committed, dumps(published(own)))
    # From here on from the file, rounded as it is: that is what the pages are checked against.
    shown = read(committed)
    _replace(root / "docs" / "promises.md", page(shown, known()))
    _replace(readme, between_markers(text, table(shown, known())))
    _keep([run.path for each in report.measured if each.target == OWN for run in each.runs], root)
    wanted = [each for each in own.measured if each.experiment == PICTURED and not each.baseline]
    for run in filter(None, map(typical, wanted)):
        for picture in pictures([("typical", run)], "failover", most=1, alone=True):
            _replace(root / "docs" / "failover.svg", picture.svg)


def _keep(runs: Sequence[Path], root: Path) -> None:
    """Keep the published runs, as far as they lie where campaigns put them, and none of the versions before."""
    build = root / BUILD
    ours = [path for path in map(Path.absolute, runs) if path.is_relative_to(build)]
    kept.keep(ours, build, root / kept.FOLDER)
    kept.drop_others({path.parent for path in ours}, build, root / kept.FOLDER)


def _replace(path: Path, text: str) -> None:
    """A reader never sees half a file."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text)
    os.replace(beside, path)
