"""What the tests of the mutants share: the manifests that synth wrote, and verdicts of made-up runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chaos.checkers.verdict import Finding, Verdict
from chaos.events import Run
from cluster.manifests import documents

ROOT = Path(__file__).parents[3]
ORIGINAL: list[dict[str, Any]] = documents(ROOT / "dist")


def verdict(*red: str, version: str = "v1") -> Verdict:
    """A valid run in which these checkers found something."""
    run = Run("r", "e", "kind", ("postgres-0",), 1, version, "2026-11-24T04:00:00+00:00", 0.0)
    found = tuple(Finding(checker, f"{checker} is broken", 2, ("a",)) for checker in red)
    return Verdict(run, True, (), found, {})
