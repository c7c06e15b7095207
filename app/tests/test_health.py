import pytest
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings


def test_ready_with_a_database(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"


def test_healthy_but_not_ready_without_a_database(lost: FlaskClient) -> None:
    assert lost.get("/healthz").status_code == 200
    answer = lost.get("/readyz")
    assert answer.status_code == 503
    assert answer.text == "The database cannot be reached right now; please try again in a moment.\n"


@pytest.mark.usefixtures("draining")
def test_healthy_but_not_ready_while_shutting_down(client: FlaskClient) -> None:
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 200


def test_not_ready_without_the_tables(empty: Settings) -> None:
    app = create_app(empty)
    engine = app.extensions["db"].kw["bind"]
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS todos")
    answer = app.test_client().get("/readyz")
    engine.dispose()
    assert answer.status_code == 503
    assert "python -m app migrate" in answer.text
