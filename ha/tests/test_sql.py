"""Questions over one session, against a server that is only a socket: what matters here is when it is left."""

from __future__ import annotations

import psycopg2
import pytest

from ha import sql
from ha.sql import Silence, Talk, ask


class Session:
    """Answers every question until it is told to end."""

    def __init__(self) -> None:
        self.closed = self.ended = self.silent = False

    def cursor(self) -> Session:
        return self

    def execute(self, text: str) -> None:
        if self.ended:
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    def fetchone(self) -> tuple[int]:
        return (1,)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    made: list[Session] = []

    def connect(**dsn: object) -> Session:
        made.append(Session())
        return made[-1]

    def wait(session: Session, deadline: float) -> None:
        if session.silent:
            raise Silence("no answer in time")

    monkeypatch.setattr(psycopg2, "connect", connect)
    monkeypatch.setattr(sql, "_wait", wait)
    return made


def test_one_session_serves_many_questions(sessions: list[Session]) -> None:
    talk = Talk()
    assert [talk.ask("SELECT 1", within_s=1, host="a") for _ in range(3)] == [(1,)] * 3
    assert len(sessions) == 1


def test_a_single_question_leaves_no_session(sessions: list[Session]) -> None:
    ask("SELECT 1", within_s=1, host="a")
    assert [session.closed for session in sessions] == [True]


def test_a_session_is_renewed(sessions: list[Session]) -> None:
    talk = Talk(renew_s=0)
    talk.ask("SELECT 1", within_s=1, host="a")
    talk.ask("SELECT 1", within_s=1, host="a")
    assert [session.closed for session in sessions] == [True, False]


def test_another_address_is_another_session(sessions: list[Session]) -> None:
    talk = Talk()
    talk.ask("SELECT 1", within_s=1, host="a")
    talk.ask("SELECT 1", within_s=1, host="b")
    assert [session.closed for session in sessions] == [True, False]


def test_a_session_that_ended_since_says_nothing_about_the_server(sessions: list[Session]) -> None:
    talk = Talk()
    talk.ask("SELECT 1", within_s=1, host="a")
    sessions[0].ended = True
    assert talk.ask("SELECT 1", within_s=1, host="a") == (1,)
    assert len(sessions) == 2


def test_a_silent_session_is_left_and_not_asked_again(sessions: list[Session]) -> None:
    talk = Talk()
    talk.ask("SELECT 1", within_s=1, host="a")
    sessions[0].silent = True
    with pytest.raises(Silence, match="in time"):
        talk.ask("SELECT 1", within_s=1, host="a")
    assert sessions[0].closed
    assert len(sessions) == 1


def test_a_session_that_ended_without_a_successor_is_lost_and_silence_alone_is_not(
    sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk()
    talk.ask("SELECT 1", within_s=1, host="a")
    sessions[0].ended = True

    def refuse(**dsn: object) -> Session:
        raise psycopg2.OperationalError("Connection refused")

    monkeypatch.setattr(psycopg2, "connect", refuse)
    lost = []
    for _ in range(2):
        with pytest.raises(Silence) as silence:
            talk.ask("SELECT 1", within_s=1, host="a")
        lost.append(silence.value.lost)
    assert lost == [True, False]
