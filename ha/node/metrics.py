"""A node's account of itself for Prometheus, made from its status at every scrape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from ha.metrics import PREFIX
from ha.node.facts import ROLES, NodeStatus
from ha.vote.epoch import NEVER, Epoch
from ha.vote.record import Record

__all__ = ["families"]


def families(me: NodeStatus, phases: Mapping[str, float], epoch: Epoch | None) -> Iterator[Metric]:
    """Role, epoch, timeline, position, lag and confirmations; `phases`: seconds of the failover to `epoch`."""
    role = GaugeMetricFamily(f"{PREFIX}role", "1 for the role this node has now.", labels=["role"])
    for name in ROLES:
        role.add_metric([name], name == me.role)
    yield role
    led = me.leads if me.leads is not None else me.following
    yield _one("epoch", "The epoch it leads or follows, -1 for neither.", NEVER if led is None else led)
    yield _one("timeline", "PostgreSQL's timeline.", me.timeline)
    yield _one("lsn_bytes", "Flushed, or of a standby replayed, up to this LSN.", me.lsn)
    yield _one("streaming", "1 while a walreceiver is connected.", me.streaming)
    yield _one("confirming_standbys", "Standbys that confirmed a probe of the last second.", me.confirming)
    held = len(me.memory.holds) if isinstance(me.memory, Record) else -1
    yield _one(
        "open_holds", "Epochs this node voted for that may still be led; -1: its record is lost.", held
    )
    lag = GaugeMetricFamily(f"{PREFIX}replica_lag_bytes", "WAL not yet replayed there.", labels=["node"])
    sync = GaugeMetricFamily(
        f"{PREFIX}replica_sync", "1 while it may confirm commits.", labels=["node", "state"]
    )
    for replica in me.replicas:
        lag.add_metric([replica.name], replica.lag_bytes)
        sync.add_metric([replica.name, replica.sync_state], replica.sync_state in ("sync", "quorum"))
    yield lag
    yield sync
    if epoch is not None:
        took = GaugeMetricFamily(
            f"{PREFIX}failover_phase_seconds",
            "What each phase of the last failover that this node won took.",
            labels=["phase"],
        )
        for name, seconds in phases.items():
            took.add_metric([name], seconds)
        yield took
        yield _one("failover_epoch", "The epoch that failover began.", epoch)


def _one(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}{name}", help_text, value=float(value))
