"""The primary and a standby are lost: the one left leads only at a person's word, and either heals the cluster."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.kubectl import Kubectl, Refused
from e2e.platform import nobody_leads, primaries, primary

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


def test_an_operator_lets_the_last_one_lead(target: KindTarget, recorded: Recorded, kubectl: Kubectl) -> None:
    old = primary(target).name
    standby, left = (member for member in target.facts().members if member != old)
    unlock = ("exec", left, "--container=postgres", "--", "ha", "unlock")

    with recorded("node-killed") as live:
        with pytest.raises(Refused, match="so there is nothing to unlock"):
            kubectl(*unlock, "--yes")
        lost = [live.inject("node-killed", standby)]
        # From here on whatever is acknowledged is on the one that will be left.
        live.wait_steady(DEADLINES.served)
        lost.append(live.inject("node-killed", old))
        nobody_leads(target, ALONE_S / 2)
        with pytest.raises(Refused, match="or with --yes"):
            kubectl(*unlock)
        assert primaries(target) == []
        kubectl(*unlock, "--yes")
        assert primary(target).name == left
        for fault in lost:
            live.heal(fault)
        live.wait_steady(DEADLINES.healthy)
        assert live.wait_healthy() == []
