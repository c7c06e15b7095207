import pytest

from chaos.clients.postgres import Endpoint, Login, outcome_of, parameters


@pytest.mark.parametrize(
    ("sqlstate", "commit_sent", "outcome"),
    [
        (None, False, "fail"),  # connection lost before COMMIT was sent
        ("25006", False, "fail"),  # a standby
        ("57P01", False, "fail"),  # terminated while inserting
        (None, True, "unknown"),  # connection lost while COMMIT was under way
        ("57P01", True, "unknown"),  # terminated while waiting for a standby: committed locally
        ("08006", True, "unknown"),  # pgpool lost its backend
        ("XX000", True, "unknown"),
        ("23505", True, "fail"),  # a deferred constraint rolled it back
        ("40001", True, "fail"),  # a serialization failure rolled it back
        ("40003", True, "unknown"),  # "statement completion unknown"
    ],
)
def test_only_what_surely_was_not_applied_is_a_failure(
    sqlstate: str | None, commit_sent: bool, outcome: str
) -> None:
    assert outcome_of(sqlstate, commit_sent=commit_sent) == outcome


LOGIN = Login("todo", "hush", "db", "todo-rw", {"sslmode": "require"})


def test_nothing_is_ever_resolved_not_even_for_a_certificate() -> None:
    asked = parameters([Endpoint("192.0.2.1", 5432, "db.example.com"), Endpoint("192.0.2.2", 5433)], LOGIN)
    assert (asked["host"], asked["hostaddr"], asked["port"]) == (
        "db.example.com,192.0.2.2",
        "192.0.2.1,192.0.2.2",
        "5432,5433",
    )


@pytest.mark.parametrize(("number", "attributes"), [(1, "any"), (2, "read-write")])
def test_only_of_several_the_writable_one_is_looked_for(number: int, attributes: str) -> None:
    assert parameters([Endpoint("192.0.2.1", 5432)] * number, LOGIN)["target_session_attrs"] == attributes


def test_a_name_is_refused_because_it_would_have_to_be_resolved() -> None:
    with pytest.raises(ValueError, match="localhost"):
        Endpoint("localhost", 5432)


def test_a_socket_folder_needs_no_resolving() -> None:
    assert parameters([Endpoint("/run/postgresql", 5432)], LOGIN)["hostaddr"] == ""


def test_options_such_as_sslmode_are_passed_on() -> None:
    assert parameters([Endpoint("192.0.2.1", 5432)], LOGIN)["sslmode"] == "require"


def test_the_password_is_in_no_message() -> None:
    assert "hush" not in repr(LOGIN)
