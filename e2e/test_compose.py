"""docs/local.md, docker compose: the page, todos that outlive containers, and a password that is nowhere to be read."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from cluster import tools, wheels
from cluster.settings import Settings
from cluster.shell import Shell
from e2e.documented import COMPOSE, LOCAL, Typist, blocks

pytestmark = pytest.mark.only_on("kind")
PROJECT = "kube-flask-e2e"
"""Not that of somebody who uses compose in this folder: the last command deletes its todos."""
WAIT_S = 10
COMMANDS = blocks(LOCAL.read_text())[COMPOSE]
TITLE = "Buy milk"


@dataclass(frozen=True)
class Stack:
    """What the page makes, under names and at a port of its own."""

    typist: Typist
    url: str

    def compose(self, words: str) -> str:
        [said] = self.typist.run([f"docker compose {words}"]).values()
        return said

    def volumes(self) -> set[str]:
        listed = ["docker", "volume", "ls", "--quiet", "--filter", f"name=^{PROJECT}_"]
        return set(subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split())

    def titles(self) -> list[str]:
        return [
            todo["title"] for todo in requests.get(f"{self.url}/api/todos", timeout=WAIT_S).json()["todos"]
        ]


@pytest.fixture(autouse=True)
def _leaves_it_healthy() -> None:
    """Nothing here touches the cluster."""


@pytest.fixture
def stack(settings: Settings, tmp_path: Path) -> Iterator[Stack]:
    shell = Shell(tmp_path / "compose.log")
    command = tools.compose(shell)
    wheels.ensure(shell, settings)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {"COMPOSE_PROJECT_NAME": PROJECT, "KUBE_FLASK_PORT": str(port)}
    if shell.ask(["docker", "buildx", "version"]) is None:
        environment["DOCKER_BUILDKIT"] = "0"
    replaced = {"docker compose": " ".join(command), "127.0.0.1:8000": f"127.0.0.1:{port}"}
    made = Stack(Typist(environment, replaced), f"http://127.0.0.1:{port}")
    made.compose("down --volumes")
    try:
        yield made
    finally:
        print(made.compose("logs --tail=40"))  # shown when the test failed
        made.compose("down --volumes")


def test_the_commands_of_the_page(stack: Stack) -> None:
    *until_down, down, up, remove = COMMANDS
    assert (down, up, remove) == (
        "docker compose down",
        "docker compose up --detach",
        "docker compose down --volumes",
    )
    wait = [command for command in until_down if "/readyz" in command]
    said = stack.typist.run(until_down)
    # The last command restarted the database.
    stack.typist.run(wait)
    [rows] = (output for command, output in said.items() if "SELECT" in command)
    assert TITLE in rows
    assert TITLE in requests.get(stack.url, timeout=WAIT_S).text
    password = stack.compose("exec -T postgres cat /var/lib/kube-flask/todo-password").strip()
    assert len(password) == 32
    assert password not in stack.compose("logs") + json.dumps(said)

    stack.typist.run([down])
    data, secret = f"{PROJECT}_data", f"{PROJECT}_password"
    assert stack.volumes() == {data, secret}
    # Only the data is kept: a database whose password was lost still lets the application in.
    subprocess.run(["docker", "volume", "rm", secret], check=True, capture_output=True)
    stack.typist.run([up, *wait])
    assert stack.titles() == [TITLE]
    assert stack.compose("exec -T postgres cat /var/lib/kube-flask/todo-password").strip() != password

    stack.typist.run([remove])
    assert stack.volumes() == set()
