"""Todos over HTTP: unique titles, each posted once, and read again by the browser that posted them."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import requests
from urllib3.exceptions import NewConnectionError

from chaos.clients.postgres import DEADLINE
from chaos.clients.threads import in_thread
from chaos.clients.workload import Chore, Task
from chaos.events import Attempt, Outcome

__all__ = ["TodoReads", "Todos"]

BROWSERS = 4
"""Enough that a read meets another browser's write before its own."""
CONNECT_S = 1.0
ANSWER_S = 8.0
"""Longer than a database client waits: the application may wait out a failover."""


@dataclass(frozen=True)
class Shown:
    """A todo that was acknowledged: by which id its browser finds it."""

    value: str
    todo_id: int
    browser: int


class Todos:
    """Posts todos through the application at a numeric address; nothing is retried.

    rate: posts a second. connect_s, answer_s: seconds for the connection, and for the answer after it.
    """

    def __init__(
        self,
        name: str,
        rate: float,
        host: str,
        port: int,
        connect_s: float = CONNECT_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        ipaddress.ip_address(host)
        self.name, self.rate, self.timeout_s = name, rate, connect_s + answer_s
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/api/todos"
        self.patience = (connect_s, answer_s)
        self.browsers = tuple(_browser() for _ in range(BROWSERS))
        self.newest: Shown | None = None
        self._shown: dict[str, Shown] = {}

    def session(self, browser: int) -> str:
        """Return a browser's name in the history."""
        return f"{self.name}-{browser}"

    def task(self, run: str, number: int) -> Task:
        """Return the next post, by the browsers in turn."""
        value, browser = f"{run}-{self.name}-{number}", number % BROWSERS
        late = Attempt("unknown", DEADLINE)
        return Task(
            value,
            "write",
            self.session(browser),
            lambda: in_thread(lambda: self._post(value, browser), time.monotonic() + self.timeout_s, late),
        )

    def _post(self, value: str, browser: int) -> Attempt:
        send = self.browsers[browser].post
        answer = ask(lambda: send(self.url, json={"title": value}, timeout=self.patience))
        if isinstance(answer, Attempt):
            return answer
        if answer.status_code == 201:
            try:
                self._shown[value] = Shown(value, int(answer.json()["todo_id"]), browser)
            except (ValueError, KeyError, TypeError):
                return Attempt("unknown", "HTTP 201 without a todo")
            return Attempt("ok")
        # The application answers 4xx before it writes; of a 5xx nobody knows how far it came.
        refused = 400 <= answer.status_code < 500
        return Attempt("fail" if refused else "unknown", f"HTTP {answer.status_code}")

    def done(self, task: Task, attempt: Attempt) -> None:
        """Remember the newest for the readers."""
        shown = self._shown.pop(task.value, None)
        if attempt.outcome == "ok":
            self.newest = shown

    def chores(self) -> Sequence[Chore]:
        """Return none."""
        return ()

    def close(self) -> None:
        """Close the browsers."""
        for browser in self.browsers:
            browser.close()


class TodoReads:
    """Gets the newest acknowledged todo of `of`, with the cookies of the browser that posted it.

    The application promises that a browser is shown what it posted, so every such read is `fresh`.
    """

    def __init__(self, name: str, rate: float, of: Todos) -> None:
        self.name, self.rate, self.timeout_s = name, rate, of.timeout_s
        self._of = of

    def task(self, run: str, number: int) -> Task | None:
        """Return the next look, None while nothing was acknowledged."""
        wanted = self._of.newest
        if wanted is None:
            return None
        late = Attempt("fail", DEADLINE)
        return Task(
            wanted.value,
            "read",
            self._of.session(wanted.browser),
            lambda: in_thread(lambda: self._get(wanted), time.monotonic() + self.timeout_s, late),
            fresh=True,
        )

    def _get(self, wanted: Shown) -> Attempt:
        send, url = self._of.browsers[wanted.browser].get, f"{self._of.url}/{wanted.todo_id}"
        answer = ask(lambda: send(url, timeout=self._of.patience))
        if isinstance(answer, Attempt):
            return Attempt("fail", answer.error)
        if answer.status_code == 404:
            return Attempt("ok", found=False)
        if answer.status_code != 200:
            return Attempt("fail", f"HTTP {answer.status_code}")
        try:
            return Attempt("ok", found=answer.json()["title"] == wanted.value)
        except (ValueError, KeyError, TypeError):
            return Attempt("fail", "HTTP 200 without a todo")

    def done(self, task: Task, attempt: Attempt) -> None:
        """Keep nothing."""

    def chores(self) -> Sequence[Chore]:
        """Return none."""
        return ()

    def close(self) -> None:
        """Do nothing: the browsers belong to the writer."""


def _browser() -> requests.Session:
    browser = requests.Session()
    # No proxy of the environment may stand between; and a connection per request, as many browsers would have.
    browser.trust_env = False
    browser.headers["Connection"] = "close"
    return browser


def ask(send: Callable[[], requests.Response]) -> requests.Response | Attempt:
    """Return the answer, or how a write without one has ended: only who never connected surely stored nothing."""
    try:
        return send()
    except requests.ConnectTimeout:
        return Attempt("fail", "connect timeout")
    except requests.RequestException as error:
        refused = isinstance(getattr(next(iter(error.args), None), "reason", None), NewConnectionError)
        outcome: Outcome = "fail" if refused else "unknown"
        return Attempt(outcome, type(error).__name__)
