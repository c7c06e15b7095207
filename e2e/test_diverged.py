"""The old primary returns with a history of its own: what only it has is discarded, and it follows the new one."""

import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.kubectl import Kubectl
from e2e.platform import primary, psql, successor

# Committed without waiting for a standby: as an unacknowledged write, it is in the old primary's WAL only.
ALONE = ("SET synchronous_commit = local", "CREATE TABLE only_here AS SELECT 1 AS n")
FOUND = "SELECT to_regclass('only_here') IS NOT NULL"

pytestmark = [pytest.mark.full, pytest.mark.only_on("kind")]


def test_the_old_primary_has_diverged(target: KindTarget, kubectl: Kubectl, recorded: Recorded) -> None:
    old = primary(target)
    with recorded("primary-cut-from-standbys") as live:
        cut = live.inject("members-cut", "primary<>standbys")
        assert psql(kubectl, old.name, *ALONE, FOUND) == ["t"]
        new = successor(target, old)
        live.wait_steady(DEADLINES.promoted)
        live.heal(cut)
        live.wait_steady(DEADLINES.served)
        assert live.wait_healthy() == []

    assert (primary(target).name, primary(target).timeline) == (new.name, old.timeline + 1)
    assert [psql(kubectl, member, FOUND) for member in target.facts().members] == [["f"]] * 3
