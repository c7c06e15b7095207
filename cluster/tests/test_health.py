import json
from collections.abc import Mapping

import pytest

from cluster.health import Facts, Verdict, judge, parse_ready

NODES = ("a", "b")
ADDRESSES = {"a": "10.0.0.1", "b": "10.0.0.2"}
YES = dict.fromkeys(NODES, True)


def facts(
    running: Mapping[str, bool] = YES,
    addresses: Mapping[str, str] = ADDRESSES,
    known: Mapping[str, str] = ADDRESSES,
    ready: Mapping[str, bool] | None = YES,
    answers: Mapping[str, bool] = YES,
) -> Facts:
    return Facts(running, addresses, known, ready, answers)


@pytest.mark.parametrize(
    ("seen", "verdict", "reason"),
    [
        (facts(), Verdict.HEALTHY, "every node is Ready"),
        (facts(running={}), Verdict.ABSENT, "none"),
        (facts(running={"a": True}), Verdict.BROKEN, "1 nodes, not 2"),
        (facts(known={}), Verdict.BROKEN, "interrupted"),
        (facts(running={"a": True, "b": False}), Verdict.BROKEN, "b does not run"),
        (facts(addresses={"a": "10.0.0.2", "b": "10.0.0.1"}), Verdict.BROKEN, "other addresses"),
        (facts(ready=None), Verdict.WAIT, "API"),
        (facts(ready={"a": True, "b": False}), Verdict.WAIT, "b is not Ready"),
        (facts(ready={"a": True}), Verdict.WAIT, "b is not Ready"),
        (facts(answers={"a": True, "b": False}), Verdict.WAIT, "do not answer on b"),
    ],
)
def test_verdict(seen: Facts, verdict: Verdict, reason: str) -> None:
    got, why = judge(frozenset(NODES), seen)
    assert got is verdict
    assert reason in why


def test_ready_is_the_ready_condition() -> None:
    def node(name: str, *conditions: tuple[str, str]) -> object:
        listed = [{"type": t, "status": s} for t, s in conditions]
        return {"metadata": {"name": name}, "status": {"conditions": listed} if listed else {}}

    items = [
        node("a", ("MemoryPressure", "False"), ("Ready", "True")),
        node("b", ("Ready", "Unknown")),
        node("c"),
    ]
    assert parse_ready(json.dumps({"items": items})) == {"a": True, "b": False, "c": False}
