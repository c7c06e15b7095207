"""Short ways to make judged runs for tests."""

from pathlib import Path
from typing import Any

from chaos.experiment import Experiment
from chaos.report.measured import Report
from chaos.report.results import Found, Result
from chaos.report.summary import summarise

LOST = Found("lost", "acknowledged writes are gone", 2, ("<b>v1</b> is not on postgres-0",))
EXPERIMENT = Experiment.model_validate(
    {
        "name": "pod-lost",
        "promise": "A pod may vanish.",
        "workloads": {"pgpool": 20},
        "targets": {"write_gap.pgpool": {"must": {"p50": 4, "p95": 6}, "aim": {"p50": 2, "p95": 3}}},
    }
)


def result(gap: float = 3.0, **more: Any) -> Result:
    number = more.pop("number", 1)
    fields: dict[str, Any] = {
        "path": Path(f"/h/pod-lost/v1/{number:03}.jsonl"),
        "experiment": "pod-lost",
        "target": "kind",
        "version": "v1",
        "profile": "fast",
        "began": f"2026-11-24T00:{number:02}:00+00:00",
        "members": 3,
        "sync_standbys": 1,
        "cores": 2,
        "valid": True,
        "invalid_because": (),
        "findings": (),
        "figures": {
            "write_gap.pgpool": gap,
            "latency_p99.pgpool": 0.2,
            "steal_max": 0.01,
            "lateness_p99": 0.004,
        },
    }
    return Result(**fields | more)


def report(*results: Result, previous: Report | None = None) -> Report:
    experiments = {EXPERIMENT.name: EXPERIMENT}
    return summarise(results, experiments, made="2026-11-24", root=Path("/h"), previous=previous)
