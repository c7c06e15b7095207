from collections.abc import Iterator

import pytest
import requests

from ha.http import Answer, Route, serve

ROUTES = [
    Route("GET", "/open", lambda _: Answer(200, "hello")),
    Route("GET", "/locked", lambda _: Answer(200, {"a": 1}), token="secret"),
    Route("GET", "/forgotten", lambda _: Answer(200, "never"), token=""),
    Route("POST", "/echo", lambda body: Answer(200, body)),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = serve(0, ROUTES, host="127.0.0.1", others=["postgres-1.x"])
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/open", None, 200),
        ("/locked", "secret", 200),
        ("/locked", "guess", 401),
        ("/locked", None, 401),
        ("/forgotten", "", 401),
        ("/none", None, 404),
    ],
)
def test_paths_and_tokens(url: str, path: str, token: str | None, status: int) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    assert requests.get(url + path, headers=headers, timeout=5).status_code == status


@pytest.mark.parametrize(("host", "status"), [("postgres-0.x:8008", 200), ("postgres-1.x:8008", 421)])
def test_nobody_answers_for_another(url: str, host: str, status: int) -> None:
    assert requests.get(f"{url}/open", headers={"Host": host}, timeout=5).status_code == status


def test_bodies(url: str) -> None:
    assert requests.post(f"{url}/echo", json={"x": [1]}, timeout=5).json() == {"x": [1]}
    assert requests.post(f"{url}/echo", data="{", timeout=5).status_code == 400
    assert requests.post(f"{url}/echo", data="1" * 70_000, timeout=5).status_code == 413
