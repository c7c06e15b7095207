"""`ha unlock` against real agents' answers over HTTP: what it shows, asks, and refuses."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from rich.console import Console

from ha import unlock
from ha.http import Answer, Route, serve
from ha.node.facts import NodeStatus
from ha.node.unlocking import decide
from ha.node.voter import seat_of
from ha.settings import Secrets, Settings
from ha.status import Report
from ha.tests.test_settings import RAW
from ha.vote.epoch import Epoch
from ha.vote.record import Lost, Record
from ha.vote.unlock import Unlock

SETTINGS = Settings.parse(RAW, Secrets(read_token="read", peer_token="peer"), me="postgres-0")
MINE = NodeStatus("postgres-0", "standby", 2, 100, settled=True, memory=Record(Epoch(4), Epoch(4)))
GONE = {"name": "postgres-1", "error": "no answer in 2 s"}


@dataclass
class Agent:
    """The one that is asked to lead."""

    settings: Settings = SETTINGS
    accounts: list[Any] = field(
        default_factory=lambda: [MINE.to_json(), GONE, {**GONE, "name": "postgres-2"}]
    )
    asked: list[Any] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(200, "promoted as primary of 6"))

    def run(self, *, yes: bool = False, typed: str | None = None) -> int:
        return unlock.main(self.settings, yes=yes, ask=_typing(typed))


def _typing(text: str | None) -> Callable[[str], str]:
    def ask(_: str) -> str:
        if text is None:
            raise EOFError
        return text

    return ask


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    told = Agent()

    def answer(body: Any) -> Answer:
        told.asked.append(body)
        return told.answer

    server = serve(0, [Route("POST", "/unlock", answer, "peer")], host="127.0.0.1")
    told.settings = replace(SETTINGS, agent_port=server.server_address[1])
    monkeypatch.setattr(unlock, "collect", lambda settings: Report(tuple(told.accounts), (), ()))
    yield told
    server.shutdown()
    server.server_close()


def test_it_says_what_may_be_lost_and_does_nothing_unless_the_name_is_typed(
    agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [agent.run(typed=typed) for typed in ("yes", "", None)] == [1, 1, 1]
    out, err = capsys.readouterr()
    assert "Writes that were acknowledged and that only postgres-1 and postgres-2 hold are LOST" in out
    assert "nothing was done" in err
    assert "or with --yes" in err
    assert not agent.asked


@pytest.mark.parametrize("how", [{"typed": "postgres-0"}, {"yes": True}])
def test_whoever_agrees_gets_a_primary(
    agent: Agent, how: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert agent.run(**how) == 0
    assert agent.asked == [{"voters": [0]}]
    assert "ha unlock: promoted as primary of 6" in capsys.readouterr().out


def test_what_the_agent_refuses_is_said(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    agent.answer = Answer(409, "the members that can vote are now postgres-0, postgres-2; look again")
    assert agent.run(yes=True) == 1
    assert "look again" in capsys.readouterr().err


def test_nothing_is_asked_where_the_ordinary_vote_can_do_it(
    agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    agent.accounts[1] = replace(MINE, name="postgres-1").to_json()
    assert agent.run(yes=True) == 1
    assert "2 of 3 members can vote" in capsys.readouterr().err
    assert not agent.asked


def test_the_table_shows_the_record_and_position_of_everybody() -> None:
    told = {
        "postgres-0": replace(MINE, memory=Record(Epoch(7), Epoch(4), frozenset({Epoch(7)}))),
        "postgres-1": None,
        "postgres-2": NodeStatus("postgres-2", "empty", memory=Lost("there is none", blank=True)),
    }
    page = io.StringIO()
    unlock.render(told, {"postgres-1": GONE}, Console(file=page, width=140))
    lines = page.getvalue().splitlines()
    for name, words in (("0", ["7", "4", "2@0/64"]), ("1", ["no answer in 2 s"]), ("2", ["there is none"])):
        (line,) = (line for line in lines if f"postgres-{name}" in line)
        assert all(word in line for word in words), line


def test_whose_own_agent_is_silent_is_told_so() -> None:
    silent = {"postgres-0": None, "postgres-1": replace(MINE, name="postgres-1"), "postgres-2": None}
    assert "the agent of postgres-0 does not answer" in str(decide(SETTINGS, seat_of(SETTINGS), silent))
    assert decide(SETTINGS, seat_of(SETTINGS), {**silent, "postgres-0": MINE, "postgres-1": None}) == Unlock(
        (0,), (1, 2)
    )


def test_members_are_called_by_their_names() -> None:
    ahead = replace(MINE, name="postgres-3", lsn=200)
    five = Settings.parse(
        {**RAW, "members": [f"postgres-{i}.x" for i in range(5)], "sync_standbys": 2}, Secrets(), "postgres-0"
    )
    told = {**dict.fromkeys(m.name for m in five.members), "postgres-0": MINE, "postgres-3": ahead}
    assert str(decide(five, seat_of(five), told)).startswith("postgres-3 holds more (")


def test_what_is_no_account_is_silence() -> None:
    assert unlock.believed({"postgres-0": MINE.to_json(), "postgres-1": GONE}) == {
        "postgres-0": MINE,
        "postgres-1": None,
    }
