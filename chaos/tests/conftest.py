"""Real runs against this machine's own PostgreSQL: the target, psql for what breaks it, and no long waits."""

from collections.abc import Callable

import pytest

from chaos import run_health, run_live
from chaos.checkers import validity
from chaos.conftest import BINARIES, Postgres
from chaos.targets.dsn import DsnTarget

Aim = Callable[..., DsnTarget]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_live, "STEADY_S", 0.2)
    monkeypatch.setattr(run_health, "HEALTH_S", 0.1)
    # Other tests may keep the machine busy, and these are not about how late the generator is.
    monkeypatch.setattr(validity, "LATE_S", 10.0)


@pytest.fixture
def dsn(postgres: Postgres) -> str:
    return f"postgresql://todo@127.0.0.1:{postgres.endpoint.port}/postgres"


@pytest.fixture
def aim(dsn: str) -> Aim:
    def target(inject: str | None = None, heal: str | None = None) -> DsnTarget:
        return DsnTarget(dsn, inject=inject, heal=heal)

    return target


@pytest.fixture
def psql(dsn: str) -> str:
    return f"{BINARIES[-1].parent}/psql -Atq {dsn}"
