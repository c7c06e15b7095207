"""A small HTTP server for the agents: routes to functions, bearer tokens, JSON or text."""

from __future__ import annotations

import hmac
import json
import sys
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Answer", "Route", "serve"]

MAX_BODY = 64 * 1024
SOCKET_TIMEOUT_S = 5
"""A peer that stops sending holds a thread no longer than this."""


@dataclass(frozen=True)
class Answer:
    """What a route returns: the HTTP status and a JSON value or a text; `kind` is a text's Content-Type."""

    status: int
    body: Any
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Route:
    """A function for one method and path; `token` empty means open to everybody (probes)."""

    method: str
    path: str
    call: Callable[[Any], Answer]
    token: str | None = None


def _handler(routes: dict[tuple[str, str], Route], others: Collection[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = SOCKET_TIMEOUT_S

        def _serve(self) -> None:
            route = routes.get((self.command, self.path))
            if self.headers.get("Host", "").rpartition(":")[0] in others:
                # RFC 9110, 15.5.20. The caller's address for somebody else is ours by now; the body stays unread.
                self.close_connection = True
                self._answer(Answer(421, "this is somebody else"))
            elif route is None:
                self._answer(Answer(404, "no such path"))
            elif not self._allowed(route):
                self._answer(Answer(401, "this path needs its bearer token"))
            else:
                self._run(route)

        do_GET = do_POST = _serve

        def _run(self, route: Route) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                self.close_connection = True
                return self._answer(Answer(413, "body too large"))
            try:
                body = json.loads(self.rfile.read(length) or b"null")
            except ValueError:
                return self._answer(Answer(400, "the body is not JSON"))
            return self._answer(route.call(body))

        def _allowed(self, route: Route) -> bool:
            if route.token is None:
                return True
            given = self.headers.get("Authorization", "")
            # An empty secret must lock the path, never open it.
            return bool(route.token) and hmac.compare_digest(given.encode(), f"Bearer {route.token}".encode())

        def _answer(self, answer: Answer) -> None:
            is_text = isinstance(answer.body, str)
            payload = ((answer.body if is_text else json.dumps(answer.body)) + "\n").encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind if is_text else "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            """Probes every second would drown the decisions in the log."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that did not wait for the answer is no error of ours; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve(
    port: int, routes: list[Route], host: str = "", others: Collection[str] = ()
) -> ThreadingHTTPServer:
    """Serve the routes in a daemon thread; port 0 picks a free one. Raises OSError when it is taken.

    others: host names of other servers, whose requests are refused: an answer must not count as theirs.
    """
    server = _Server((host, port), _handler({(r.method, r.path): r for r in routes}, others))
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server
