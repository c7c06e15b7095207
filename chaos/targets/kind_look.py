"""Asks the members and the pools through their doors, all at the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from chaos.clients.postgres import Endpoint, Login
from chaos.clients.process import likewise
from chaos.events import PoolView
from chaos.observers.pools import look
from chaos.observers.pools_line import Line, Unanswered
from chaos.targets.kind_doors import member_port
from chaos.targets.kind_health import Server

__all__ = ["Looker"]

ANSWER_S = 2.0
"""For the answer of one server; one that is down may also be silent."""
ROLE = (
    "SELECT pg_is_in_recovery(), (SELECT received_tli FROM pg_stat_wal_receiver WHERE status = 'streaming')"
)
# A standby may not call pg_current_wal_lsn(), not even in a branch that is not taken, so this is a second question.
PRIMARY = """
SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
       (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND application_name = ANY(%s))
"""
T = TypeVar("T")


@dataclass(frozen=True)
class Looker:
    """The eyes of a run; used by many threads at once, so every look has connections of its own."""

    host: str
    members: Sequence[str]
    password: str = field(repr=False)
    """Of `monitor`, who may log in to every member and pool."""

    @property
    def login(self) -> Login:
        """As whom."""
        return Login("monitor", self.password, "postgres", "kube-flask-chaos")

    def line(self, port: int) -> Line:
        """Return a line through a door, not connected yet."""
        return Line(Endpoint(self.host, port), self.login, within_s=ANSWER_S)

    def servers(self) -> list[Server]:
        """Ask every member what it is."""
        return _at_once([partial(self._server, member) for member in self.members])

    def views(self, ports: Mapping[str, int]) -> list[PoolView]:
        """Ask every pool what it believes; `ports` are their doors by the pods' names."""
        return _at_once([partial(self._view, pod, ports[pod]) for pod in sorted(ports)])

    def _view(self, pod: str, port: int) -> PoolView:
        with self.line(port) as line:
            return look(pod, line)

    def _server(self, member: str) -> Server:
        try:
            with self.line(member_port(member)) as line:
                [(in_recovery, received)] = line.ask(ROLE)
                if in_recovery:
                    return Server(member, "standby", received or 0, streaming=int(received is not None))
                [(timeline, streaming)] = line.ask(PRIMARY, list(self.members))
                return Server(member, "primary", timeline, streaming)
        except Unanswered as error:
            return Server(member, error=str(error))


def _at_once(questions: Sequence[Callable[[], T]]) -> list[T]:
    with ThreadPoolExecutor(max(1, len(questions)), "look", likewise()) as threads:
        return [future.result() for future in [threads.submit(question) for question in questions]]
