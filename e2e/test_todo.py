"""A todo makes the whole way, by the pages and by the API."""

import re
import uuid

import pytest
import requests

from chaos.targets.kind import MARK, KindTarget
from cluster.settings import Settings

WAIT_S = 10


@pytest.fixture
def base(target: KindTarget) -> str:
    todo = target.reach.clients.ways.todo
    return f"http://{todo.host}:{todo.port}"


@pytest.fixture
def title() -> str:
    return f"{MARK}-{uuid.uuid4()}"


def test_by_the_pages(base: str, title: str) -> None:
    with requests.Session() as browser:
        added = browser.post(f"{base}/new", data={"title": title, "text": "by page"}, timeout=WAIT_S)
        assert (added.status_code, title in added.text) == (200, True)
        number = re.search(rf'/(\d+)/edit">Edit<span class="hidden"> “{title}”', added.text)
        assert number, "the list has no link to edit the new todo"
        todo = f"{base}/{number[1]}"
        edited = browser.post(f"{todo}/edit", data={"title": f"{title}, edited", "text": ""}, timeout=WAIT_S)
        assert f"{title}, edited" in edited.text
        browser.post(f"{todo}/done", data={"done": "1"}, timeout=WAIT_S)
        assert title in browser.get(f"{base}/?show=done", timeout=WAIT_S).text
        browser.post(f"{todo}/delete", timeout=WAIT_S)
        assert title not in browser.get(base, timeout=WAIT_S).text


def test_by_the_api(base: str, title: str) -> None:
    created = requests.post(f"{base}/api/todos", json={"title": title, "text": "by API"}, timeout=WAIT_S)
    assert created.status_code == 201
    url = f"{base}/api/todos/{created.json()['todo_id']}"
    assert requests.get(url, timeout=WAIT_S).json() == created.json()
    changed = requests.patch(url, json={"done": True}, timeout=WAIT_S)
    assert (changed.status_code, changed.json()) == (200, created.json() | {"done": True})
    assert requests.delete(url, timeout=WAIT_S).status_code == 204
    assert requests.get(url, timeout=WAIT_S).status_code == 404


def test_bad_input_is_refused_with_a_sentence(base: str) -> None:
    answer = requests.post(f"{base}/api/todos", json={"title": ""}, timeout=WAIT_S)
    assert (answer.status_code, "title" in answer.text) == (400, True)


def test_the_page_is_on_this_machine_at_the_printed_address(settings: Settings) -> None:
    assert "<html" in requests.get(settings.url, timeout=WAIT_S).text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_probes_are_content(base: str, path: str) -> None:
    assert requests.get(f"{base}{path}", timeout=WAIT_S).status_code == 200
