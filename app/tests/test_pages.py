import pytest
from flask.testing import FlaskClient


def add(client: FlaskClient, title: str, text: str = "") -> None:
    assert client.post("/new", data={"title": title, "text": text}).status_code == 303


def test_an_empty_list_offers_to_add_the_first_todo(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "Nothing to do yet." in page
    assert "Add the first todo" in page


def test_the_form_for_a_new_todo_is_empty(client: FlaskClient) -> None:
    page = client.get("/new").text
    assert '<input id="title" name="title" value=""' in page
    assert "error" not in page


def test_a_new_todo_is_listed_and_said_once(client: FlaskClient) -> None:
    page = client.post("/new", data={"title": "Buy milk", "text": "two"}, follow_redirects=True).text
    assert "Buy milk" in page
    assert "Todo added." in page
    assert "Todo added." not in client.get("/").text


def test_what_people_type_is_escaped(client: FlaskClient) -> None:
    add(client, "<script>alert(1)</script>", "<b>")
    page = client.get("/").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("path", ["/new", "/1/edit"])
def test_an_error_stands_at_its_field_and_keeps_the_rest(client: FlaskClient, path: str) -> None:
    add(client, "Buy milk")
    answer = client.post(path, data={"title": " ", "text": "kept\r\nline"})
    assert answer.status_code == 400
    assert 'id="title-error">The title must not be empty.<' in answer.text
    assert 'aria-describedby="title-error"' in answer.text
    assert "kept" in answer.text


def test_editing_shows_and_changes_the_todo(client: FlaskClient) -> None:
    add(client, "Buy milk", "two")
    assert 'value="Buy milk"' in client.get("/1/edit").text
    page = client.post("/1/edit", data={"title": "Buy bread", "text": ""}, follow_redirects=True).text
    assert "Buy bread" in page
    assert "Buy milk" not in page
    assert "Changes saved." in page


def test_done_sent_twice_is_done_once(client: FlaskClient) -> None:
    add(client, "Buy milk")
    for _ in range(2):
        page = client.post("/1/done", data={"done": "1"}, follow_redirects=True).text
    assert 'class="done"' in page
    assert "Marked as done." in page
    page = client.post("/1/done", data={"done": "0"}, follow_redirects=True).text
    assert 'class="done"' not in page


def test_done_must_say_what(client: FlaskClient) -> None:
    add(client, "Buy milk")
    assert "must be 1 or 0" in client.post("/1/done").text


def test_deleting_asks_first(client: FlaskClient) -> None:
    add(client, "Buy milk")
    assert "Delete this todo?" in client.get("/1/delete").text
    page = client.post("/1/delete", follow_redirects=True).text
    assert "Todo deleted." in page
    assert "Buy milk" not in page


def test_the_filters_and_their_numbers(client: FlaskClient) -> None:
    add(client, "Buy milk")
    add(client, "Sleep")
    client.post("/1/done", data={"done": "1"})
    assert 'Open <span class="count">1</span>' in client.get("/").text
    assert "Sleep" not in client.get("/?show=done").text
    assert "Buy milk" not in client.get("/?show=open").text


def test_the_filter_is_kept_after_a_change(client: FlaskClient) -> None:
    add(client, "Buy milk")
    answer = client.post("/1/done?show=open&after=7", data={"done": "1"})
    assert answer.location == "/?show=open&after=7"
    assert "All done." in client.get("/?show=open").text


def test_older_todos_are_on_the_next_page(client: FlaskClient) -> None:
    for number in range(1, 23):
        add(client, f"todo {number}.")
    assert "todo 2." not in client.get("/").text
    older = client.get("/?after=3").text
    assert "todo 2." in older
    assert "todo 3." not in older


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?after=99999999999", "?show=%00", "?after=1"])
def test_a_strange_address_shows_a_list(client: FlaskClient, query: str) -> None:
    assert client.get("/" + query).status_code == 200


@pytest.mark.parametrize(
    "path", ["/0/edit", "/7/edit", "/7/delete", "/7/done", f"/{10**25}/edit", "/nowhere"]
)
def test_what_is_not_there_gets_404(client: FlaskClient, path: str) -> None:
    answers = [client.get(path), client.post(path, data={"title": "x", "done": "1"})]
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert answers[1].status_code == 404
    assert "There is no" in answers[1].text or "There is nothing" in answers[1].text


def test_a_forged_notice_says_nothing(client: FlaskClient) -> None:
    client.set_cookie("notice", "<b>you won")
    page = client.get("/").text
    assert 'role="status"' not in page
    assert "you won" not in page


def test_pages_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/")
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    with client.get("/static/style.css") as style:
        assert style.status_code == 200
