"""The primary's node is drained: the budget holds, and the API server says no to one eviction too many."""

import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.platform import primary, successor


@pytest.mark.only_on("kind")
def test_the_primarys_node_is_drained(target: KindTarget, recorded: Recorded) -> None:
    kube, members, old = target.reach.kube, target.facts().members, primary(target)
    before = {pod.name: pod for pod in kube.pods("postgres")}
    others = [member for member in members if member != old.name]
    # The same request is allowed while everybody is there: the refusal below has no other reason.
    assert kube.evict(others[0], dry_run=True) == 201

    with recorded("drain") as live:
        drain = live.inject("node-drained", old.name)
        assert drain.on == before[old.name].node
        new = successor(target, old)
        live.wait_steady(DEADLINES.promoted)
        budget = kube.budget("postgres")
        assert budget.allowed == 0
        assert budget.current >= budget.desired == len(members) - 1
        assert {member: kube.evict(member) for member in others} == dict.fromkeys(others, 429)
        live.heal(drain)
        assert live.wait_healthy() == []

    after = {pod.name: pod for pod in kube.pods("postgres")}
    assert {member: after[member].uid for member in others} == {m: before[m].uid for m in others}
    assert after[old.name].uid != before[old.name].uid
    assert primary(target).name == new.name
