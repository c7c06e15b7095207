import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.db import UNREACHABLE, transaction
from app.errors import UNKNOWN, report

INSERT = "INSERT INTO todos (title) VALUES ('x')"


def execute(*statements: str) -> str:
    with transaction() as session:
        for statement in statements:
            session.execute(text(statement))
    return "executed"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/todos"), ("GET", "/api/todos/1"), ("PATCH", "/api/todos/1"), ("DELETE", "/api/todos/1")],
)
def test_without_a_database_the_api_says_when_to_come_back(lost: FlaskClient, method: str, path: str) -> None:
    answer = lost.open(path, method=method, json={"done": True} if method == "PATCH" else None)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.get_json() == {"error": UNREACHABLE}


@pytest.mark.parametrize("path", ["/", "/1/edit", "/1/delete"])
def test_without_a_database_a_page_says_so(lost: FlaskClient, path: str) -> None:
    answer = lost.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert UNREACHABLE in answer.text


def test_without_a_database_a_form_keeps_what_was_typed(lost: FlaskClient) -> None:
    answer = lost.post("/new", data={"title": "Buy milk", "text": "two"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert UNREACHABLE in answer.text
    assert 'value="Buy milk"' in answer.text


@pytest.mark.parametrize(("method", "told"), [("POST", UNKNOWN), ("GET", UNREACHABLE)])
def test_a_connection_lost_on_the_way_may_have_saved(app: Flask, method: str, told: str) -> None:
    error = OperationalError(
        "COMMIT", None, Exception("server closed the connection"), connection_invalidated=True
    )
    with app.test_request_context(method=method):
        assert report(error) == told


def test_a_read_only_server_is_left_and_saved_nothing(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        engine = app.extensions["db"].kw["bind"]
        begin = (
            "SET TRANSACTION READ ONLY" if engine.dialect.name == "postgresql" else "PRAGMA query_only = 1"
        )
        with pytest.raises(SQLAlchemyError) as caught:
            execute(begin, INSERT)
        assert report(caught.value) == UNREACHABLE
        assert getattr(caught.value, "connection_invalidated", None) is (engine.dialect.name == "postgresql")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_standby_is_left_even_by_readers(
    stranded: FlaskClient, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    opened: list[object] = []
    event.listen(stranded.application.extensions["db"].kw["bind"], "connect", lambda *it: opened.append(it))
    for _ in range(2):
        answer = stranded.open("/api/todos", method=method, json={"title": "x"} if method == "POST" else None)
        assert (answer.status_code, answer.get_json()) == (503, {"error": UNREACHABLE})
    assert "cannot set transaction read-write mode during recovery" in caplog.text
    assert len(opened) == 2


def test_a_connection_that_died_idle_is_not_noticed(client: FlaskClient, app: Flask) -> None:
    assert client.get("/api/todos").status_code == 200
    engine = app.extensions["db"].kw["bind"]
    if engine.dialect.name == "postgresql":
        with create_engine(engine.url).begin() as other:
            other.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'todo-rw'"
                )
            )
        other.engine.dispose()
    assert client.get("/api/todos").status_code == 200


def test_a_mistake_of_ours_is_logged_whole_and_told_short(
    client: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app.add_url_rule("/api/broken", view_func=lambda: str(1 / 0))
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/broken")
    assert answer.status_code == 500
    assert answer.get_json() == {"error": "Something went wrong here; the log has the details."}
    assert "ZeroDivisionError" in caplog.text


def test_an_unexpected_error_of_the_database_is_503_and_logged_whole(
    client: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app.add_url_rule("/broken", view_func=lambda: execute("INSERT INTO todos (title) VALUES (NULL)"))
    assert client.get("/broken").status_code == 503
    assert "Traceback" in caplog.text


def test_a_redirect_is_no_error(client: FlaskClient) -> None:
    assert client.get("/static//style.css").status_code == 308
