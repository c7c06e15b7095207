"""How long anything may take, in one table.

Two kinds of numbers: how long the instrument waits before it calls something stuck, and the hard bounds on what
clients may notice, which experiments name. A bound is what a single run must keep on any machine; the stricter
targets (design.md, p50 and p95 over many runs) stand in the experiment files.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEADLINES", "Deadlines"]


@dataclass(frozen=True)
class Deadlines:
    """Seconds; each is far beyond what was measured, so that a slow machine is not a broken promise."""

    api_call: float = 60
    """One kubectl or docker command."""
    service: float = 30
    """A new NodePort leads to its pods."""
    healthy: float = 240
    """All nodes on one timeline, all pools agreeing, all workloads ready: includes a rewind or a clone."""
    first_writes: float = 20
    """A writer against a healthy platform has been acknowledged a second's worth of writes."""
    served: float = 120
    """Every workload is acknowledged, at first and after the last heal; redundancy may take until `healthy`."""
    drained: float = 120
    """kubectl drain, the grace period of a node's pods included."""
    aimed: float = 20
    """A role has somebody again whom a fault can be aimed at, although another fault is under way."""
    recording: float = 10
    """A recorder sees its first sample, on a node that is to be cut off or frozen."""
    read_back: float = 60
    """Everybody can be asked what they hold, once they are healthy."""
    command: float = 120
    """An external command that is a fault, or heals one."""

    spared: float = 5
    """Gap of a fault that hits neither the primary nor its quorum; design.md: 2 s (p95)."""
    promoted: float = 30
    """Gap of a fault after which a standby has become primary; design.md: 6 s (p95) for a lost pod."""
    cut_off: float = 60
    """Gap when the primary's node is silent instead of gone; design.md: 13 s (p95)."""
    fenced: float = 5
    """A deposed node still answers so long after the cut; design.md, fence."""
    restarted: float = 30
    """Gap of a single server that is stopped and started on the same data."""


DEADLINES = Deadlines()
