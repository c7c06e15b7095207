import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chaos.clients.tests.driving import attempt, drive
from chaos.clients.todos import BROWSERS, TodoReads, Todos
from chaos.conftest import free_port
from chaos.events import Attempt

REQUESTS: list[tuple[str, str, str | None]] = []
"""Of every request: method, Connection header, and the cookie it brought."""


class Handler(BaseHTTPRequestHandler):
    """Answers with the status that the run's name gives, 0 = cut off, 1 = never; an id is a status, too."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(int(body["title"].split("-")[0]), {"todo_id": 200, "title": body["title"]})

    def do_GET(self) -> None:
        status = int(self.path.rsplit("/", 1)[1])
        self.answer(status, {"title": "201-todos-0"})

    def answer(self, status: int, body: dict[str, object]) -> None:
        REQUESTS.append((self.command, self.headers["Connection"], self.headers["Cookie"]))
        if status == 1:
            time.sleep(0.5)
        if status > 1:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("Set-Cookie", f"token={body['title']}")
            self.end_headers()
            self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def todos(port: int) -> Iterator[Todos]:
    REQUESTS.clear()
    todos = Todos("todos", 5, "127.0.0.1", port, connect_s=0.1, answer_s=0.2)
    yield todos
    todos.close()


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
    assert attempt(todos, run=str(status)).outcome == outcome
    assert len(REQUESTS) == 1  # nothing is retried


def test_whoever_is_refused_the_connection_has_stored_nothing() -> None:
    nobody = Todos("todos", 5, "127.0.0.1", free_port())
    assert attempt(nobody, run="201").outcome == "fail"
    nobody.close()


def test_every_request_has_a_connection_of_its_own(todos: Todos) -> None:
    attempt(todos, run="201")
    assert [connection for _, connection, _ in REQUESTS] == ["close"]


def test_there_is_nothing_to_read_before_a_todo_was_acknowledged(todos: Todos) -> None:
    attempt(todos, run="503")
    assert TodoReads("reads", 5, todos).task("r", 0) is None


def test_the_browser_that_posted_the_newest_todo_reads_it_with_its_cookie(todos: Todos) -> None:
    attempt(todos, run="201")
    task = TodoReads("reads", 5, todos).task("201", 0)
    assert task is not None
    assert (task.value, task.session, task.fresh) == ("201-todos-0", "todos-0", True)
    assert drive(task.start()) == Attempt("ok", found=True)
    assert [cookie for _, _, cookie in REQUESTS] == [None, "token=201-todos-0"]


def test_browsers_take_turns(todos: Todos) -> None:
    sessions = [todos.task("201", number).session for number in range(BROWSERS + 1)]
    assert sessions == [*(f"todos-{n}" for n in range(BROWSERS)), "todos-0"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, Attempt("ok", found=False)), (500, Attempt("fail", "HTTP 500"))],
)
def test_only_a_404_says_that_a_todo_is_not_there(todos: Todos, status: int, expected: Attempt) -> None:
    attempt(todos, run="201")
    assert todos.newest is not None
    object.__setattr__(todos.newest, "todo_id", status)
    assert attempt(TodoReads("reads", 5, todos)) == expected


def test_another_title_under_the_same_id_is_not_the_todo(todos: Todos) -> None:
    attempt(todos, number=7, run="201")
    assert attempt(TodoReads("reads", 5, todos)) == Attempt("ok", found=False)
