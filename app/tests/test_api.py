from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import TEXT_LENGTH, TITLE_LENGTH
from app.openapi import document

URL = "/api/todos"


def create(client: FlaskClient, **values: Any) -> dict[str, Any]:
    answer = client.post(URL, json=values)
    assert answer.status_code == 201, answer.text
    todo: dict[str, Any] = answer.get_json()
    return todo


def test_a_todo_round_trips(client: FlaskClient) -> None:
    todo = create(client, title="  Grüße 🐘 ", text="a\r\nb", done=True)
    assert (todo["title"], todo["text"], todo["done"]) == ("Grüße 🐘", "a\nb", True)
    assert client.get(f"{URL}/{todo['todo_id']}").get_json() == todo
    assert client.get(URL).get_json() == {"todos": [todo], "next": None}


def test_created_says_where(client: FlaskClient) -> None:
    answer = client.post(URL, json={"title": "Buy milk"})
    assert answer.location == "/api/todos/1"
    assert answer.get_json()["text"] == ""
    assert answer.get_json()["done"] is False


def test_the_date_is_utc_and_now(client: FlaskClient) -> None:
    date = datetime.fromisoformat(create(client, title="Buy milk")["pub_date"])
    assert date.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - date) < timedelta(minutes=1)
    assert datetime.fromisoformat(client.get(f"{URL}/1").get_json()["pub_date"]) == date


def test_patch_changes_only_what_it_names(client: FlaskClient) -> None:
    todo = create(client, title="Buy milk", text="two")
    answer = client.patch(f"{URL}/1", json={"done": True})
    assert answer.get_json() == todo | {"done": True}
    assert client.get(f"{URL}/1").get_json() == todo | {"done": True}


def test_deleted_is_gone(client: FlaskClient) -> None:
    create(client, title="Buy milk")
    assert client.delete(f"{URL}/1").status_code == 204
    assert client.get(f"{URL}/1").status_code == 404
    assert client.delete(f"{URL}/1").status_code == 404


def test_pages_follow_each_other_without_gap_or_repeat(client: FlaskClient) -> None:
    for number in range(5):
        create(client, title=str(number), done=number % 2 == 0)
    seen, query = [], "?limit=2"
    while query:
        page = client.get(URL + query).get_json()
        seen += [todo["title"] for todo in page["todos"]]
        query = page["next"] and f"?limit=2&after={page['next']}"
    assert seen == ["4", "3", "2", "1", "0"]
    assert [todo["title"] for todo in client.get(URL + "?done=false").get_json()["todos"]] == ["3", "1"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "The title is missing."),
        ({"title": ""}, "The title must not be empty."),
        ({"title": " \t "}, "The title must not be empty."),
        ({"title": None}, "The title must be a string."),
        ({"title": 5}, "The title must be a string."),
        ({"title": "x" * (TITLE_LENGTH + 1)}, "at most 200 characters; this one has 201."),
        ({"title": "a\nb"}, "line breaks"),
        ({"title": "a\0b"}, "control characters"),
        ({"title": "half \ud83d pair"}, "control characters"),
        ({"title": "x", "text": ["y"]}, "The text must be a string."),
        ({"title": "x", "text": "y" * (TEXT_LENGTH + 1)}, "at most 10000 characters"),
        ({"title": "x", "text": "\0"}, "control characters."),
        ({"title": "x", "done": 1}, "The field done must be true or false."),
        ({"title": "x", "done": "true"}, "The field done must be true or false."),
        ({"titel": "x"}, "There is no field 'titel'"),
        ({"title": "x", "todo_id": 5}, "There is no field 'todo_id'"),
    ],
)
def test_bad_values_get_a_sentence(client: FlaskClient, values: dict[str, Any], sentence: str) -> None:
    answer = client.post(URL, json=values)
    assert answer.status_code == 400
    assert sentence in answer.get_json()["error"]
    assert client.get(URL).get_json()["todos"] == []


@pytest.mark.parametrize("values", [{}, {"title": ""}, {"title": None}, {"done": None}, {"x": 1}])
def test_a_bad_change_changes_nothing(client: FlaskClient, values: dict[str, Any]) -> None:
    todo = create(client, title="Buy milk")
    assert client.patch(f"{URL}/1", json=values).status_code == 400
    assert client.get(f"{URL}/1").get_json() == todo


@pytest.mark.parametrize(
    ("body", "kind", "status", "sentence"),
    [
        (b"", "application/json", 400, "not valid JSON"),
        (b'{"title": "x"', "application/json", 400, "not valid JSON"),
        (b'{"title": "\xff"}', "application/json", 400, "not valid JSON"),
        (b"[" * 100_000, "application/json", 400, "not valid JSON"),
        (b"[]", "application/json", 400, "must be a JSON object"),
        (b'"x"', "application/json", 400, "must be a JSON object"),
        (b"title=x", "application/x-www-form-urlencoded", 415, "Content-Type: application/json"),
        (b'{"title": "x"}', "text/plain", 415, "Content-Type: application/json"),
        (b'{"title": "x"}' + b" " * 2**18, "application/json", 413, "too large"),
    ],
)
def test_a_bad_body_gets_a_sentence(
    client: FlaskClient, body: bytes, kind: str, status: int, sentence: str
) -> None:
    answer = client.post(URL, data=body, content_type=kind)
    assert answer.status_code == status
    assert sentence in answer.get_json()["error"]


def test_the_longest_todo_fits(client: FlaskClient) -> None:
    todo = create(client, title="🐘" * TITLE_LENGTH, text="🐘" * TEXT_LENGTH)
    assert client.get(f"{URL}/1").get_json() == todo


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "limit=1_0", "after=0", "after=99999999999", "done=1", "offset=3"],
)
def test_bad_parameters_get_a_sentence(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.get_json()["error"]


@pytest.mark.parametrize("path", [f"{URL}/7", f"{URL}/{10**25}", f"{URL}/x", f"{URL}/-1", "/api/nowhere"])
def test_what_is_not_there_gets_404_and_json(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path), client.patch(path, json={"done": True}), client.delete(path)):
        assert answer.status_code == 404
        assert answer.get_json()["error"].startswith("There is no")


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.put(f"{URL}/1", json={})
    assert answer.status_code == 405
    assert "PATCH" in answer.headers["Allow"]
    assert answer.get_json()["error"]


def test_the_document_names_every_route(app: Flask) -> None:
    told = {
        (path, method)
        for path, item in document()["paths"].items()
        for method in item.keys() & {"get", "post", "patch", "delete"}
    }
    routes = {
        (str(rule).replace("<int:todo_id>", "{todo_id}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.")
    }
    assert routes - told == {("/api/openapi.json", "get")}
    assert told <= routes
    assert app.test_client().get("/api/openapi.json").get_json() == document()
