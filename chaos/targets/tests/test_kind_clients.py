import pytest

from chaos.targets.base import TargetError
from chaos.targets.kind_clients import SUMMARIES, Clients
from chaos.targets.kind_doors import ways

MEMBERS = ("postgres-0", "postgres-1")


@pytest.fixture
def clients() -> Clients:
    return Clients(ways("172.18.0.4", MEMBERS), "secret")


def test_every_kind_can_be_made_under_its_own_name(clients: Clients) -> None:
    made = {kind: [workload.name for workload in clients.make(kind, 5)] for kind in SUMMARIES}
    probes = made.pop("probe")
    assert made == {kind: [kind] for kind in made}
    assert probes == [f"probe@{member}" for member in MEMBERS]


def test_a_kind_there_is_not_is_refused_with_those_there_are(clients: Clients) -> None:
    with pytest.raises(TargetError, match="no workload 'pgpol'; say one of pgpool, "):
        clients.make("pgpol", 5)


@pytest.mark.parametrize(
    ("reader", "writer"),
    [("pgpool-read", "pgpool"), ("pgpool-own-read", "pgpool"), ("todos-read", "todos")],
)
def test_a_reader_needs_a_writer_of_its_own_run(clients: Clients, reader: str, writer: str) -> None:
    def wanting() -> None:
        with pytest.raises(TargetError, match=f"{reader} looks for what {writer} wrote"):
            clients.make(reader, 5)

    wanting()
    clients.make(writer, 5)
    clients.make(reader, 5)
    wanting()


def test_the_password_is_in_no_message(clients: Clients) -> None:
    assert "secret" not in f"{clients} {clients.login()}"
