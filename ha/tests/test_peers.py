from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from ha.hosts import ABSENT
from ha.node.peers import Gone, Peers
from ha.settings import Member, Secrets, Settings
from ha.tests.test_settings import RAW


def heard(host: str, port: int) -> object:
    """What the agents' questions to a member at this address come to."""
    settings = Settings.parse({**RAW, "agent_port": port}, Secrets(read_token="t"), me="postgres-1")
    members = tuple(replace(member, host=host) for member in settings.members)
    told, answers = threading.Event(), []

    def hear(member: Member, answer: object, at: float) -> None:
        answers.append(answer)
        told.set()

    Peers(replace(settings, members=members), hear).start()
    assert told.wait(5)
    return answers[0]


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
