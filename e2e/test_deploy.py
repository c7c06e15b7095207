"""Applying is safe to repeat, and what is applied becomes ready."""

from pathlib import Path
from typing import Any

import pytest

from e2e.platform import Platform

DIST = Path(__file__).parent.parent / "dist"


def test_the_api_server_accepts_dist(platform: Platform) -> None:
    lines = platform.kube("apply", "--server-side", "--dry-run=server", f"--filename={DIST}").splitlines()
    assert {line.rsplit(" ", 1)[-1] for line in lines} == {"run)"}
    kinds = {line.split("/")[0].split(".")[0] for line in lines}
    assert kinds >= {"namespace", "statefulset", "deployment", "service", "poddisruptionbudget", "job"}


def versions(platform: Platform) -> dict[str, tuple[Any, ...]]:
    """What a second apply must not change, of every applied object, every pod and the Secret."""
    applied = platform.kube.get(f"--filename={platform.manifests}")
    return {
        f"{item['kind']}/{item['metadata']['name']}": _version(item["kind"], item["metadata"])
        for item in [*applied, *platform.kube.get("pods"), platform.kube.get("secret", "kube-flask")]
    }


def _version(kind: str, meta: dict[str, Any]) -> tuple[Any, ...]:
    # Status moves the resource version of what has a generation; the generation is the user's part.
    version = "" if kind in ("Pod", "Namespace") else meta.get("generation", meta["resourceVersion"])
    return (meta["uid"], version, meta.get("labels"), meta.get("annotations"))


def test_applying_again_changes_nothing_and_keeps_the_secret(platform: Platform) -> None:
    before = versions(platform)
    for _ in range(2):
        platform.kube("apply", "--server-side", f"--filename={platform.manifests}")
    platform.wait_healthy()
    assert versions(platform) == before


@pytest.mark.parametrize(
    ("workload", "name"), [("statefulset", "postgres"), ("deployment", "pgpool"), ("deployment", "todo")]
)
def test_everything_wanted_is_ready(platform: Platform, workload: str, name: str) -> None:
    item = platform.kube.get(workload, name)
    ready = [p for p in platform.kube.pods(name).values() if _ready(p)]
    assert len(ready) == item["spec"]["replicas"] == item["status"]["readyReplicas"]


def test_the_jobs_have_succeeded(platform: Platform) -> None:
    succeeded = {job["metadata"]["name"]: job["status"].get("succeeded") for job in platform.kube.get("jobs")}
    assert len(succeeded) >= 2
    assert set(succeeded.values()) == {1}


def test_no_two_servers_share_a_node(platform: Platform) -> None:
    nodes = [pod["spec"]["nodeName"] for pod in platform.kube.pods("postgres").values()]
    assert len(set(nodes)) == len(platform.members)


def _ready(pod: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"]["conditions"])
