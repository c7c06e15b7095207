from chaos.clients.ledger import Ledger
from chaos.clients.reads import LedgerReads
from chaos.clients.tests.driving import attempt, drive
from chaos.conftest import Postgres
from chaos.events import Attempt


def ledger(postgres: Postgres, user: str = "todo") -> Ledger:
    return Ledger("ledger", 10, [postgres.endpoint], postgres.as_user(user), timeout_s=0.5)


def reads(postgres: Postgres, of: Ledger, fresh: bool = False) -> LedgerReads:
    return LedgerReads("reads", 10, [postgres.endpoint], postgres.login, of, fresh, timeout_s=5)


def test_there_is_nothing_to_read_before_the_first_write(postgres: Postgres) -> None:
    assert reads(postgres, ledger(postgres)).task("r", 0) is None


def test_the_newest_acknowledged_value_is_looked_for(postgres: Postgres) -> None:
    writes = ledger(postgres)
    for number in range(3):
        attempt(writes, number, "newest")
    task = reads(postgres, writes).task("newest", 0)
    assert task is not None
    assert (task.value, task.session, task.fresh) == ("newest-ledger-2", "", False)
    assert drive(task.start()) == Attempt("ok", server="here", found=True)


def test_what_is_gone_is_not_found(postgres: Postgres) -> None:
    writes = ledger(postgres)
    attempt(writes, run="vanished")
    postgres.query("DELETE FROM chaos_ledger WHERE value = 'vanished-ledger-0'")
    assert attempt(reads(postgres, writes)) == Attempt("ok", server="here", found=False)


def test_a_fresh_read_is_one_of_the_session_that_wrote(postgres: Postgres) -> None:
    writes = ledger(postgres)
    attempt(writes, run="mine")
    task = reads(postgres, writes, fresh=True).task("mine", 0)
    assert task is not None
    assert (task.session, task.fresh) == ("ledger", True)


def test_every_other_read_looks_for_what_nobody_has_acknowledged_yet(postgres: Postgres) -> None:
    writes = ledger(postgres)
    attempt(writes, 0, "early")
    under_way = writes.task("early", 1)
    looks = [reads(postgres, writes).task("early", number) for number in range(2)]
    assert [look and look.value for look in looks] == ["early-ledger-0", under_way.value]


def test_what_may_have_been_written_is_looked_for_later_too(postgres: Postgres) -> None:
    writes = ledger(postgres, "waits")
    attempt(writes, 0, "maybe")
    look = reads(postgres, writes).task("maybe", 1)
    assert look is not None
    assert look.value == "maybe-ledger-0"
    postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'waits'")


def test_a_read_that_fails_says_why(postgres: Postgres) -> None:
    writes = ledger(postgres)
    attempt(writes, run="why")
    absent = LedgerReads("reads", 1, [postgres.endpoint], postgres.as_user("absent"), writes)
    assert "absent" in attempt(absent).error
