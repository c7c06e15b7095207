"""The primary's pod is lost: a standby is promoted, nothing acknowledged is gone, the old node returns."""

import time
from collections.abc import Callable
from pathlib import Path

from e2e.breakage import lose_pod
from e2e.deadlines import DEADLINES, eventually
from e2e.platform import Platform
from e2e.watch import watching

NODES = "SELECT node_name, type, active FROM repmgr.nodes ORDER BY node_name"
PROMOTED = "SELECT DISTINCT event, successful FROM repmgr.events WHERE node_id = {} AND event LIKE '%promote'"


def repmgr(platform: Platform, pod: str, statement: str) -> list[str]:
    psql = ("psql", "--host=/run/postgresql", "--username=postgres", "--dbname=repmgr", "-qAtc", statement)
    return platform.kube("exec", pod, "--container=postgres", "--", *psql).split()


def test_the_primary_pod_is_lost(
    platform: Platform, folder: Path, measured: Callable[[str, object], None]
) -> None:
    old = platform.primary()
    since = repmgr(platform, old.name, "SELECT extract(epoch FROM now())")[0]
    with watching(platform, folder) as watch:
        at = lose_pod(platform.kube, old.name)
        watch.fault("pod-lost", old.name, at)
        [new] = eventually(
            platform.primaries,
            lambda seen: len(seen) == 1 and seen[0].name != old.name,
            within=DEADLINES.promoted,
        )
        measured("seconds_to_a_new_primary", round(time.monotonic() - at, 1))
        watch.wait_steady(since=time.monotonic())
        platform.wait_healthy()
        measured("seconds_to_full_redundancy", round(time.monotonic() - at, 1))
    measured("write_gap_seconds", watch.gaps(at))
    assert watch.judge() == {}

    assert new.timeline == old.timeline + 1
    assert platform.primary() == new
    assert platform.node(old.name).timeline == new.timeline
    roles = {pod: "primary" if pod == new.name else "standby" for pod in platform.members}
    assert repmgr(platform, new.name, NODES) == [f"{pod}|{role}|t" for pod, role in roles.items()]
    node_id = 1000 + int(new.name.rsplit("-", 1)[1])
    events = repmgr(
        platform, new.name, f"{PROMOTED.format(node_id)} AND event_timestamp > to_timestamp({since})"
    )
    assert "standby_promote|t" in events
