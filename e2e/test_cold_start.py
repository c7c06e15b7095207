"""All nodes die at once: whoever comes back first, nobody leads alone, and nothing acknowledged is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.platform import nobody_leads, primary

ALONE_S = 20
"""Long enough for a node that would take the lead to do so."""
FIRST, NEXT, LAST = 0, 1, 2

pytestmark = [pytest.mark.full, pytest.mark.only_on("kind")]


@pytest.mark.parametrize("place", [FIRST, NEXT, LAST], ids=["first", "next", "last"])
def test_the_old_primary_comes_back(target: KindTarget, recorded: Recorded, place: int) -> None:
    old = primary(target).name
    order = [member for member in target.facts().members if member != old]
    order.insert(place, old)

    with recorded("node-killed") as live:
        with ThreadPoolExecutor(len(order)) as at_once:
            dead = list(at_once.map(lambda member: live.inject("node-killed", member), order))
        live.heal(dead[FIRST])
        nobody_leads(target, ALONE_S)
        live.heal(dead[NEXT])
        live.wait_steady(DEADLINES.healthy)
        live.heal(dead[LAST])
        live.wait_steady(DEADLINES.served)
        assert live.wait_healthy() == []
