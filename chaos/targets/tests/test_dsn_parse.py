import pytest

from chaos.clients.postgres import Endpoint
from chaos.targets.base import TargetError
from chaos.targets.dsn_parse import parse

SECRET = "hunter2"
ADDRESSES = {"db.example": "192.0.2.7", "other.example": "192.0.2.8"}


def resolve(host: str, port: int) -> str:
    if host not in ADDRESSES:
        raise OSError(-2, "Name or service not known")
    return ADDRESSES[host]


def test_a_name_is_resolved_once_and_kept_for_the_certificate() -> None:
    [place] = parse(f"postgresql://app:{SECRET}@db.example:6432/shop", resolve=resolve).places
    assert place.member == "db.example:6432"
    assert place.endpoint == Endpoint("192.0.2.7", 6432, "db.example")


def test_several_hosts_share_a_port_or_have_their_own() -> None:
    shared = parse("host=192.0.2.1,192.0.2.2 port=6432 user=app", resolve=resolve)
    own = parse("postgresql://app@192.0.2.1:5433,db.example/shop", resolve=resolve)
    assert [place.member for place in shared.places] == ["192.0.2.1:6432", "192.0.2.2:6432"]
    assert [place.member for place in own.places] == ["192.0.2.1:5433", "db.example:5432"]


def test_the_password_comes_from_the_dsn_or_else_from_outside_and_is_not_shown() -> None:
    service = parse(f"postgresql://app:{SECRET}@192.0.2.1/shop", "other")
    assert service.password == SECRET
    assert SECRET not in repr(service)
    assert parse("postgresql://app@192.0.2.1/shop", "other").password == "other"


def test_encryption_is_passed_on_and_the_database_defaults_to_the_user() -> None:
    service = parse("postgresql://app@192.0.2.1?sslmode=verify-full&connect_timeout=9")
    assert service.options == {"sslmode": "verify-full"}
    assert service.database == "app"


@pytest.mark.parametrize(
    ("dsn", "sentence"),
    [
        (
            f"postgresql:/{SECRET}",
            "The DSN cannot be read; it must look like postgresql://USER:PASSWORD@HOST",
        ),
        (f"postgresql://app:{SECRET}@[::1/x", "The DSN cannot be read"),
        ("postgresql://192.0.2.1/shop", "The DSN must name a user and a host, not a socket"),
        ("postgresql:///shop?user=app", "The DSN must name a user and a host, not a socket"),
        ("host=/run/postgresql user=app", "The DSN must name a user and a host, not a socket"),
        (
            "host=192.0.2.1 user=app port=0",
            "The DSN has the port '0' of 192.0.2.1; it must be a number from 1",
        ),
        ("host=192.0.2.1 user=app port=1,2", "The DSN has 1 hosts and 2 ports; give one port, or one each."),
        (
            "host=192.0.2.1 user=app service=x",
            "The DSN has service, which cannot be used here; leave it out.",
        ),
        (
            "postgresql://app@nowhere.example/x",
            "The DSN's host nowhere.example has no address (Name or servic",
        ),
    ],
)
def test_a_bad_dsn_gets_one_sentence_without_the_password(dsn: str, sentence: str) -> None:
    with pytest.raises(TargetError) as told:
        parse(dsn, resolve=resolve)
    assert str(told.value).startswith(sentence)
    assert SECRET not in str(told.value)
