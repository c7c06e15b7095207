from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest

from ha.call import direct
from ha.hosts import ABSENT
from ha.node.peers import Gone, Peers
from ha.settings import Secrets, Settings
from ha.tests.test_settings import RAW


def heard(host: str, port: int) -> object:
    """What a question to a member's agent at this address comes to. Without the threads that ask for ever."""
    settings = Settings.parse({**RAW, "agent_port": port}, Secrets(read_token="t"), me="postgres-1")
    with direct() as session:
        return Peers(settings)._look(session, replace(settings.peers[0], host=host))


@pytest.mark.parametrize(
    "host", [pytest.param("127.0.0.1", id="nobody listens"), pytest.param(ABSENT, id="there is no such pod")]
)
def test_a_member_whose_agent_is_not_there_is_gone(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert isinstance(heard(host, taken.getsockname()[1]), Gone)


def test_one_that_accepts_and_says_nothing_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert heard("127.0.0.1", mute.getsockname()[1]) is None


def test_a_member_that_says_nothing_now_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        settings = Settings.parse({**RAW, "agent_port": port}, Secrets(read_token="t"), me="postgres-1")
        began = time.monotonic()
        assert Peers(settings).now(replace(settings.peers[0], host="127.0.0.1"), 0.1) is None
        assert time.monotonic() - began < 1


def test_who_hurries_is_asked_at_once_and_only_once() -> None:
    peers = Peers(Settings.parse(RAW, Secrets(read_token="t"), me="postgres-1"))
    one, other = peers._settings.peers
    peers.hurry()
    assert peers._rest(one, asked_at=time.monotonic())
    assert not peers._rest(one, asked_at=0)
    assert peers._rest(other, asked_at=0)
