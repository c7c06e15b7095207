"""A mutated platform on the cluster of `make up`, for as long as a block lasts, and the original put back after it."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from chaos.mutants.change import MARK, OWNERS, Document, changed, ha_settings, rolled
from chaos.mutants.table import Mutant
from chaos.run_signals import unbroken
from cluster import manifests
from cluster.settings import Settings
from cluster.shell import Shell, StepFailed

__all__ = ["DeployError", "Platform", "RestoreError", "restore"]

ROLLOUT_S = 120
"""Two pools one after the other took 20 s on an idle machine."""
IN_FORCE_S = 120.0
"""Until all nodes stream again, the pools agree and the agents tell the failpoints they were given."""
NODES = "statefulset/postgres"
BY_HAND = {"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}}
POLL_S = 1.0
MARKED = "statefulset,deployment,poddisruptionbudget,configmap,node"
HEAL = "`python -m chaos heal` puts the original back"


class DeployError(Exception):
    """The mutant does not run, so nothing was proved; one sentence says why."""


class RestoreError(Exception):
    """The original does not run again; one sentence says why and what to do."""


class Platform:
    """Changes what runs, and changes it back."""

    def __init__(self, settings: Settings, log: Path, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._shell = Shell(log, say)
        self._say = say
        self._kubectl = (*settings.kubectl, "--namespace", settings.namespace)
        with _told_as(DeployError):
            self._original = manifests.documents(manifests.folder(settings))

    @contextmanager
    def changing(self) -> Iterator[Callable[[Mutant], None]]:
        """Give what deploys a mutant, in place of the one before; however the block ends, the original is put back.

        Raises DeployError, and RestoreError when the original is not back.
        """
        try:
            yield self._deploy
        finally:
            with unbroken(self._say):
                self.restore()

    def restore(self) -> list[str]:
        """Put back whatever any mutant of any run left changed; return what that was. Raises RestoreError."""
        with _told_as(RestoreError):
            marked = [item for item in self._get(MARKED) if MARK in item["metadata"].get("annotations", {})]
            if not marked:
                return []
            names = [f"{item['kind']} {item['metadata']['name']}" for item in marked]
            self._say(f"putting back {', '.join(names)}")
            self._free([item["metadata"]["name"] for item in marked if item["kind"] == "Node"])
            self._replace(rolled(marked), self._original, self._original)
            return names

    def _deploy(self, mutant: Mutant) -> None:
        with _told_as(DeployError):
            wanted = mutant.change(self._original)
            documents = changed(self._original, wanted, mutant.name)
            if not documents:
                raise DeployError(f"{mutant.name} changes nothing: the manifests are not what it expects.")
            self._say(f"deploying {mutant.name}: {mutant.how}")
            away = self._settings.nodes[2:] if mutant.crowded else ()
            try:
                self._keep_off(away, mutant.name)
                self._replace(rolled(documents), documents, wanted)
            finally:
                self._free(away)

    def _apply(self, documents: Sequence[Document]) -> None:
        # As cluster/deploy.py does it: the same owner of all fields, so that what is no longer named goes away.
        command = [*self._kubectl, "apply", "--server-side", "--force-conflicts", "--filename=-"]
        self._shell.need(command, text=yaml.safe_dump_all(documents), advice=HEAL)

    def _replace(
        self, workloads: Sequence[str], documents: Sequence[Document], wanted: Sequence[Document]
    ) -> None:
        """Apply documents of which these workloads have other pods, and wait until those run as is wanted."""
        if NODES in workloads:
            # Of a rolling update Kubernetes 1.37 deletes every old pod that is not ready, at once: with the primary
            # also the standbys that look for the next one (stateful_set_control.go, podManagementPolicy Parallel).
            self._shell.need(
                [*self._kubectl, "patch", NODES, "--type=merge", f"--patch={json.dumps(BY_HAND)}"]
            )
            self._apply(by_hand(documents))
            self._replace_nodes()
        self._apply(documents)
        for workload in workloads:
            command = [*self._kubectl, "rollout", "status", workload, f"--timeout={ROLLOUT_S}s"]
            self._shell.need(command, timeout_s=ROLLOUT_S + 10, advice=HEAL)
        if workloads:
            self._healthy(
                {name.split("/")[1] for name in workloads}, ha_settings(wanted).get("failpoints", {})
            )

    def _replace_nodes(self) -> None:
        """The standbys at once, and the primary when they stream again: one failover instead of up to three."""
        # Whatever a mutant made of them: nobody may be healthy.
        nodes = self._until(lambda status: "" if status else "no node answers")["nodes"]
        first = [node["name"] for node in nodes if node.get("role") != "primary"]
        for names in (first, [node["name"] for node in nodes if node["name"] not in first]):
            if names:
                self._shell.need([*self._kubectl, "delete", "pod", *names], timeout_s=ROLLOUT_S, advice=HEAL)
                self._healthy(set(), {})

    def _healthy(self, components: set[str], failpoints: Mapping[str, Any]) -> None:
        """Wait until `ha status` is healthy and the agents of these components run with these failpoints."""
        self._until(lambda status: told_wrong(status, components, failpoints))

    def _until(self, wrong: Callable[[Mapping[str, Any]], str]) -> dict[str, Any]:
        """Wait until nothing is wrong with what `ha status --json` tells, and return that. Raises StepFailed."""
        command = [*self._kubectl, "exec", NODES, "--", "sh", "-c", "ha status --json || true"]
        deadline = time.monotonic() + IN_FORCE_S
        while True:
            answer = self._shell.ask(command, timeout_s=20)
            status: dict[str, Any] = json.loads(answer) if answer else {}
            if not (why := wrong(status)):
                return status
            if time.monotonic() > deadline:
                raise StepFailed(f"not in force within {IN_FORCE_S:g} s: {why}", HEAL)
            time.sleep(POLL_S)

    def _keep_off(self, nodes: Sequence[str], name: str) -> None:
        for node in nodes:
            self._shell.need([*self._kubectl, "annotate", "--overwrite", "node", node, f"{MARK}={name}"])
            self._shell.need([*self._kubectl, "cordon", node])

    def _free(self, nodes: Sequence[str]) -> None:
        for node in nodes:
            self._shell.need([*self._kubectl, "uncordon", node], advice=HEAL)
            self._shell.need([*self._kubectl, "annotate", "node", node, f"{MARK}-"], advice=HEAL)

    def _get(self, kinds: str) -> list[Document]:
        answer = self._shell.need([*self._kubectl, "get", kinds, "--output=json"], advice="make status")
        items: list[Document] = json.loads(answer)["items"]
        return items


def by_hand(documents: Sequence[Document]) -> list[Document]:
    """Return copies of which no pod of the PostgreSQL nodes is replaced unless it is deleted."""
    copies = copy.deepcopy(list(documents))
    for item in copies:
        if item["kind"] == "StatefulSet":
            item["spec"]["updateStrategy"] = {"type": "OnDelete"}
    return copies


def told_wrong(status: Mapping[str, Any], components: set[str], expected: Mapping[str, Any]) -> str:
    """Return what is not healthy by `ha status --json`, or which agent of the components has other failpoints."""
    if not status.get("healthy"):
        return "; ".join(status.get("why", ())) or "`ha status` does not answer"
    answers = {"postgres": status["nodes"], "pgpool": status["pools"]}
    for component in sorted(components & OWNERS.keys()):
        for agent in answers[component]:
            if (has := agent.get("failpoints", {})) != expected:
                return f"{agent['name']} runs with the failpoints {has or 'none'}, not {expected or 'none'}"
    return ""


def restore(settings: Settings, say: Callable[[str], None] = lambda text: None) -> list[str]:
    """Put the original platform back where a mutant was left; return what was changed. Raises RestoreError."""
    return Platform(settings, settings.logs / "mutants-restore.log", say).restore()


@contextmanager
def _told_as(kind: type[DeployError] | type[RestoreError]) -> Iterator[None]:
    try:
        yield
    except StepFailed as error:
        raise kind(f"{error}; then: {error.advice}" if error.advice else str(error)) from error
