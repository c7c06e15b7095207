"""Todos over HTTP: every attempt posts one todo with a unique title on a connection of its own."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import requests
from urllib3.exceptions import NewConnectionError

from chaos.ops import Attempt

__all__ = ["Todos"]

PAGE = 500
"""The API's largest page."""


@dataclass(frozen=True)
class Todos:
    """Unique todos through the application at a numeric address.

    `answer_s` is longer than a database client's: the application may wait out a failover.
    """

    host: str
    port: int
    connect_s: float = 1.0
    answer_s: float = 8.0
    name: str = "todos"

    def __post_init__(self) -> None:
        ipaddress.ip_address(self.host)

    @property
    def url(self) -> str:
        """Where the list of todos is."""
        return f"http://{self.host}:{self.port}/api/todos"

    @property
    def timeout_s(self) -> float:
        """Upper bound of an attempt."""
        return self.connect_s + self.answer_s

    def attempt(self, value: str) -> Attempt:
        """Post a todo once."""
        try:
            answer = requests.post(self.url, json={"title": value}, timeout=(self.connect_s, self.answer_s))
        except requests.ConnectTimeout:
            return Attempt("fail", "connect timeout")
        except requests.RequestException as error:
            refused = isinstance(getattr(next(iter(error.args), None), "reason", None), NewConnectionError)
            return Attempt("fail" if refused else "unknown", type(error).__name__)
        if answer.status_code == 201:
            return Attempt("ok")
        # The application answers 4xx before it writes; of a 5xx nobody knows how far it came.
        refused = 400 <= answer.status_code < 500
        return Attempt("fail" if refused else "unknown", f"HTTP {answer.status_code}")

    def values(self, run: str) -> list[str]:
        """Return the titles of a run. Raises requests.RequestException."""
        titles: list[str] = []
        after: int | None = None
        while True:
            query: dict[str, int] = {"limit": PAGE} | ({"after": after} if after else {})
            answer = requests.get(self.url, params=query, timeout=(self.connect_s, self.answer_s))
            answer.raise_for_status()
            page = answer.json()
            titles += [t["title"] for t in page["todos"] if t["title"].startswith(f"{run}-")]
            after = page["next"]
            if after is None:
                return titles
