"""The program named `gcloud`: validates, fails by script, answers, and waits as the real one does."""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cluster.gke.fake import kindside
from cluster.gke.fake.answers import ANSWERS
from cluster.gke.fake.arguments import Refused, Told, parse
from cluster.gke.fake.errors import Failed
from cluster.gke.fake.failures import next_failure
from cluster.gke.fake.state import State, opened

NOT_LOGGED_IN = """You do not currently have an active account selected.
Please run:

  $ gcloud auth login

to obtain new credentials.

If you have already logged in with a different account, run:

  $ gcloud config set account ACCOUNT

to select an already authenticated account to use."""
POLL_S = 0.05
NEED_NO_LOGIN = ("auth list", "auth login", "components install")
SLOW = ("container clusters create", "container clusters create-auto", "container clusters delete")


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    if list(arguments) == ["--version"]:
        print("Google Cloud SDK 578.0.0 (a stand-in)")
        return 0
    try:
        told = parse(arguments)
        hangs_s, failed = _run(told, arguments)
        if hangs_s:
            time.sleep(hangs_s)
        if failed:
            print(failed, file=sys.stderr)
            return 1
        if told.command in SLOW or told.command == "container operations wait":
            _wait(told)
        if told.command in SLOW:
            kindside.emptied()
        if told.command == "container clusters get-credentials":
            _credentials(told)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except Failed as failure:
        print(f"ERROR: (gcloud.{told.command.replace(' ', '.')}) {failure}", file=sys.stderr)
        return 1
    return 0


def _run(told: Told, arguments: Sequence[str]) -> tuple[float, str]:
    """Do it; return for how long it hangs and what a scripted failure says."""
    with opened() as state:
        state["calls"].append(["gcloud", *arguments])
        if not state["account"] and told.command not in NEED_NO_LOGIN:
            raise Failed(NOT_LOGGED_IN)
        project = told.flag("--project")
        if project is not None and project not in state["projects"]:
            raise Failed(
                f"[{state['account']}] does not have permission to access projects instance [{project}]"
                " (or it may not exist): The caller does not have permission"
            )
        if failure := next_failure(told.command, state["failures"]):
            if failure.get("leaves"):
                ANSWERS[told.command](state, told)
                _leave(state, told.positionals[0], failure)
            return failure.get("hangs_s", 0.0), failure["says"]
        if answer := ANSWERS.get(told.command):
            _print(answer(state, told), told)
    return 0.0, ""


def _leave(state: State, cluster: str, failure: dict[str, Any]) -> None:
    """Leave the cluster as the failure does: broken for good, or still being made by an operation nobody waits for."""
    operation = list(state["operations"].values())[-1]
    if failure["leaves"] == "PROVISIONING":
        operation["ends"] = time.time() + state["create_s"]
        return
    operation |= {"status": "DONE"}
    state["clusters"][cluster] |= {"status": failure["leaves"], "statusMessage": failure["says"][-200:]}


def _print(answer: Any, told: Told) -> None:
    style = str(told.flag("--format", ""))
    if answer is None or style == "none" or not style:
        return
    print(json.dumps(answer, indent=1) if style == "json" else answer)


def _wait(told: Told) -> None:
    """Wait for the cluster's operation, or for the one that is named, without keeping others from the state."""
    while True:
        with opened() as state:
            mine = [
                operation
                for operation in state["operations"].values()
                if told.positionals[0] in (operation["name"], operation["cluster"])
            ]
            if not any(operation["status"] == "RUNNING" for operation in mine):
                return
        time.sleep(POLL_S)


def _credentials(told: Told) -> None:
    name, context = told.positionals[0], "_".join(["gke", told.flag("--project"), told.flag("--location")])
    with opened() as state:
        found = state["clusters"].get(name)
        if found is None:
            raise Failed(f"ResponseError: code=404, message=Not found: projects/clusters/{name}.")
        zones = found["locations"]
    target = Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(kindside.kubeconfig(f"{context}_{name}")))
    kindside.prepare(zones)
