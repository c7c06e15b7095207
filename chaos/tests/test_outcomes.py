import pytest

from chaos.sql import outcome_of


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
    ],
)
def test_only_what_surely_was_not_applied_is_a_failure(
    sqlstate: str | None, commit_sent: bool, outcome: str
) -> None:
    assert outcome_of(sqlstate, commit_sent=commit_sent) == outcome
