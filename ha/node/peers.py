"""Talking to the other members' agents, each in a thread of its own: a silent one delays nobody.

Silence is an answer too (None).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from ha.call import call, direct
from ha.node.facts import NodeStatus
from ha.settings import Member, Settings

__all__ = ["Gone", "Heard", "Peers"]

log = logging.getLogger("ha.peers")
PERIOD_S = 0.25
TIMEOUT_S = 1.0
FRESH_S = 2.0
"""How long an answer is the present. One lost question is no silence, and on a machine at ten times its load an agent
needs most of a second (watched: with half of that, three nodes elected one another for minutes)."""

GONE_WORDS = ("refused", "reset", "Network is unreachable")
"""The last is what the address means that the hosts file has for a pod there is not (ha/hosts.py)."""


@dataclass(frozen=True)
class Gone:
    """Nobody listens at a member's address: its agent is not there, while its node, or its successor, is."""


Heard = Callable[[Member, "NodeStatus | Gone | None", float], None]
"""Told of every answer: from whom, what, and when it was asked for (monotonic seconds)."""


class Peers:
    """The members' agents over HTTP; works while PostgreSQL is down on either side."""

    def __init__(
        self,
        settings: Settings,
        heard: Heard = lambda member, answer, at: None,
        news: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._heard, self._news = heard, news
        self._hurry = {peer.name: threading.Event() for peer in settings.peers}
        self._latest: dict[str, tuple[NodeStatus, float]] = {}
        self._posts = ThreadPoolExecutor(max_workers=4 * len(settings.members), thread_name_prefix="post")

    def start(self) -> None:
        """Begin asking."""
        for peer in self._settings.peers:
            name = f"ask-{peer.name}"
            threading.Thread(target=self._keep_asking, args=(peer,), name=name, daemon=True).start()

    def hurry(self) -> None:
        """Ask everybody now, and tell `news` of each answer: one of them has something to say."""
        for event in self._hurry.values():
            event.set()

    def ask(self) -> dict[str, NodeStatus | None]:
        """What every other member said within the last second; None for silence."""
        now, latest = time.monotonic(), dict(self._latest)
        told = {name: answer for name, (answer, at) in latest.items() if now - at <= FRESH_S}
        return {peer.name: told.get(peer.name) for peer in self._settings.peers}

    def now(self, member: Member, within_s: float) -> NodeStatus | None:
        """What one member says to a question of this moment; None for silence."""
        with direct() as session:
            answer = self._look(session, member, within_s)
        return answer if isinstance(answer, NodeStatus) else None

    def post(self, member: Member, path: str, body: Any, timeout_s: float) -> Future[Any]:
        """A request of the vote; the future gives the JSON answer, or None for silence or an error."""
        return self._posts.submit(self._post, member, path, body, timeout_s)

    def _keep_asking(self, peer: Member) -> None:
        hurried = False
        with direct() as session:
            while True:
                at = time.monotonic()
                answer = self._look(session, peer)
                if isinstance(answer, NodeStatus):
                    self._latest[peer.name] = (answer, at)
                elif isinstance(answer, Gone):
                    self._latest.pop(peer.name, None)
                self._heard(peer, answer, at)
                if hurried:
                    self._news()
                hurried = self._rest(peer, at)

    def _rest(self, peer: Member, asked_at: float) -> bool:
        """Wait for the next question's time; True when it is asked earlier because somebody hurries."""
        hurry = self._hurry[peer.name]
        if not hurry.wait(max(0.02, PERIOD_S - (time.monotonic() - asked_at))):
            return False
        hurry.clear()
        return True

    def _look(
        self, session: requests.Session, member: Member, within_s: float = TIMEOUT_S
    ) -> NodeStatus | Gone | None:
        try:
            answer = call("GET", self._settings, member.host, "status", within_s, session=session)
            answer.raise_for_status()
            return NodeStatus.from_json(answer.json())
        except requests.Timeout:
            return None
        except requests.ConnectionError as error:
            log.debug("%s: %s", member.name, error)
            return Gone() if any(word in str(error) for word in GONE_WORDS) else None
        except (requests.RequestException, ValueError) as error:
            log.debug("%s is silent: %s", member.name, error)
            return None

    def _post(self, member: Member, path: str, body: Any, timeout_s: float) -> Any:
        try:
            answer = call("POST", self._settings, member.host, path, timeout_s, order=body)
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError) as error:
            log.debug("%s does not answer /%s: %s", member.name, path, error)
            return None
