"""A primary leads again that wrote what nobody confirmed: it is shown when standbys have it, and not before (I6)."""

import psycopg2
import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from chaos.waiting import eventually
from e2e.conftest import Recorded
from e2e.platform import primaries, primary, query

pytestmark = [pytest.mark.full, pytest.mark.only_on("kind")]


def test_what_only_an_old_primary_has_is_not_shown(target: KindTarget, recorded: Recorded) -> None:
    old = primary(target)
    with recorded("primary-cut-from-standbys") as live:
        # It goes on writing, for confirmations that do not come.
        cut = live.inject("replication-cut", "primary>standbys")
        # One standby is not enough to go on without what it wrote.
        away = live.inject("node-paused", "other-standby")
        eventually(
            lambda: [(server.name, server.timeline) for server in primaries(target)],
            lambda seen: seen == [(old.name, old.timeline + 1)],
            within=DEADLINES.cut_off,
        )
        with pytest.raises(psycopg2.OperationalError, match="rejects connection"):
            query(target, target.reach.clients.of(old.name), "todo-ro", "SELECT 1")
        live.heal(away)
        live.heal(cut)
        live.wait_steady(DEADLINES.served)
        assert live.wait_healthy() == []
