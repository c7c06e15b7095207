import pytest
from flask.testing import FlaskClient

from app.origin import foreign


@pytest.mark.parametrize(
    ("method", "site", "origin", "refused"),
    [
        ("GET", "cross-site", "https://evil.example", False),
        ("POST", "same-origin", None, False),
        ("POST", "none", None, False),
        ("POST", "cross-site", None, True),
        ("POST", "same-site", "http://todo.example:8080", True),
        ("POST", None, "http://todo.example:8080", False),
        ("POST", None, "https://todo.example:8080", False),
        ("POST", None, "http://todo.example", True),
        ("POST", None, "https://evil.example", True),
        ("DELETE", None, "null", True),
        ("PATCH", None, None, False),
    ],
)
def test_who_may_change_something(method: str, site: str | None, origin: str | None, refused: bool) -> None:
    assert foreign(method, "todo.example:8080", site, origin) is refused


@pytest.mark.parametrize("path", ["/new", "/1/delete", "/api/todos"])
def test_another_site_cannot_post(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"title": "x"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_our_own_form_can(client: FlaskClient) -> None:
    answer = client.post("/new", data={"title": "x"}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 303
