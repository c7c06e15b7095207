from pathlib import Path

import pytest

from app import create_app
from app.settings import Settings, SettingsError

DSN = "postgresql://todo@pgpool:5432/todo"


@pytest.fixture
def secret(tmp_path: Path) -> str:
    file = tmp_path / "todo-password"
    file.write_text("s3cret/@:\n")
    return str(file)


def test_the_defaults_are_those_of_no_environment() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert settings.url.drivername == "sqlite"


def test_the_password_comes_from_its_file_and_is_not_shown(secret: str) -> None:
    settings = Settings.from_env({"TODO_DSN": DSN, "TODO_PASSWORD_FILE": secret})
    assert settings.url.password == "s3cret/@:"
    assert settings.url.drivername == "postgresql+psycopg2"
    assert "s3cret" not in repr(settings)


def test_numbers_and_addresses_are_read() -> None:
    settings = Settings.from_env(
        {"TODO_WORKERS": "4", "TODO_LISTEN": "[::]:80", "TODO_DSN": "sqlite:///x.sqlite3"}
    )
    assert (settings.workers, settings.listen, settings.url.database) == (4, "[::]:80", "x.sqlite3")
    assert Settings.from_env({"TODO_DSN": DSN}).url.password is None


def test_what_kubernetes_sets_for_a_service_named_todo_is_no_setting() -> None:
    assert (
        Settings.from_env({"TODO_PORT": "tcp://10.0.0.1:80", "TODO_SERVICE_HOST": "10.0.0.1"}) == Settings()
    )


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"TODO_DSN": "pgpool:5432"}, "TODO_DSN is not a database URL"),
        ({"TODO_DSN": "mysql://x/y"}, "TODO_DSN must begin with postgresql"),
        ({"TODO_DSN": "postgresql+asyncpg://x/y"}, "TODO_DSN must begin with postgresql"),
        ({"TODO_DSN": "postgresql://todo:pw@x/y"}, "TODO_DSN must not contain a password"),
        ({"TODO_PASSWORD_FILE": "/x"}, "TODO_PASSWORD_FILE is set but TODO_DSN is not"),
        ({"TODO_DSN": DSN, "TODO_PASSWORD_FILE": "/nowhere"}, "cannot be read: No such file"),
        ({"TODO_DSN": DSN, "TODO_PASSWORD_FILE": "/dev/null"}, "is empty"),
        ({"TODO_LISTEN": "8000"}, "TODO_LISTEN must be an address and a port"),
        ({"TODO_LISTEN": "0.0.0.0:99999"}, "TODO_LISTEN must be an address and a port"),
        ({"TODO_WORKERS": "0"}, "TODO_WORKERS must be a whole number from 1 to 64, not '0'."),
        ({"TODO_THREADS": "many"}, "TODO_THREADS must be a whole number"),
        ({"TODO_POOL_SIZE": ""}, "TODO_POOL_SIZE must be a whole number"),
        ({"TODO_DRAIN_S": "-1"}, "TODO_DRAIN_S must be a whole number from 0"),
        ({"TODO_MIGRATE_WAIT_S": "1.5"}, "TODO_MIGRATE_WAIT_S must be a whole number"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pw").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="it is not UTF-8"):
        Settings.from_env({"TODO_DSN": DSN, "TODO_PASSWORD_FILE": str(tmp_path / "pw")})


def test_the_application_ends_with_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_WORKERS", "x")
    with pytest.raises(SystemExit, match="app: TODO_WORKERS must be"):
        create_app()


def test_a_folder_that_cannot_be_made_is_said() -> None:
    settings = Settings.from_env({"TODO_DSN": "sqlite:////dev/null/x/todo.sqlite3"})
    with pytest.raises(
        SystemExit, match="TODO_DSN must name a PostgreSQL or a writable place: /dev/null/x/todo"
    ):
        create_app(settings)
