import pytest

from chaos.report.words import in_brief, matters, short

# Lines as the pods of kind wrote them.
PING = (
    'repmgrd WARNING: unable to ping "host=postgres-1.postgres.kube-flask.svc.cluster.local port=5432 user=repmgr'
    ' passfile=/run/postgresql/pgpass connect_timeout=1 dbname=repmgr"'
)
SHUTDOWN = (
    "pgpool main: === Failover done. shutdown host postgres-1.postgres.kube-flask.svc.cluster.local(5432) ==="
)
FOLLOW = (
    "ha.node: decision Follow(primary='postgres-0') from NodeStatus(name='postgres-2', role='standby', timeline=21,"
    " replicas=()) and postgres-0=primary 22@0/5757CC8, postgres-1=starting 0@0/0"
)
GATE = "ha.actions: promotion gate: Verdict(allowed=False, why='this node is starting')"
SEEN = (
    'ha.pool: seen {"truth": null, "view": {"postgres-0": "up primary", "postgres-1": "down standby"},'
    ' "nodes": {"postgres-0": "unknown timeline 0"}}'
)
ATTACH = (
    'ha.pool WARNING: decision {"at": "2026-11-24T04:32:59Z", "action": "attach", "node": "postgres-1", "rule": 4,'
    ' "why": "postgres-1 streams and is down in pgpool", "facts": {"view": []}}'
)
CUT = 'ha.pool WARNING: decision {"at": "2026'


@pytest.mark.parametrize(
    ("text", "brief", "important"),
    [
        (PING, "repmgrd WARNING: unable to ping postgres-1", False),
        (SHUTDOWN, "pgpool main: === Failover done. shutdown host postgres-1 ===", True),
        (
            FOLLOW,
            "ha.node: decision Follow(primary='postgres-0'); hears postgres-0=primary 22@0/5757CC8,"
            " postgres-1=starting 0@0/0",
            True,
        ),
        (GATE, "ha.actions: promotion gate: refused: this node is starting", True),
        (SEEN, "ha.pool: sees primary nowhere; pgpool has postgres-0, down postgres-1", False),
        (ATTACH, "ha.pool: decision attach postgres-1: postgres-1 streams and is down in pgpool", True),
        (CUT, CUT, True),
        ('ha.pool: seen {"view": 1}', 'ha.pool: seen {"view": 1}', False),
        ("anything else", "anything else", False),
    ],
)
def test_a_line_is_shortened_and_weighed(text: str, brief: str, important: bool) -> None:
    assert in_brief(text) == brief
    assert matters(brief) == important


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("pgpool-54f865c787-lfrj5", "pgpool lfrj5"),
        ("postgres-0", "postgres-0"),
        ("kube-flask-worker2", "kube-flask-worker2"),
        ("postgres-1<>postgres-0", "postgres-1<>postgres-0"),
    ],
)
def test_a_pod_is_called_without_its_hash(name: str, shown: str) -> None:
    assert short(name) == shown
