"""GKE's nodes: instances that gcloud stops and starts, and commands on them through a privileged pod."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from chaos.faults.hands import RUN_S, RUNNING, FaultError, wait_until
from chaos.targets.gke_objects import HANDS
from chaos.targets.gke_tool import RAN, Command, Tool
from chaos.targets.gke_words import hands, on_node
from cluster.gke.questions import gcloud, listed
from cluster.gke.settings import GkeSettings

__all__ = ["GkeNodes", "Instance", "hands_in", "instances_in"]

ENGINE_S = 120.0
UP_S = 600.0
"""A stopped instance takes 1 to 2 min to be down, about 1 min to be up; its group may be at work on it meanwhile."""
POLL_S = 5.0
SLACK_S = 20.0
"""The way of a command to its node and back, through Google's API and the kubelet."""
READY_S = 180.0
DOWN = ("terminated", "stopped", "suspended")
CREATED_BY = "created-by"


@dataclass(frozen=True)
class Instance:
    """A virtual machine that is a node."""

    state: str
    """`running`, `stopping`, `terminated`, `provisioning`, ... as Google calls it."""
    zone: str
    group: str
    """The managed instance group that makes it anew."""
    born: str = ""
    """When it was made, as Google says it."""


def instances_in(text: str) -> dict[str, Instance]:
    """Return the instances by name from `gcloud compute instances list --format=json`. Raises ValueError, KeyError."""
    return {item["name"]: _instance(item) for item in json.loads(text)}


def _instance(item: Mapping[str, Any]) -> Instance:
    told = {pair["key"]: pair.get("value", "") for pair in item.get("metadata", {}).get("items", ())}
    return Instance(
        item["status"].lower(),
        item["zone"].rpartition("/")[2],
        str(told.get(CREATED_BY, "")).rpartition("/")[2],
        item.get("creationTimestamp", ""),
    )


def hands_in(text: str) -> dict[str, str]:
    """Return the running ones of our privileged pods by node, from `kubectl get pods --output=json`."""
    return {
        item["spec"]["nodeName"]: item["metadata"]["name"]
        for item in json.loads(text)["items"]
        if "deletionTimestamp" not in item["metadata"]
        and any(c["type"] == "Ready" and c["status"] == "True" for c in item["status"].get("conditions", ()))
    }


class GkeNodes:
    """The nodes of one GKE cluster: a NodeShell and a NodeEngine."""

    def __init__(self, tool: Tool, settings: GkeSettings, runner: str = "") -> None:
        self._tool, self._settings, self._runner = tool, settings, runner
        self._pods: dict[str, str] = {}
        self._asking = threading.Lock()

    def run(self, node: str, argv: Sequence[str], timeout_s: float = RUN_S) -> str:
        """Return what a command prints on a node; a pod that was replaced is looked for anew. Raises FaultError."""
        known = node in self._pods
        command = on_node(self._settings, self._pod(node), argv)
        try:
            return self._tool.run(command, timeout_s + SLACK_S)
        except FaultError as error:
            # What has run there must not run twice.
            if RAN in str(error) or not known:
                raise
        self._pods.clear()
        return self._tool.run(on_node(self._settings, self._pod(node), argv), timeout_s + SLACK_S)

    def _pod(self, node: str) -> str:
        with self._asking:
            return self._asked(node)

    def _asked(self, node: str) -> str:
        deadline = time.monotonic() + READY_S
        while node not in self._pods:
            self._pods |= hands_in(self._tool.run(hands(self._settings, self._runner), ENGINE_S))
            if node not in self._pods and time.monotonic() > deadline:
                raise FaultError(
                    f"No pod of {HANDS} is ready on {node} after {READY_S:g} s; see `kubectl get pods`."
                )
            if node not in self._pods:
                time.sleep(POLL_S)
        return self._pods[node]

    def instances(self) -> dict[str, Instance]:
        """Return the instances of the cluster's nodes by name. Raises FaultError."""
        found = instances_in(self._tool.run(self._listing(), ENGINE_S))
        if not found:
            raise FaultError(
                f"No instance belongs to {self._settings.place}; see `gcloud compute instances list`."
            )
        return found

    def _listing(self) -> Command:
        s = self._settings
        ours = f"labels.goog-k8s-cluster-name={s.name} AND labels.goog-k8s-cluster-location={s.region}"
        return Command(listed(s, "compute", "instances", "list", f"--filter={ours}"))

    def states(self) -> Mapping[str, str]:
        """Return the state of every node. Raises FaultError."""
        return {name: instance.state for name, instance in self.instances().items()}

    def kill(self, node: str) -> None:
        """Let Google stop it without waiting for the end. Raises FaultError."""
        self._compute("instances", "stop", node, "--async", at=node)
        # A heal that still saw it running would think that nothing is to be done.
        if not wait_until(lambda: self.states().get(node) != RUNNING, ENGINE_S):
            raise FaultError(f"{node} still runs {ENGINE_S:g} s after it was told to stop; see the console.")

    def start(self, node: str) -> None:
        """Start it when it is down, unless its group does; wait until it runs. Raises FaultError."""
        deadline = time.monotonic() + UP_S
        while (state := self.states().get(node, "gone")) != RUNNING:
            if time.monotonic() > deadline:
                raise FaultError(f"{node} is {state} and does not run after {UP_S:g} s; see the console.")
            if state in DOWN:
                self._compute("instances", "start", node, at=node)
            else:
                time.sleep(POLL_S)

    def recreate(self, node: str) -> None:
        """Let its group delete it and make it anew. Raises FaultError."""
        group = self._instance(node).group
        if not group:
            raise FaultError(f"{node} belongs to no managed instance group, so nobody would make it anew.")
        self._compute(
            "instance-groups", "managed", "recreate-instances", group, f"--instances={node}", at=node
        )

    def pause(self, node: str) -> NoReturn:
        """Raise FaultError."""
        raise FaultError(f"{node} cannot be paused: Google has no such command.")

    unpause = pause

    def _instance(self, node: str) -> Instance:
        found = self.instances()
        if node not in found:
            raise FaultError(f"There is no instance {node}; there are {', '.join(found)}.")
        return found[node]

    def _compute(self, *words: str, at: str) -> None:
        zone = self._instance(at).zone
        self._tool.run(Command(gcloud(self._settings, "compute", *words, f"--zone={zone}", "--quiet")), UP_S)
