"""What the faults do when they were never injected, when their node is gone, or the API server does not answer."""

import dataclasses
import threading

import pytest

from chaos.events import Eviction
from chaos.faults import hands as hands_module
from chaos.faults.drain import CORDONED, NodeDrained, to_evict
from chaos.faults.hands import FaultError, both, wait_until
from chaos.faults.heal import heal_all
from chaos.faults.kinds import KINDS
from chaos.faults.tests.fakes import FakeCluster, pod
from chaos.targets.base import TargetError

AIMED = {
    "member": "postgres-0",
    "node": "w1",
    "pool": "pgpool-x",
    "link": "postgres-0<>postgres-1",
    "cluster": "cluster",
}
POSTMASTER = f"7 5 postgres) S 5 {'0 ' * 17}900 0|postgres -D x"
AGENT = f"5 5 ha) S 1 {'0 ' * 17}800 0|python3 bin/ha node"


@pytest.fixture
def cluster() -> FakeCluster:
    pods = [
        pod("postgres-0", "w1"),
        pod("postgres-1", "w2"),
        pod("pgpool-x", "w1", "ReplicaSet"),
        pod("todo-x", "w2"),
    ]
    return FakeCluster({"x-control-plane": "running", "w1": "running", "w2": "running"}, pods)


@pytest.mark.parametrize("kind", KINDS)
def test_a_heal_without_an_injection_leaves_everything_as_it_is(kind: str, cluster: FakeCluster) -> None:
    fault = KINDS[kind].build(cluster.hands(), AIMED[KINDS[kind].aims_at])
    fault.heal()
    fault.heal()
    assert fault.name == kind
    assert all(line.endswith(": /etc/kubernetes/manifests") or line == "w1: " for line in cluster.did)


@pytest.mark.parametrize("kind", ["node-cut", "node-deaf", "node-mute", "node-paused"])
def test_who_cannot_be_seen_from_outside(kind: str, cluster: FakeCluster) -> None:
    assert KINDS[kind].build(cluster.hands(), "w1").isolates == ("postgres-0",)


@pytest.mark.parametrize(
    ("kind", "on", "broken", "healed"),
    [
        ("node-cut", "w1", ["180 KF-", "*raw"], ["KF-", "KF-"]),
        ("postmaster-paused", "postgres-0", ["postgres-0", "180 kube", "STOP 7:900"], ["CONT 7:900", "kube"]),
    ],
)
def test_a_node_is_told_to_heal_itself_before_it_is_broken(
    kind: str, on: str, broken: list[str], healed: list[str], cluster: FakeCluster
) -> None:
    cluster.printed = [f"{AGENT}\n{POSTMASTER}", "", "at 1.0\nsent 7"] if kind != "node-cut" else []
    fault = KINDS[kind].build(dataclasses.replace(cluster.hands(), lease_s=180), on)
    fault.inject()
    fault.heal()
    said = [line.removeprefix("w1: ") for line in cluster.did]
    assert len(said) == len([*broken, *healed])
    assert all(line.startswith(begin) for line, begin in zip(said, [*broken, *healed], strict=True))


def test_a_paused_process_is_told_to_go_on_by_its_ticket(cluster: FakeCluster) -> None:
    cluster.printed = [f"{AGENT}\n{POSTMASTER}", "at 1.0\nsent 7"]
    fault = KINDS["postmaster-paused"].build(cluster.hands(), "postgres-0")
    fault.inject()
    fault.heal()
    assert cluster.did == ["w1: postgres-0", "w1: STOP 7:900", "w1: CONT 7:900"]


def test_a_process_that_ended_before_the_signal_came_is_looked_for_again(cluster: FakeCluster) -> None:
    cluster.printed = [POSTMASTER, "at 1.0", POSTMASTER.replace("7 5", "8 5"), "at 2.0\nsent 8"]
    KINDS["postmaster-killed"].build(cluster.hands(), "postgres-0").inject()
    assert cluster.did[-1] == "w1: KILL 8:900"


def test_a_node_that_is_gone_has_nothing_to_go_on(cluster: FakeCluster) -> None:
    cluster.printed = [AGENT, "sent 5"]
    fault = KINDS["agent-paused"].build(cluster.hands(), "postgres-0")
    fault.inject()
    cluster.kill("w1")
    fault.heal()
    assert not any("CONT" in line for line in cluster.did)


@pytest.mark.parametrize("kind", ["agent-paused", "node-cut"])
def test_a_heal_on_a_paused_node_is_refused_and_can_be_done_later(kind: str, cluster: FakeCluster) -> None:
    cluster.printed = [AGENT, "sent 5"] if kind == "agent-paused" else []
    fault = KINDS[kind].build(cluster.hands(), "postgres-0" if kind == "agent-paused" else "w1")
    fault.inject()
    cluster.pause("w1")
    with pytest.raises(FaultError, match="paused"):
        fault.heal()
    cluster.unpause("w1")
    fault.heal()
    assert cluster.did[-1].startswith(("w1: CONT", "w1: KF-CHAOS-"))


def test_a_link_is_cut_where_the_packets_arrive(cluster: FakeCluster) -> None:
    fault = KINDS["link-cut"].build(cluster.hands(), "postgres-0>postgres-1")
    fault.inject()
    [placed] = cluster.did
    assert placed.startswith("w2: *raw")
    assert "-s 10.1.0.0/24 -j DROP" in placed
    assert "-s 172.18.0.1 -j DROP" in placed


def test_replication_is_cut_and_the_agents_and_others_are_spared(cluster: FakeCluster) -> None:
    cluster.pods_there = [
        dataclasses.replace(pod, ip=f"10.9.0.{n}") for n, pod in enumerate(cluster.pods_there)
    ]
    KINDS["replication-cut"].build(cluster.hands(), "postgres-0>postgres-1").inject()
    [placed] = cluster.did
    dropped = [line for line in placed.splitlines() if line.endswith("-j DROP")]
    spared = {line.split()[3] for line in placed.splitlines() if line.endswith("-j RETURN")}
    assert [line.partition(" -p ")[2] for line in dropped] == [
        "tcp --dport 5432 -j DROP",
        "tcp --sport 5432 -j DROP",
    ]
    assert spared == {"10.9.0.2", "10.9.0.3"}


def test_a_link_within_one_node_is_refused(cluster: FakeCluster) -> None:
    cluster.pods_there = [pod("postgres-0", "w1"), pod("postgres-1", "w1")]
    with pytest.raises(FaultError, match="both on w1"):
        KINDS["link-cut"].build(cluster.hands(), "postgres-0>postgres-1").inject()


def test_a_node_is_started_only_when_it_is_down(cluster: FakeCluster) -> None:
    fault = KINDS["node-killed"].build(cluster.hands(), "w1")
    fault.inject()
    fault.heal()
    fault.heal()
    assert cluster.did == ["start w1"]


def test_a_pod_on_a_dead_node_is_only_deleted(cluster: FakeCluster) -> None:
    cluster.kill("w1")
    KINDS["pod-lost"].build(cluster.hands(), "postgres-0").inject()
    assert cluster.did == ["delete postgres-0 0"]


def test_a_refused_eviction_is_asked_again_and_noted(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands_module, "POLL_S", 0)
    cluster.evictions = [201, 429, 429]
    noted: list[Eviction] = []
    hands = dataclasses.replace(cluster.hands(), note=noted.append)
    NodeDrained(hands, "node-drained", "w1").inject()
    assert [(eviction.pod, eviction.status) for eviction in noted] == [
        ("postgres-0", 201),
        ("pgpool-x", 429),
        ("pgpool-x", 429),
        ("pgpool-x", 201),
    ]


def test_a_drain_ends_when_it_is_healed(cluster: FakeCluster) -> None:
    cluster.evictions = [429] * 10_000
    fault = KINDS["node-drained"].build(cluster.hands(), "w1")
    draining = threading.Thread(target=fault.inject)
    draining.start()
    assert wait_until(lambda: CORDONED in cluster.marks.get("w1", {}), 5)
    fault.heal()
    draining.join(5)
    assert not draining.is_alive()


def test_a_node_that_somebody_else_cordoned_stays_cordoned(cluster: FakeCluster) -> None:
    cluster.cordoned = {"w1"}
    fault = KINDS["node-drained"].build(cluster.hands(), "w1")
    fault.inject()
    fault.heal()
    assert (cluster.cordoned, heal_all(cluster.hands())) == ({"w1"}, [])


def test_a_drain_leaves_daemons_static_and_finished_pods() -> None:
    pods = [
        pod("a", "w", "DaemonSet"),
        pod("b", "w", "Node"),
        pod("c", "w", "Job", "Succeeded"),
        pod("d", "w", ""),
    ]
    assert [left.name for left in to_evict(pods)] == ["d"]


def test_everything_is_put_right_from_nothing_but_the_cluster(cluster: FakeCluster) -> None:
    cluster.node_states = {"x-control-plane": "running", "w1": "paused", "w2": "exited"}
    cluster.cordoned, cluster.marks = {"w2"}, {"w2": {CORDONED: "yes"}}
    cluster.printed = [
        "chain iptables raw KF-CHAOS-1\nprocess postgres\nprocess postgres\nprocess ha\nhog 9\nmanifest kube-apiserver"
    ]
    done = heal_all(cluster.hands())
    assert done[:2] == ["w1 was paused and goes on.", "w2 was down and is started."]
    assert done[-1] == "w2 was uncordoned."
    assert sorted(line.replace("x-control-plane", "w1").replace("w2", "w1") for line in done[2:-1]) == [
        "On w1, busy loops were ended.",
        "On w1, packets were dropped; 1 chain is removed.",
        "On w1, postgres (2 processes), ha hung and may go on.",
        "On w1, the manifest of kube-apiserver was put back.",
    ]
    assert heal_all(cluster.hands()) == []


def test_without_an_api_server_the_rest_is_healed_first(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chaos.faults.control.ANSWERS_S", 0)
    cluster.answers = False
    cluster.pause("w1")
    with pytest.raises(FaultError, match="did not answer"):
        heal_all(cluster.hands())
    assert cluster.node_states["w1"] == "running"


def test_the_errors_of_faults_are_those_of_their_target() -> None:
    assert issubclass(FaultError, TargetError)


def test_an_api_server_that_is_silent_is_said_in_one_sentence(cluster: FakeCluster) -> None:
    cluster.answers = False
    with pytest.raises(FaultError, match="did not answer"):
        KINDS["node-cut"].build(cluster.hands(), "w1")


def test_two_things_at_once_need_each_other() -> None:
    meeting = threading.Barrier(2, timeout=5)
    assert sorted(both(meeting.wait, meeting.wait)) == [0, 1]
