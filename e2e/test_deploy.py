"""Applying is safe to repeat, and what is applied becomes ready."""

from pathlib import Path
from typing import Any

import pytest

from chaos.targets.kind import KindTarget
from cluster.deploy import APPLY
from cluster.manifests import folder
from cluster.settings import Settings
from e2e.kubectl import Kubectl
from e2e.platform import wait_healthy

DIST = Path(__file__).parent.parent / "dist"


def test_the_api_server_accepts_dist(settings: Settings, kubectl: Kubectl) -> None:
    lines = kubectl(*APPLY[settings.preset], "--dry-run=server", f"--filename={DIST}").splitlines()
    assert {line.rsplit(" ", 1)[-1] for line in lines} == {"run)"}
    kinds = {line.split("/")[0].split(".")[0] for line in lines}
    assert kinds >= {"namespace", "statefulset", "deployment", "service", "poddisruptionbudget", "job"}


def versions(kubectl: Kubectl, applied_from: Path) -> dict[str, tuple[Any, ...]]:
    """What a second apply must not change, of every applied object, every pod and the Secret."""
    applied = kubectl.get(f"--filename={applied_from}")
    return {
        f"{item['kind']}/{item['metadata']['name']}": _version(item["kind"], item["metadata"])
        for item in [*applied, *kubectl.get("pods"), kubectl.get("secret", "kube-flask")]
    }


def _version(kind: str, meta: dict[str, Any]) -> tuple[Any, ...]:
    # Status moves the resource version of what has a generation; the generation is the user's part.
    version = "" if kind in ("Pod", "Namespace") else meta.get("generation", meta["resourceVersion"])
    return (meta["uid"], version, meta.get("labels"), meta.get("annotations"))


def test_applying_again_changes_nothing_and_keeps_the_secret(
    target: KindTarget, settings: Settings, kubectl: Kubectl
) -> None:
    before = versions(kubectl, folder(settings))
    for _ in range(2):
        kubectl(*APPLY[settings.preset], f"--filename={folder(settings)}")
    wait_healthy(target)
    assert versions(kubectl, folder(settings)) == before


@pytest.mark.parametrize(
    ("workload", "name"), [("statefulset", "postgres"), ("deployment", "pgpool"), ("deployment", "todo")]
)
def test_everything_wanted_is_ready(target: KindTarget, workload: str, name: str) -> None:
    counts = target.reach.kube.counts(workload, name)
    ready = [pod for pod in target.reach.kube.pods(name) if pod.ready and not pod.ending]
    assert len(ready) == counts["wanted"] == counts["ready"]


def test_the_jobs_have_succeeded(kubectl: Kubectl) -> None:
    succeeded = {job["metadata"]["name"]: job["status"].get("succeeded") for job in kubectl.get("jobs")}
    assert len(succeeded) >= 2
    assert set(succeeded.values()) == {1}


@pytest.mark.only_on("kind")
def test_no_two_servers_share_a_node(target: KindTarget) -> None:
    nodes = [pod.node for pod in target.reach.kube.pods("postgres")]
    assert len(set(nodes)) == len(target.facts().members)
