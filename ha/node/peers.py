"""Asking the other members, all at once and with tight time-outs; silence is an answer too (None)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import requests

from ha.node.facts import NodeStatus
from ha.settings import Member, Settings

__all__ = ["Peers"]

log = logging.getLogger("ha.peers")
TIMEOUT_S = 1.0


class Peers:
    """The members' agents over HTTP; works while PostgreSQL is down on either side."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(max_workers=2 * len(settings.members), thread_name_prefix="peer")

    def ask(self, members: Iterable[Member] | None = None) -> dict[str, NodeStatus | None]:
        """One round of /status questions to every peer; a peer that does not answer in time is None."""
        asked = tuple(members if members is not None else self._settings.peers)
        answers = self._pool.map(self._ask, asked)
        return {member.name: answer for member, answer in zip(asked, answers, strict=True)}

    def _ask(self, member: Member) -> NodeStatus | None:
        url = f"http://{member.host}:{self._settings.agent_port}/status"
        headers = {"Authorization": f"Bearer {self._settings.secrets.read_token}"}
        try:
            answer = requests.get(url, headers=headers, timeout=TIMEOUT_S)
            answer.raise_for_status()
            return NodeStatus.from_json(answer.json())
        except (requests.RequestException, ValueError) as error:
            log.debug("%s is silent: %s", member.name, error)
            return None
