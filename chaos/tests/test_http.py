import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from chaos.http import Todos
from chaos.tests.conftest import free_port

TITLES = [f"run-{n}" for n in range(700)] + ["other-1"]


class Handler(BaseHTTPRequestHandler):
    """Posts are answered with the status that the title names, 0 = cut off, 1 = never."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = int(body["title"])
        if status == 1:
            time.sleep(0.5)
        if status > 1:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        begin, limit = int(query.get("after", ["0"])[0]), int(query["limit"][0])
        page = [{"title": title} for title in TITLES[begin : begin + limit]]
        following = begin + limit if begin + limit < len(TITLES) else None
        body = json.dumps({"todos": page, "next": following}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def todos() -> Iterator[Todos]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield Todos("127.0.0.1", server.server_port, answer_s=0.2)
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (201, "ok"),
        (400, "fail"),
        (429, "fail"),
        (500, "unknown"),
        (503, "unknown"),
        (0, "unknown"),  # cut off without an answer
        (1, "unknown"),  # no answer in time
    ],
)
def test_only_a_refusal_is_a_failure(todos: Todos, status: int, outcome: str) -> None:
    assert todos.attempt(str(status)).outcome == outcome


def test_whoever_is_refused_the_connection_has_stored_nothing() -> None:
    assert Todos("127.0.0.1", free_port()).attempt("x").outcome == "fail"


def test_all_pages_are_read(todos: Todos) -> None:
    assert todos.values("run") == TITLES[:-1]
