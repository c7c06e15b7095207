"""Which charts there are, and the order in which `kubectl apply -f` meets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cdk8s import App, Chart

from synth.namespace import add_namespace
from synth.pgpool import add_pgpool
from synth.postgres import add_postgres
from synth.secret import add_secret
from synth.settings import Settings
from synth.todo import add_migration, add_todo

__all__ = ["CHARTS", "build"]

CHARTS: tuple[tuple[str, Callable[[Chart, Settings], None]], ...] = (
    ("namespace", add_namespace),
    ("secret", add_secret),
    ("postgres", add_postgres),
    ("pgpool", add_pgpool),
    ("migration", add_migration),
    ("todo", add_todo),
)
"""One file each; the number in the file's name is the position in this table."""


def build(settings: Settings, folder: Path) -> None:
    """Write one file per chart into the folder, which must exist."""
    app = App(outdir=str(folder))
    before: Chart | None = None
    for name, add in CHARTS:
        chart = Chart(app, name, disable_resource_name_hashes=True)
        add(chart, settings)
        if before is not None:
            chart.add_dependency(before)
        before = chart
    app.synth()
