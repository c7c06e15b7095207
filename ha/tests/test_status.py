"""What counts as a healthy cluster, and that everything else is said plainly."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from ha.http import Answer, Route, serve
from ha.settings import Secrets, Settings
from ha.status import Report, collect, judge, main, render

GONE: dict[str, Any] = {"error": "no answer in 2 s"}


def node(number: int, **changed: Any) -> dict[str, Any]:
    """postgres-0 is primary, the others stream from it."""
    primary = number == 0
    return {
        "name": f"postgres-{number}",
        "role": "primary" if primary else "standby",
        "timeline": 3,
        "lsn": "0/3000148",
        "streaming": not primary,
        "receiving_from": None if primary else "postgres-0.postgres.ns.svc.cluster.local",
        "replicas": [
            {"name": f"postgres-{i}", "state": "streaming", "sync_state": "quorum", "lag_bytes": i * 8}
            for i in (1, 2)
        ]
        if primary
        else [],
    } | changed


def pool(name: str = "pgpool-a", down: int | None = None, **changed: Any) -> dict[str, Any]:
    """A pool that agrees with node()."""
    backends = [
        {
            "name": f"postgres-{i}",
            "status": "down" if i == down else "up",
            "role": "standby" if i else "primary",
        }
        for i in range(3)
    ]
    return {"name": name, "primary": "postgres-0", "backends": backends} | changed


NODES = [node(0), node(1), node(2)]


def test_healthy() -> None:
    assert judge(NODES, [pool(), pool("pgpool-b")]) == []


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ([node(0, role="standby", streaming=True), node(1), node(2)], "no node is primary"),
        ([node(0), node(1, role="primary"), node(2)], "2 nodes are primary: postgres-0, postgres-1"),
        (
            [node(0), node(1), {"name": "postgres-2", **GONE}],
            "node postgres-2 is unreachable: no answer in 2 s",
        ),
        ([node(0), node(1), node(2, role="starting")], "node postgres-2 is starting"),
        (
            [node(0), node(1), node(2, streaming=False)],
            "node postgres-2 is a standby and receives from nobody",
        ),
        (
            [node(0), node(1), node(2, receiving_from="postgres-1")],
            "node postgres-2 receives from postgres-1, which is not the primary",
        ),
        (
            [node(0), node(1), node(2, timeline=2)],
            "the nodes are on different timelines: postgres-0 on 3, postgres-1 on 3, postgres-2 on 2",
        ),
    ],
)
def test_a_node_that_is_not_well(nodes: list[dict[str, Any]], sentence: str) -> None:
    assert sentence in judge(nodes, [pool()])


@pytest.mark.parametrize(
    ("pools", "sentence"),
    [
        ([], "no pgpool pod is known under the pools' name"),
        ([pool(), {"name": "10.0.0.7", **GONE}], "pool 10.0.0.7 is unreachable: no answer in 2 s"),
        ([pool(), pool("pgpool-b", primary="postgres-1")], "pool pgpool-b takes postgres-1 for the primary"),
        ([pool(primary=None)], "pool pgpool-a has no primary"),
        ([pool(down=2)], "pool pgpool-a has postgres-2 down"),
        ([pool(backends=[])], "pool pgpool-a does not know postgres-0"),
        ([pool(ready=False, probe="timeout")], "pool pgpool-a answers no SQL: timeout"),
    ],
)
def test_a_pool_that_disagrees(pools: list[dict[str, Any]], sentence: str) -> None:
    assert sentence in judge(NODES, pools)


def test_of_two_primaries_the_pool_has_to_take_the_newer() -> None:
    two = [node(0), node(1, role="primary"), node(2)]
    sentence = "pool pgpool-a takes postgres-0 for the primary, which is postgres-1"
    assert sentence in judge(two, [pool(truth="postgres-1")])
    assert judge(NODES, [pool(truth="postgres-0"), pool("pgpool-b", truth=None)]) == []


def test_a_pool_tells_what_it_did_last_and_what_it_lacks() -> None:
    last = {"at": "2026-11-24T04:32:59Z", "action": "attach", "node": "postgres-1"}
    text = shown(NODES, [pool(last_action=last, names_in_doubt=True)])
    assert "; cannot resolve the nodes' names; last attach postgres-1 at 2026-11-24T04:32:59Z" in " ".join(
        text.split()
    )


def test_a_pool_is_not_blamed_while_no_node_says_it_is_primary() -> None:
    gone = [{"name": f"postgres-{i}", **GONE} for i in range(3)]
    assert not [sentence for sentence in judge(gone, [pool()]) if sentence.startswith("pool")]


def shown(nodes: list[dict[str, Any]], pools: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    report = Report(tuple(nodes), tuple(pools), tuple(judge(nodes, pools)))
    render(report, "kube-flask", Console(file=out, width=140))
    return out.getvalue()


def test_the_table_joins_a_standby_with_what_its_primary_says() -> None:
    rows = [line for line in shown(NODES, [pool()]).splitlines() if "postgres-2" in line]
    assert [cell.strip() for cell in rows[0].strip("│").split("│")] == [
        "postgres-2", "standby", "streaming", "3", "0/3000148", "16 B", "quorum", "postgres-0",
    ]  # fmt: skip
    assert rows[1].startswith("pool pgpool-a: primary postgres-0;")


def test_what_is_wrong_is_printed() -> None:
    text = shown([node(0), node(1), {"name": "postgres-2", **GONE}], [pool(primary=None)])
    assert "no answer in 2 s" in text
    assert "✗ pool pgpool-a has no primary" in text
    assert "healthy" not in text


@pytest.fixture
def port() -> Iterator[int]:
    """A real pool agent's /status on this machine."""
    server = serve(0, [Route("GET", "/status", lambda _: Answer(200, pool()), "tok")], "127.0.0.1")
    yield server.server_port
    server.shutdown()
    server.server_close()


def settings(port: int, token: str) -> Settings:
    raw = {"cluster": "c", "members": ["postgres-0.invalid"], "pools": "127.0.0.1", "sync_standbys": 0}
    raw |= {"port": 5432, "agent_port": port, "postgres": {}, "timing": {}, "pgpool": {}}
    return Settings.parse(raw, Secrets(read_token=token), "")


def test_everybody_is_asked_and_json_says_it_all(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(settings(port, "tok"), as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["nodes"] == [{"name": "postgres-0", "error": "its name does not resolve"}]
    assert found["pools"] == [pool()]
    assert found["healthy"] is False
    assert "no node is primary" in found["why"]


def test_a_wrong_token_is_named(port: int) -> None:
    assert collect(settings(port, "other")).pools == ({"name": "127.0.0.1", "error": "HTTP 401"},)


def test_a_dead_agent_is_named(port: int) -> None:
    assert collect(settings(1, "tok")).pools == ({"name": "127.0.0.1", "error": "connection refused"},)
