import pytest

from chaos.observers.decisions_lines import STAMP, decision_in, order_of, split, wall_of


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        (
            "2026-11-24 03:26:40,499 INFO ha.server postgres started, pid 31",
            "ha.server: postgres started, pid 31",
        ),
        ("2026-11-24 03:26:40,499 ERROR ha.node boom", "ha.node ERROR: boom"),
        (
            '[2026-11-24 03:26:46] [NOTICE] new standby "postgres-1" (ID: 1001) has connected',
            'repmgrd NOTICE: new standby "postgres-1" (ID: 1001) has connected',
        ),
        (
            '[2026-11-24 03:28:42] [INFO] monitoring primary node "postgres-0" (ID: 1000) in normal state',
            None,
        ),
        ("[2026-11-24 03:28:42] [DETAIL] more of it", None),
        (
            "2026-11-24 03:26:42.450 GMT [27] LOG:  received promote request",
            "postgres: received promote request",
        ),
        (
            '2026-11-24 03:26:42.482 GMT [80] repmgr@[unknown] postgres-2 LOG:  standby "postgres-2" is now',
            None,
        ),
        (
            "2026-11-24 03:31:45.271: main pid 1: LOG:  failover: set new primary node: 1",
            "pgpool main: failover: set new primary node: 1",
        ),
        ("2026-11-24 03:31:45.271: todo-rw pid 88: LOG:  failover or failback event detected", None),
        ("\tFROM todos ", None),
        ("", None),
    ],
)
def test_decisions_are_told_from_chatter(line: str, decision: str | None) -> None:
    assert decision_in(line) == decision


def test_a_line_is_a_stamp_and_a_text() -> None:
    assert split("2026-11-24T03:26:39.5Z a b") == ("2026-11-24T03:26:39.5Z", "a b")


def test_the_stamp_is_the_wall_clock() -> None:
    assert wall_of("1970-01-02T00:00:01.250000001Z") == pytest.approx(86401.25)
    assert wall_of("1970-01-01T00:00:02Z") == 2.0


def test_a_fraction_without_its_last_zeros_sorts_by_time() -> None:
    assert order_of("2026-11-24T03:26:39.5Z") < order_of("2026-11-24T03:26:39.500000001Z")
    assert order_of("2026-11-24T03:26:39Z") < order_of("2026-11-24T03:26:39.1Z")


def test_the_nodes_own_complaints_have_no_stamp() -> None:
    assert not STAMP.match(split("unable to retrieve container logs for containerd://c1")[0])
