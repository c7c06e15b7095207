"""Where the tests work: an account with one project, the fake programs first on PATH, a todo server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from cluster.gke.fake import state as fake
from cluster.gke.fake.failures import script

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / "cluster" / "gke" / "fake" / "bin"
ON = ("--on", "gke", "--project", fake.PROJECT)
KUBECTL = ("--kubectl", str(BIN / "kubectl"))
CLUSTER = "my-shop-1234_us-central1_kube-flask"
ENDS_S = 240


class Cloud:
    """One test's cloud: what was made in it, and the commands of this project that make it."""

    def __init__(self, home: Path, manifests: Path) -> None:
        self.state = home / "state.json"
        self.cache = home / "cache" / "kube-flask" / "gke" / CLUSTER
        if manifests.exists():
            shutil.copytree(manifests, self.cache)
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("FAKE_", "CLOUDSDK_"))
            },
            # The interpreter that runs the tests, not a wrapper of it that chooses one anew at each call.
            "PATH": os.pathsep.join([str(BIN), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            fake.VARIABLE: str(self.state),
        }
        self.change(todo_port=0)

    def change(self, **values: Any) -> None:
        """Set some parts of the state."""
        state = json.loads(self.state.read_text()) if self.state.exists() else fake.fresh()
        self.state.write_text(json.dumps(state | values))

    def fail(self, *names: str, times: int = 1) -> None:
        """Let the next commands fail as the scripts of these names say."""
        self.change(failures=[failure | {"times": times} for failure in script(names)])

    def __getitem__(self, name: str) -> Any:
        return json.loads(self.state.read_text())[name]

    def calls(self, *words: str) -> list[list[str]]:
        """Return the commands that had all these words, in order."""
        return [call for call in self["calls"] if set(words) <= set(call)]

    def command(self, *words: str) -> list[str]:
        """Return the command line of `python -m cluster` with these words."""
        sources = ["--images", "build"] if words[0] == "up" else []
        return [sys.executable, "-m", "cluster", *words, *ON, *KUBECTL, *sources]

    def run(self, *words: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run it to its end; return its exit code and what it said."""
        return self.shell(self.command(*words), environment)

    def shell(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run any command here."""
        done = subprocess.run(
            list(words),
            cwd=ROOT,
            env=self.environment | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENDS_S,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def killed_after(self, step: str, *words: str) -> None:
        """Begin it, and end it with SIGKILL as soon as a line begins with `step`."""
        said = ""
        with self.begun(*words) as process:
            assert process.stdout is not None
            while not (line := process.stdout.readline()).startswith(step) and line:
                said += line
            process.kill()
        assert line, f"it never said {step!r}: {said}"

    def begun(self, *words: str) -> subprocess.Popen[str]:
        """Start it and return it while it runs."""
        return subprocess.Popen(
            self.command(*words),
            cwd=ROOT,
            env=self.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


class Todos(BaseHTTPRequestHandler):
    """The application as far as a bring-up asks it: keeps the last todo."""

    kept: dict[str, Any] = {}

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        type(self).kept = {**json.loads(self.rfile.read(length)), "todo_id": 1}
        self._say(201)

    def do_GET(self) -> None:
        self._say(200)

    def do_DELETE(self) -> None:
        self._say(204)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _say(self, status: int) -> None:
        body = b"" if status == 204 else json.dumps(self.kept).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def todos() -> Iterator[int]:
    """Serve todos on a free port of this machine."""
    server = HTTPServer(("127.0.0.1", 0), Todos)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
