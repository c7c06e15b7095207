"""What follows from the settings by arithmetic; pure functions of numbers."""

from __future__ import annotations

__all__ = [
    "app_connections",
    "max_connections",
    "num_init_children",
    "pgpool_memory_mb",
    "postgres_memory_mb",
    "quorum",
    "sync_standbys",
]

MAX_POOL = 1
"""pgpool's max_pool: one user and one database, so one cached server connection per child."""
PROBES_PER_POOL = 6
"""Server connections of one pool beside its children: health check, replication check, primary search, the
pool agent's truth by direct SQL, and twice that while an old one times out (research §5.2)."""
REPMGR = 8
"""repmgrd of every node, one node's follow, rejoin or clone, and its own checks (research §5.2)."""
AGENT_PER_NODE = 2
"""Each node agent asks its own server and may ask each of the others."""
RESERVE = 20
"""The migration Job, `ha status`, a person with psql, superuser_reserved_connections (3), backups."""
BACKEND_MB = 2
"""Memory of one server process after a few statements: 1.4 MB of its own, the rest page tables (measured)."""
NODE_AGENT_MB = 160
"""Node agent, repmgrd, WAL buffers, lock tables (43 MB with 780 connections, measured) and walsenders."""
CHILD_MB = 1
"""Memory of one pgpool child: 0.3 MB idle (measured, 200 children), the rest for the rows it passes on."""
POOL_AGENT_MB = 96
"""Pool agent and pgpool's own main, health check and PCP processes."""


def quorum(nodes: int) -> int:
    """Smallest number of nodes of which any two groups overlap."""
    return nodes // 2 + 1


def sync_standbys(nodes: int) -> int:
    """k of ANY k: a write is on k+1 nodes, a winner has a majority of grants, and these must meet."""
    return nodes - quorum(nodes)


def num_init_children(clients_per_s: int, gap_bound_s: int, pools: int) -> int:
    """Children of one pool: rate x (gap bound + 1 s).

    Everybody who came during the longest gap still waits, and one pool may be lost with the primary's node.
    """
    waiting = clients_per_s * (gap_bound_s + 1)
    return -(-waiting // (pools - 1))


def max_connections(nodes: int, pools: int, children: int) -> int:
    """What all pools can open, the extra one of a rollout included, and everything beside them."""
    per_pool = children * MAX_POOL + PROBES_PER_POOL
    wanted = (pools + 1) * per_pool + REPMGR + nodes * AGENT_PER_NODE + RESERVE
    return -(-wanted // 10) * 10


def app_connections(replicas: int, workers: int, pool_size: int) -> int:
    """Connections of the application at most, the extra pod of a rollout and the migration included."""
    return (replicas + 1) * workers * pool_size + 1


def postgres_memory_mb(shared_buffers_mb: int, connections: int) -> int:
    """MiB that a node needs when every connection is in use."""
    return shared_buffers_mb + connections * BACKEND_MB + NODE_AGENT_MB


def pgpool_memory_mb(children: int) -> int:
    """MiB that a pool needs when every child is in use."""
    return children * CHILD_MB + POOL_AGENT_MB
