from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings
from cluster import tools
from cluster.shell import Shell, StepFailed

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
PASSWORD = "/var/lib/kube-flask"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_a_target_of_the_dockerfile_and_locked_down(name: str) -> None:
    service = SERVICES[name]
    stages = [line.split()[-1] for line in (ROOT / "Dockerfile").read_text().splitlines() if " AS " in line]
    assert service["build"] == {"context": ".", "target": service["build"]["target"]}
    assert service["build"]["target"] in stages
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "user" not in service
    assert "privileged" not in service


@pytest.mark.parametrize(
    ("plugin", "program", "root", "command"),
    [
        (True, True, True, ["docker", "compose"]),
        (False, True, False, ["docker-compose"]),
        (False, False, True, ["docker-compose"]),
        (False, False, False, None),
    ],
)
def test_the_plugin_is_preferred_and_the_older_program_installed_where_that_is_possible(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plugin: bool,
    program: bool,
    root: bool,
    command: list[str] | None,
) -> None:
    shell, there = Shell(tmp_path / "log"), [program]
    monkeypatch.setattr(shell, "ask", lambda command: "v5" if plugin else None)
    monkeypatch.setattr(shell, "run", lambda command, advice: there.append("install" in command))
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/docker-compose" if there[-1] else None)
    monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr("cluster.facts.is_debian_like", lambda _: True)
    if command is None:
        with pytest.raises(StepFailed, match=r"please install.*docker-compose 1\.29"):
            tools.compose(shell)
    else:
        assert tools.compose(shell) == command
    assert (there[-1] and not program) == (root and not program and not plugin)


def test_only_the_application_is_published_and_only_to_this_machine() -> None:
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert ports == {"postgres": [], "todo": ["127.0.0.1:${KUBE_FLASK_PORT:-8000}:8000"]}


def test_the_application_accepts_its_environment_and_is_told_no_password(tmp_path: Path) -> None:
    told = dict(SERVICES["todo"]["environment"])
    (file := tmp_path / "password").write_text("p\n")
    assert told["TODO_PASSWORD_FILE"] == f"{PASSWORD}/todo-password"
    url = Settings.from_env(told | {"TODO_PASSWORD_FILE": str(file)}).url
    assert (url.host, url.username, url.database, url.password) == ("postgres", "todo", "todo", "p")
    assert SERVICES["todo"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "environment" not in SERVICES["postgres"]


def test_only_the_database_may_write_the_password() -> None:
    [mounted] = SERVICES["todo"]["volumes"]
    assert mounted["read_only"]
    assert mounted["target"] == PASSWORD
    assert f"{mounted['source']}:{PASSWORD}" in SERVICES["postgres"]["volumes"]


def test_what_the_images_copy_is_in_the_build_context() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        line.split()[1].split("/")[0]
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    assert set(copied) == allowed
