"""Which process is meant, by lists as nodes print them."""

from chaos.faults import processes
from chaos.faults.processes import Process, parse

# pid, container, comm and parent; the command line. As seen on kind, with the fields in between left out.
STAT = "{pid} {container} {comm}) S {parent} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {start} 0 0|{command}"
NODE = (
    (100, "ha", 50, "/opt/kube-flask/bin/python3 /opt/kube-flask/bin/ha node"),
    (110, "postgres", 100, "/usr/lib/postgresql/17/bin/postgres -D /var/lib/postgresql/pgdata"),
    (111, "postgres", 110, "postgres: postgres-0: checkpointer"),
    (112, "postgres", 110, "postgres: postgres-0: walsender repmgr 10.244.1.5(54390) streaming 0/50597B8"),
    (113, "postgres", 110, "postgres: postgres-0: repmgr repmgr 10.244.2.6(55052) idle"),
    (114, "postgres", 110, "postgres: postgres-0: postgres postgres [local] idle"),
    (116, "postgres", 110, "postgres: postgres-0: todo todo 10.244.1.4(49638) idle in transaction"),
    (115, "postgres", 110, "postgres: postgres-0: todo todo 10.244.1.4(49638) COMMIT waiting for 0/50597B8"),
    (120, "repmgrd", 100, "/usr/lib/postgresql/17/bin/repmgrd -f /run/postgresql/repmgr.conf"),
    (130, "ha", 51, "/opt/kube-flask/bin/python3 /opt/kube-flask/bin/ha status"),
)
POOL = (
    (200, "ha", 50, "/opt/kube-flask/bin/python3 /opt/kube-flask/bin/ha pool"),
    (210, "pgpool", 200, "/usr/sbin/pgpool -n -f pgpool.conf"),
    (211, "pgpool", 210, "pgpool: todo todo 10.244.2.4(41944) idle"),
    (212, "pgpool", 210, "pgpool: wait for connection request"),
)


def seen(rows: tuple[tuple[int, str, int, str], ...], drop: tuple[int, ...] = ()) -> list[Process]:
    first = rows[0][0]
    return parse(
        STAT.format(pid=pid, container=first, comm=comm, parent=parent, start=pid * 10, command=command)
        for pid, comm, parent, command in rows
        if pid not in drop
    )


def pids(found: list[Process]) -> list[int]:
    return [process.pid for process in found]


def test_a_line_of_a_node() -> None:
    line = "120 100 repmgrd) T 100 100 100 0 -1 4 5 0 0 0 2 4 0 0 20 0 1 0 1300997 15 24|repmgrd -f x "
    assert parse([line, ""]) == [Process(120, 100, 100, 1300997, "T", "repmgrd", "repmgrd -f x")]


def test_a_ticket_tells_a_process_from_its_successor() -> None:
    assert seen(NODE)[0].ticket == "100:1000"


def test_the_postmaster_has_no_postgres_above_it() -> None:
    assert pids(processes.postmaster(seen(NODE))) == [110]


def test_all_of_postgres_begins_with_the_postmaster() -> None:
    found = pids(processes.postgres_all(seen(NODE)))
    assert (found[0], sorted(found)) == (110, [110, 111, 112, 113, 114, 115, 116])


def test_the_oldest_clients_backend() -> None:
    assert pids(processes.backend(seen(NODE))) == [115]


def test_without_clients_a_connection_of_the_platform_but_no_walsender() -> None:
    assert pids(processes.backend(seen(NODE, drop=(115, 116)))) == [113]
    assert processes.backend(seen(NODE, drop=(113, 114, 115, 116))) == []


def test_a_backend_of_a_cluster_without_a_name() -> None:
    [found] = parse(
        [
            STAT.format(
                pid=1, container=1, comm="postgres", parent=0, start=1, command="postgres: a b ::1(7) idle"
            )
        ]
    )
    assert processes.backend([found]) == [found]


def test_the_agent_is_its_containers_first_process() -> None:
    assert pids(processes.agent(seen(NODE))) == [100]
    assert pids(processes.agent(seen(POOL))) == [200]


def test_repmgrd() -> None:
    assert pids(processes.repmgrd(seen(NODE))) == [120]


def test_pgpool_and_its_children() -> None:
    assert pids(processes.pgpool(seen(POOL))) == [210]
    assert pids(processes.pgpool_all(seen(POOL))) == [210, 211, 212]


def test_a_pods_sandbox_is_none_of_its_containers() -> None:
    sandbox = Process(90, 50, 90, 1, "S", "catatonit", "/usr/bin/catatonit -P")
    assert pids(processes.containers([sandbox, *seen(NODE)])) == [100]


def test_nothing_is_found_among_nobody() -> None:
    chosen = (
        processes.postmaster,
        processes.postgres_all,
        processes.backend,
        processes.agent,
        processes.pgpool_all,
    )
    assert [choose([]) for choose in chosen] == [[]] * 5
