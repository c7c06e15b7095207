"""What the pretended cloud remembers: one JSON file, changed by one program at a time."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VARIABLE = "FAKE_GCLOUD_STATE"
"""Environment variable with the path of the file."""
PROJECT = "my-shop-1234"
REGIONS = {"us-central1": "abcf", "us-east1": "bcd", "europe-west1": "bcd"}

State = dict[str, Any]


def fresh() -> State:
    """Return the state of an account with one empty project."""
    return {
        "account": "me@example.com",
        "projects": {PROJECT: {"projectId": PROJECT, "projectNumber": "1234", "lifecycleState": "ACTIVE"}},
        "billing": True,
        "services": [],
        "quota": {"CPUS": [72.0, 0.0], "SSD_TOTAL_GB": [500.0, 0.0], "IN_USE_ADDRESSES": [8.0, 0.0]},
        "repositories": {},
        "accounts": {},
        "policy": {},
        "clusters": {},
        "operations": {},
        "images": [],
        "disks": {},
        "instances": {},
        "kube": {"applied": False, "service": False, "asked": 0, "volumes": {}},
        "todo_port": 80,
        "create_s": 0.0,
        "failures": [],
        "calls": [],
    }


def path() -> Path:
    """Return where the state is."""
    return Path(os.environ.get(VARIABLE) or Path.home() / ".fake-gcloud.json")


@contextmanager
def opened() -> Iterator[State]:
    """Hold the state and write it back, also when the block ends with an error."""
    file = path()
    with (file.parent / f"{file.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = json.loads(file.read_text()) if file.exists() else fresh()
        _advance(state)
        try:
            yield state
        finally:
            draft = file.with_suffix(".draft")
            draft.write_text(json.dumps(state, indent=1))
            draft.rename(file)


def _advance(state: State) -> None:
    """Let what has been begun go on: Google's side works whether somebody waits or not."""
    for operation in state["operations"].values():
        if operation["status"] == "RUNNING" and time.time() >= operation["ends"]:
            operation["status"] = "DONE"
            name = operation["cluster"]
            if operation["becomes"] is None:
                state["clusters"].pop(name, None)
            elif name in state["clusters"]:
                state["clusters"][name]["status"] = operation["becomes"]
