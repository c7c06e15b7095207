"""The primary's pod is lost: a standby is promoted, nothing acknowledged is gone, the old node returns."""

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.kubectl import Kubectl
from e2e.platform import primary, psql, successor

NODES = "SELECT node_name, type, active FROM repmgr.nodes ORDER BY node_name"
PROMOTED = "SELECT DISTINCT event, successful FROM repmgr.events WHERE node_id = {} AND event LIKE '%promote'"


def repmgr(kubectl: Kubectl, pod: str, statement: str) -> list[str]:
    return psql(kubectl, pod, statement, database="repmgr")


def test_the_primary_pod_is_lost(target: KindTarget, kubectl: Kubectl, recorded: Recorded) -> None:
    members, old = target.facts().members, primary(target)
    since = repmgr(kubectl, old.name, "SELECT extract(epoch FROM now())")[0]
    with recorded("pod-lost") as live:
        live.inject("pod-lost", old.name)
        new = successor(target, old)
        live.wait_steady(DEADLINES.promoted)
        assert live.wait_healthy() == []

    # Whoever was asked first may have seen only one of its two standbys.
    assert (primary(target).name, primary(target).timeline) == (new.name, new.timeline)
    assert [server.timeline for server in target.reach.looker.servers()] == [old.timeline + 1] * len(members)
    roles = {member: "primary" if member == new.name else "standby" for member in members}
    assert repmgr(kubectl, new.name, NODES) == [f"{member}|{role}|t" for member, role in roles.items()]
    node_id = 1000 + int(new.name.rsplit("-", 1)[1])
    events = repmgr(
        kubectl, new.name, f"{PROMOTED.format(node_id)} AND event_timestamp > to_timestamp({since})"
    )
    assert "standby_promote|t" in events
