import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from cluster import appimages, kind
from cluster.settings import Settings, for_preset
from e2e.documented import COMPOSE, DOWN, LOCAL, PYTHON, ROOT, UP, Typist, blocks
from e2e.onenode import as_documented, typist

STARTED_S = 30
PAGE = blocks(LOCAL.read_text())


def test_every_command_of_the_page_is_run_by_some_test() -> None:
    assert list(PAGE) == [PYTHON, COMPOSE, *UP, *DOWN]


@pytest.mark.parametrize(
    "page",
    ["# A\n```bash\nrm x\n```\n", "# A\n```\nrm x\n```\n", "```sh\nrm x\n```\n", "# A\n\n    rm x\n"],
)
def test_a_command_that_no_test_would_run_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="run by no test"):
        blocks(page)


def test_commands_are_kept_in_order_by_their_heading() -> None:
    page = (
        "# A\n```sh\n# a comment\none  # why\n\ntwo\n```\ntext\n## B\n```sh\nthree\n```\n```sh\nfour\n```\n"
    )
    assert blocks(page) == {"A": ["one  # why", "two"], "B": ["three", "four"]}


def test_a_command_that_fails_is_named_with_its_words() -> None:
    with pytest.raises(AssertionError, match=r"echo no; false ended with 1: no"):
        Typist().run(["true", "echo no; false"])


def test_commands_are_typed_in_the_repository_with_its_programs() -> None:
    said = Typist({"X": "there"}, {"NAME": "world"}).run(
        ["echo hello NAME $X", "command -v python; ls README.md"]
    )
    assert said["echo hello NAME $X"] == "hello world there\n"
    assert ".venv/bin/python" in said["command -v python; ls README.md"]


def test_what_is_meant_for_minikube_goes_to_the_kind_cluster_and_nowhere_else() -> None:
    settings = for_preset(Settings(root=Path("/r"), cache=Path("/c")), "single-node")
    by_hand = typist(settings, "/c/bin/kind", {"todo": "abc"})
    typed = [by_hand.words(command) for heading in (*UP[1:], *DOWN) for command in PAGE[heading]]
    assert by_hand.environment["KUBECONFIG"] == "/c/kube-flask-single-node/kubeconfig"
    assert not any("minikube" in command or "30080" in command for command in typed)
    assert any(c.startswith("/c/bin/kind load docker-image --name kube-flask-single-node ") for c in typed)
    assert any("synth --set images.tag.todo=abc --preset single-node" in command for command in typed)


def test_one_node_comes_and_goes_in_the_order_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = for_preset(Settings(root=tmp_path, cache=tmp_path), "single-node")
    typed: list[str] = []
    monkeypatch.setattr(Typist, "run", lambda self, commands: typed.extend(map(self.words, commands)))
    monkeypatch.setattr(kind, "binary", lambda *_: Path("/kind"))
    monkeypatch.setattr(appimages, "loaded_tags", lambda _: {"todo": "abc"})
    with as_documented(settings):
        assert typed[0] == settings.words("up")
        assert "delete pod" in " ".join(typed)
        before = len(typed)
    assert len(typed) == sum(len(PAGE[heading]) for heading in (*UP, *DOWN))
    assert typed[before:] == ["kubectl delete -f build/single", settings.words("down")]


def collected(*options: str) -> str:
    """Return the tests of e2e that would be run."""
    command = [sys.executable, "-m", "pytest", "e2e", "--collect-only", "--quiet", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_suite_on_one_node_leaves_out_what_needs_another() -> None:
    both = ("test_the_primary_pod_is_lost", "[standby-lost]", "at_the_printed_address", "test_by_the_api")
    several = (
        "test_the_primarys_node_is_drained",
        "[node-killed]",
        "[node-cut]",
        "share_a_node",
        "test_compose",
    )
    everything = ("-m", "full or not full")
    one, four = collected("--preset", "single-node", *everything), collected(*everything)
    assert all(name in one and name in four for name in both)
    assert all(name not in one and name in four for name in several)


@pytest.fixture
def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def typed(tmp_path: Path, free_port: int) -> Iterator[list[str]]:
    """The server runs as the page says; what remains to be typed."""
    # Not the todos of somebody who works in this folder.
    here = Typist({"TODO_DSN": f"sqlite:///{tmp_path}/todo.sqlite3"}, {"5000": str(free_port)})
    serve, *others = PAGE[PYTHON]
    log = tmp_path / "log"
    with log.open("w") as out, subprocess.Popen(
        ["bash", "-c", f"exec {here.words(serve)}"],
        cwd=ROOT, env=here.surroundings(), stdout=out, stderr=out,
    ) as server:  # fmt: skip
        try:
            deadline = time.monotonic() + STARTED_S
            while True:
                try:
                    requests.get(f"http://127.0.0.1:{free_port}/healthz", timeout=1)
                    break
                except requests.RequestException:
                    assert server.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.1)
            yield list(here.run(others).values())
        finally:
            server.terminate()


def test_only_python(typed: list[str]) -> None:
    assert '"todos": []' in typed[-1] or '"todos":[]' in typed[-1]
