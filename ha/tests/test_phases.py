import logging

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ha.metrics import registry
from ha.node.facts import NodeStatus, Replica
from ha.node.metrics import families
from ha.node.phases import Phases, durations
from ha.vote.epoch import Epoch
from ha.vote.record import GENESIS


def test_each_phase_takes_what_passed_since_the_one_before() -> None:
    stamps = {"noticed": 1.0, "stood": 1.5, "won": 2.0, "led": 4.0, "confirmed": 4.25}
    assert durations(stamps) == {"stood": 0.5, "won": 0.5, "led": 2.0, "confirmed": 0.25, "total": 3.25}


def test_a_failover_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    phases = Phases()
    for phase in ("noticed", "stood", "won", "promoted", "led"):
        phases.stamp(phase)
    phases.complete(Epoch(4))
    phases.complete(Epoch(4))
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["phases of 4, seconds"]
    assert (phases.epoch, set(phases.last)) == (4, {"stood", "won", "promoted", "led", "confirmed", "total"})


def test_what_was_forgotten_is_no_failover() -> None:
    phases = Phases()
    phases.notice()
    phases.forget()
    phases.complete(Epoch(4))
    assert phases.epoch is None
    with pytest.raises(KeyError):
        phases.stamp("wond")


def test_a_nodes_metrics() -> None:
    me = NodeStatus(
        "postgres-0",
        "primary",
        2,
        77,
        leads=Epoch(4),
        confirming=1,
        memory=GENESIS,
        replicas=(Replica("postgres-1", "streaming", "quorum", 9),),
    )
    text = generate_latest(registry(lambda: families(me, {"total": 1.5}, Epoch(4)))).decode()
    samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
    found = {s.name.removeprefix("kube_flask_"): s.value for s in samples if not s.labels}
    assert (found["epoch"], found["timeline"], found["lsn_bytes"], found["confirming_standbys"]) == (
        4,
        2,
        77,
        1,
    )
    labelled = {tuple(s.labels.values()): s.value for s in samples if s.labels}
    assert (labelled["primary",], labelled["standby",], labelled["postgres-1",], labelled["total",]) == (
        1,
        0,
        9,
        1.5,
    )


def test_a_node_without_a_record_says_so() -> None:
    text = generate_latest(registry(lambda: families(NodeStatus("a", "starting"), {}, None))).decode()
    assert "kube_flask_open_holds -1.0" in text
    assert "failover" not in text
