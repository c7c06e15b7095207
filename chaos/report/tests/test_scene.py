from typing import Any

from chaos.events import FaultMark
from chaos.report.scene import episodes, scenes
from chaos.report.tests.simulator import BACK, failover


def mark(name: str, action: Any, at: float) -> FaultMark:
    return FaultMark(name, action, at, "x")


def test_faults_that_overlap_share_a_picture() -> None:
    marks = [mark("a", "inject", 1), mark("b", "inject", 2), mark("a", "heal", 3), mark("b", "heal", 4)]
    later = [mark("c", "inject", 5), mark("c", "heal", 6)]
    assert episodes([*later, *marks]) == [marks, later]


def test_a_heal_of_nothing_has_no_picture() -> None:
    assert episodes([mark("a", "heal", 1)]) == []


def test_a_failover_is_told_in_seconds_since_the_injection() -> None:
    [scene] = scenes(failover(1, gap=3.0))
    assert scene.title == "pod-lost on postgres-0"
    assert scene.faults[0].at == 0
    assert {gap.workload for panel in scene.panels for gap in panel.gaps} == {
        "pgpool",
        "direct",
        "todos",
        "pgpool-read",
    }
    assert 3.0 < scene.longest < 4.5
    assert scene.redundant is not None
    assert abs(scene.redundant - BACK) < 0.5


def test_probes_are_ticks_of_their_member_and_no_panel() -> None:
    [scene] = scenes(failover(1))
    old, new, other = scene.members
    assert all(at < 0 for at in old.ticks)
    assert min(new.ticks) > 2
    assert not other.ticks


def test_nothing_after_the_next_fault_belongs_to_this_one() -> None:
    second = [mark("pgpool-lost", "inject", 5030.0), mark("pgpool-lost", "heal", 5031.0)]
    first, last = scenes([*failover(1), *second])
    assert first.end <= 20
    assert last.title == "pgpool-lost on x"


def test_a_quiet_history_has_one_scene_too() -> None:
    [scene] = scenes([event for event in failover(1) if not isinstance(event, FaultMark)])
    assert (scene.title, scene.faults) == ("nothing was broken", ())
    assert scene.longest > 3


def test_a_history_without_operations_has_none() -> None:
    assert scenes(failover(1)[:1]) == []
