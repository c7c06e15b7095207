"""Somebody promotes a standby by hand: nobody voted for it, so it ends at once and comes back as a standby."""

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from chaos.waiting import eventually
from e2e.conftest import Recorded
from e2e.kubectl import Kubectl
from e2e.platform import primary, psql


def test_a_standby_promoted_by_hand_is_no_primary(
    target: KindTarget, kubectl: Kubectl, recorded: Recorded
) -> None:
    old = primary(target)
    standby = next(member for member in target.facts().members if member != old.name)
    with recorded("standbys-restarted") as live:
        psql(kubectl, standby, "SELECT pg_promote()")
        eventually(
            lambda: {server.name: server.role for server in target.reach.looker.servers()},
            lambda roles: roles.get(standby) == "standby",
            within=DEADLINES.healthy,
        )
        live.wait_steady(DEADLINES.promoted)
        assert live.wait_healthy() == []
    assert (primary(target).name, primary(target).timeline) == (old.name, old.timeline)
