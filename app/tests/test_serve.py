import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from app.gunicorn_conf import quiet

ROOT = Path(__file__).resolve().parents[2]
START_S = 20
DRAIN_S = 1


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_S
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def server(url: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The server as the image starts it, from a folder that is not the program's."""
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "TODO_DSN": f"sqlite:///{tmp_path}/todo.sqlite3",
        "TODO_LISTEN": url.removeprefix("http://"),
        "TODO_DRAIN_S": str(DRAIN_S),
    }
    process = subprocess.Popen([sys.executable, "-m", "app", "serve"], env=environ, cwd=tmp_path)
    try:
        eventually(lambda: status(url, "/readyz") == 200)
        yield process
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(START_S)


def status(url: str, path: str) -> int:
    """The HTTP status, 0 when nobody listens."""
    try:
        return requests.get(url + path, timeout=5).status_code
    except requests.ConnectionError:
        return 0


def test_sigterm_is_unready_first_and_serves_until_it_stops(
    url: str, server: subprocess.Popen[bytes]
) -> None:
    began = time.monotonic()
    server.send_signal(signal.SIGTERM)
    eventually(lambda: status(url, "/readyz") == 503)
    assert status(url, "/api/todos") == 200
    assert server.wait(START_S) == 0
    assert time.monotonic() - began > DRAIN_S


@pytest.mark.usefixtures("server")
def test_a_huge_body_of_unknown_length_is_refused(url: str) -> None:
    chunks = iter([b'{"title": "x"}', *[b" " * 2**16] * 5])
    answer = requests.post(
        url + "/api/todos", data=chunks, headers={"Content-Type": "application/json"}, timeout=5
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "code", "kept"), [("/readyz", "200", False), ("/readyz", "503", True), ("/", "200", True)]
)
def test_only_content_probes_are_left_out_of_the_log(path: str, code: str, kept: bool) -> None:
    record = logging.LogRecord("gunicorn.access", logging.INFO, "", 0, "%(U)s", None, None)
    record.args = {"U": path, "s": code}
    assert quiet(record) is kept
