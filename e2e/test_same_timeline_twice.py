"""A new primary is lost before anybody followed it: the next one makes the same timeline, and both are told apart."""

import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.platform import primary, successor

pytestmark = [pytest.mark.full, pytest.mark.only_on("kind")]


def test_two_primaries_make_the_same_timeline(target: KindTarget, recorded: Recorded) -> None:
    old = primary(target)
    with recorded("node-killed") as live:
        # The agents of both standbys can vote, but whoever wins cannot be followed by the other one.
        parted = live.inject("replication-cut", "candidate<>other-standby")
        dead = live.inject("node-killed", old.name)
        first = successor(target, old)
        lost = live.inject("node-killed", first.name)
        live.heal(parted)
        live.heal(dead)
        second = successor(target, first, within=DEADLINES.healthy)
        assert first.timeline == second.timeline == old.timeline + 1
        live.wait_steady(DEADLINES.served)
        live.heal(lost)
        live.wait_steady(DEADLINES.served)
        assert live.wait_healthy() == []

    assert (primary(target).name, primary(target).timeline) == (second.name, second.timeline)
