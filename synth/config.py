"""ha.json: what the agents in the postgres and pgpool pods are told (read by ha/settings.py)."""

from __future__ import annotations

import json
from typing import Any

from synth import kube
from synth.settings import Settings

__all__ = ["AGENT_PORT", "CONFIG_MAP", "PORT", "PORTS", "data", "ha_json"]

CONFIG_MAP = "ha"
PORT = 5432
AGENT_PORT = 8008
PORTS = {"postgres": PORT, "agent": AGENT_PORT}
"""Named ports of the postgres and the pgpool pods alike."""
PCP_PORT = 9898
"""pgpool's control port, on localhost of its pod only."""


def ha_json(settings: Settings) -> dict[str, Any]:
    """The agents' settings; ports and names are fixed, everything else follows from the settings."""
    timing = settings.timing
    failpoints = settings.failpoints.active
    return {
        "cluster": settings.cluster,
        "members": list(settings.members),
        "pools": settings.host("pgpool"),
        "sync_standbys": settings.sync_standbys,
        "port": PORT,
        "agent_port": AGENT_PORT,
        "hosts_file": kube.HOSTS,
        "postgres": {
            "max_connections": settings.max_connections,
            "shared_buffers_mb": settings.postgres.shared_buffers_mb,
        },
        "timing": {
            "profile": timing.profile,
            "monitor_interval_s": timing.monitor_interval_s,
            "reconnect_attempts": timing.reconnect_attempts,
            "reconnect_interval_s": timing.reconnect_interval_s,
            "connect_timeout_s": timing.connect_timeout_s,
            "election_rerun_s": timing.election_rerun_s,
            "wal_sender_timeout_s": timing.wal_sender_timeout_s,
            "child_nodes_disconnect_s": timing.child_nodes_disconnect_s,
            **({"primary_visibility_consensus": True} if timing.primary_visibility_consensus else {}),
        },
        # It searches longer than the slowest promotion with one repeated election (research §5.2); 0, the
        # old chart's value, would be for ever and is in no profile.
        "pgpool": {
            "num_init_children": settings.num_init_children,
            "pcp_port": PCP_PORT,
            "connect_timeout_ms": timing.pgpool_connect_timeout_ms,
            "health_check_period_s": timing.health_check_period_s,
            "health_check_timeout_s": timing.health_check_timeout_s,
            "health_check_max_retries": timing.health_check_max_retries,
            "health_check_retry_delay_s": timing.health_check_retry_delay_s,
            "search_primary_timeout_s": max(30, 2 * timing.gap_bound_s + timing.election_rerun_s),
        },
        **({"failpoints_enabled": True, "failpoints": failpoints} if failpoints else {}),
    }


def data(settings: Settings) -> dict[str, str]:
    """Data of the ConfigMap."""
    return {"ha.json": json.dumps(ha_json(settings), indent=2) + "\n"}
