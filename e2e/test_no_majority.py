"""The primary and a standby are lost: the one that is left does not lead, and either of them heals the cluster."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.platform import nobody_leads, primary

ALONE_S = 30
"""Far beyond the slowest failover there is with a majority."""

pytestmark = [pytest.mark.full, pytest.mark.only_on("kind")]


@pytest.mark.parametrize("returns", ["the primary", "the standby"])
def test_two_of_three_are_lost(target: KindTarget, recorded: Recorded, returns: str) -> None:
    old = primary(target).name
    standby = next(member for member in target.facts().members if member != old)

    with recorded("node-killed") as live:
        with ThreadPoolExecutor(2) as at_once:
            lost = list(at_once.map(lambda member: live.inject("node-killed", member), (old, standby)))
        nobody_leads(target, ALONE_S)
        if returns == "the standby":
            lost.reverse()
        for fault in lost:
            live.heal(fault)
            live.wait_steady(DEADLINES.healthy)
        assert live.wait_healthy() == []
