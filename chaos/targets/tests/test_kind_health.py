from dataclasses import replace

import pytest

from chaos.events import PoolView
from chaos.targets.kind_health import Server, judge_controllers, judge_pools, judge_servers, judge_workloads

PRIMARY = Server("postgres-0", "primary", 3, streaming=2)
STANDBYS = [Server(f"postgres-{i}", "standby", 3, streaming=1) for i in (1, 2)]
SERVERS = [PRIMARY, *STANDBYS]
VIEW = PoolView(
    "pgpool-a",
    0.0,
    {"postgres-0": "up", "postgres-1": "up", "postgres-2": "waiting"},
    {"postgres-0": "primary", "postgres-1": "standby", "postgres-2": "standby"},
)


@pytest.mark.parametrize(
    ("servers", "why"),
    [
        (SERVERS, []),
        ([PRIMARY], ["2 standbys stream from postgres-0, there must be 0."]),
        (STANDBYS, ["There must be one primary, and it is nobody."]),
        (
            [PRIMARY, replace(PRIMARY, name="postgres-1"), STANDBYS[1]],
            ["There must be one primary, and it is postgres-0 and postgres-1."],
        ),
        (
            [PRIMARY, STANDBYS[0], replace(STANDBYS[1], streaming=0)],
            ["postgres-2 is a standby that receives nothing."],
        ),
        (
            [PRIMARY, STANDBYS[0], replace(STANDBYS[1], timeline=2)],
            ["postgres-2 is on timeline 2, postgres-0 on 3."],
        ),
        (
            [replace(PRIMARY, streaming=1), STANDBYS[0], Server("postgres-2", error="refused")],
            [
                "postgres-2 does not answer SQL: refused.",
                "1 standbys stream from postgres-0, there must be 2.",
            ],
        ),
    ],
)
def test_servers(servers: list[Server], why: list[str]) -> None:
    assert judge_servers(servers) == why


@pytest.mark.parametrize(
    ("views", "why"),
    [
        ([VIEW], []),
        ([], ["There are 0 pgpool pods, there must be 1."]),
        ([replace(VIEW, error="silent")], ["pgpool-a does not tell what it sees: silent."]),
        (
            [replace(VIEW, status=VIEW.status | {"postgres-1": "down"})],
            ["pgpool-a does not use all members: postgres-1 down."],
        ),
        (
            [replace(VIEW, status={"postgres-0": "up", "postgres-1": "up"}, roles={"postgres-0": "primary"})],
            ["pgpool-a does not use all members: postgres-2 unknown."],
        ),
        (
            [replace(VIEW, roles=VIEW.roles | {"postgres-0": "standby"})],
            ["pgpool-a sends writes to nobody, the primary is postgres-0."],
        ),
        (
            [replace(VIEW, roles=VIEW.roles | {"postgres-0": "standby", "postgres-1": "primary"})],
            ["pgpool-a sends writes to postgres-1, the primary is postgres-0."],
        ),
    ],
)
def test_pools(views: list[PoolView], why: list[str]) -> None:
    assert judge_pools(views, SERVERS, 1) == why


def test_workloads() -> None:
    full = {"wanted": 2, "replicas": 2, "ready": 2, "updated": 2}
    assert judge_workloads({"pgpool": full}) == []
    why = ["pgpool has 2 replicas, 1 ready, 2 updated; 2 are wanted."]
    assert judge_workloads({"pgpool": full | {"ready": 1}}) == why


def test_controllers_that_came_back_and_one_that_did_not() -> None:
    """As the API server left them: it was back 10 s ago, and the former holder's lease runs on for a while."""
    assert judge_controllers({"kube-scheduler": 2.1, "kube-controller-manager": 12.4}) == [
        "kube-controller-manager has led nothing for 12 s: it has not renewed its lease."
    ]
