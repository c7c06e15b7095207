"""Which histories are drawn, and their timelines with the decisions listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.history import stream
from chaos.report.lanes import Note
from chaos.report.measured import Measured
from chaos.report.results import ReportError, Result
from chaos.report.scene import scenes
from chaos.report.timeline import draw

__all__ = ["Picture", "chosen", "pictures", "typical"]

FAILING = 3
"""So many of the newest failing runs of an experiment are drawn."""
SCENES = 3
"""So many faults of one history, those with the longest gaps."""
TYPICAL_FIGURE = "write_gap.pgpool"


@dataclass(frozen=True)
class Picture:
    """A drawn fault, why it was chosen, and the decisions it numbers."""

    why: str
    title: str
    svg: str
    longest: float
    notes: tuple[Note, ...]
    history: Path


def chosen(measured: Measured) -> list[tuple[str, Result]]:
    """Return the runs worth looking at: the newest that failed, then the slowest, then the newest.

    When none is valid, the newest one, which may show why.
    """
    valid = [run for run in measured.runs if run.valid]
    wanted = [("a promise was broken", run) for run in reversed(valid) if run.failed][:FAILING]
    if valid:
        wanted += [
            ("the slowest run", max(valid, key=lambda run: run.longest)),
            ("the newest run", valid[-1]),
        ]
    elif measured.runs:
        wanted = [("the newest run, which is invalid", measured.runs[-1])]
    told: dict[Path, list[str]] = {}
    for why, run in wanted:
        told.setdefault(run.path, []).append(why)
    by_path = {run.path: run for _, run in wanted}
    return [(" and ".join(whys), by_path[path]) for path, whys in told.items()]


def typical(measured: Measured) -> Result | None:
    """Return the valid run whose gap is the median; None when there is none."""
    distribution = measured.figures.get(TYPICAL_FIGURE)
    if distribution is None:
        return None
    fitting = [
        run for run in measured.runs if run.valid and run.figures.get(TYPICAL_FIGURE) == distribution.median
    ]
    return fitting[-1] if fitting else None


def pictures(
    wanted: Sequence[tuple[str, Result]], prefix: str, most: int = SCENES, alone: bool = False
) -> Iterator[Picture]:
    """Draw runs, at `most` so many faults of each; `alone` lists the decisions within the picture.

    Raises ReportError for a file that is no history.
    """
    for number, (why, run) in enumerate(wanted):
        try:
            found = scenes(stream(run.path))
        except (OSError, ValueError) as error:
            raise ReportError(f"{run.path} cannot be drawn: {error}") from error
        slowest = sorted(found, key=lambda scene: -scene.longest)[:most]
        for order, scene in enumerate(sorted(slowest, key=found.index)):
            svg = draw(scene, f"{prefix}-{number}-{order}", listed=alone)
            yield Picture(why, scene.title, svg, scene.longest, scene.notes, run.path)
