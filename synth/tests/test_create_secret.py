from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from synth.files.create_secret import Api, ensure, generated, missing, server

KEYS = ["read-token", "todo-password"]
PATH = "/api/v1/namespaces/shop/secrets"


def stored(**values: str) -> dict[str, Any]:
    return {
        "data": {key.replace("_", "-"): base64.b64encode(v.encode()).decode() for key, v in values.items()}
    }


class Fake(ThreadingHTTPServer):
    """An API server with one resource."""

    def __init__(self) -> None:
        self.secret: dict[str, Any] | None = None
        self.rival: dict[str, Any] | None = None
        self.refuse = 0
        self.posts: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.refuse:
            return self.refuse, {"message": "no"}
        if method == "POST" and path == PATH:
            if self.rival:
                self.secret = self.rival
            if self.secret:
                return 409, {}
            self.posts.append(body)
            return 201, body
        return (200, self.secret) if self.secret and path == f"{PATH}/mine" else (404, {})


class Handler(BaseHTTPRequestHandler):
    server: Fake

    def do_GET(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        right = self.headers["Authorization"] == "Bearer token"
        status, answer = self.server.answer(self.command, self.path, body) if right else (401, {})
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        thread = threading.Thread(target=fake.serve_forever, args=(0.01,))
        thread.start()
        yield fake
        fake.shutdown()
        thread.join()


def run(fake: Fake, token: str = "token") -> str:
    return ensure(Api(f"http://127.0.0.1:{fake.server_port}", token, None), "shop", "mine", KEYS)


def test_it_is_created_once_with_a_value_for_every_key(fake: Fake) -> None:
    assert run(fake) == "secret shop/mine: created with generated values"
    (post,) = fake.posts
    assert (post["metadata"]["name"], post["metadata"]["namespace"]) == ("mine", "shop")
    assert sorted(post["stringData"]) == KEYS


def test_a_secret_of_the_users_is_kept(fake: Fake) -> None:
    fake.secret = stored(read_token="a", todo_password="b", other="c")
    assert run(fake) == "secret shop/mine: exists, kept as it is"
    assert not fake.posts


def test_one_that_appears_meanwhile_is_kept(fake: Fake) -> None:
    fake.rival = stored(read_token="a", todo_password="b")
    assert run(fake) == "secret shop/mine: exists, kept as it is"


def test_a_key_that_is_missing_is_named(fake: Fake) -> None:
    fake.secret = stored(read_token="a", todo_password=" ")
    with pytest.raises(SystemExit, match="exists but lacks todo-password: add a value"):
        run(fake)
    assert not fake.posts


@pytest.mark.parametrize("status", [403, 500])
def test_a_refusal_is_passed_on(fake: Fake, status: int) -> None:
    fake.refuse = status
    with pytest.raises(SystemExit, match=f"the API server said {status}"):
        run(fake)


def test_a_wrong_token_is_a_refusal(fake: Fake) -> None:
    with pytest.raises(SystemExit, match="said 401"):
        run(fake, token="other")


def test_values_are_long_different_and_need_no_quoting() -> None:
    values = [v for _ in range(20) for v in generated("shop", "mine", KEYS)["stringData"].values()]
    assert len(set(values)) == len(values)
    assert all(len(value) == 48 and value.isalnum() for value in values)


@pytest.mark.parametrize("secret", [{}, {"data": None}, {"data": {"read-token": ""}}])
def test_empty_is_missing(secret: dict[str, Any]) -> None:
    assert missing(secret, ["read-token"]) == ["read-token"]


@pytest.mark.parametrize(
    ("host", "url"), [("10.96.0.1", "https://10.96.0.1:443"), ("fd00::1", "https://[fd00::1]:443")]
)
def test_address_of_the_api_server(host: str, url: str) -> None:
    assert server({"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"}) == url
