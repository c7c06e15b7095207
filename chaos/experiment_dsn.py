"""An experiment of the platform, run against any PostgreSQL: what can be asked of one endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from chaos.experiment import Experiment, ExperimentError, FaultStep
from chaos.targets.dsn_command import KIND

__all__ = ["for_endpoint"]

SAME_AS = {
    "pgpool": "ledger",
    "direct": "ledger",
    "pgpool-session": "ledger-session",
    "direct-session": "ledger-session",
    "pgpool-read": "ledger-read",
}
OWN = tuple(dict.fromkeys(SAME_AS.values()))
GAPS = ("write_gap", "read_gap")
T = TypeVar("T")


def for_endpoint(experiment: Experiment, *, command: bool) -> tuple[Experiment, list[str]]:
    """Return the experiment with workloads that every PostgreSQL can serve, and what was changed, in words.

    Its faults become the external command, at the time of the first and held as long; without a `command`
    nothing is broken. Raises ExperimentError when no workload is left.
    """
    workloads = {
        _workload(kind): rate for kind, rate in reversed(experiment.workloads.items()) if _workload(kind)
    }
    if not workloads:
        raise ExperimentError(
            f"{experiment.name}: none of its workloads is for a mere PostgreSQL ({', '.join(OWN)})."
        )
    left_out = [kind for kind in experiment.workloads if not _workload(kind)]
    first = experiment.faults[0] if experiment.faults else FaultStep(kind=KIND, on="endpoint")
    faults = [first.model_copy(update={"kind": KIND, "on": "endpoint"})] if command else []
    fitted = experiment.model_copy(
        update={
            "workloads": dict(reversed(workloads.items())),
            "faults": tuple(faults),
            "bounds": _renamed(experiment.bounds),
            "targets": _renamed(experiment.targets),
        }
    )
    notes = [f"not asked of a mere endpoint: {', '.join(left_out)}"] if left_out else []
    if experiment.faults and not command:
        notes.append("nothing is broken: there is no --inject CMD")
    return fitted, notes


def _workload(kind: str) -> str:
    return kind if kind in OWN else SAME_AS.get(kind, "")


def _renamed(by_gap: Mapping[str, T]) -> dict[str, T]:
    kept: dict[str, T] = {}
    for name, value in by_gap.items():
        gap, _, workload = name.partition(".")
        if gap in GAPS and (not workload or _workload(workload)):
            kept.setdefault(f"{gap}.{_workload(workload)}" if workload else gap, value)
    return kept
