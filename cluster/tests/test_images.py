import json
from pathlib import Path
from typing import Any

import pytest

from cluster import appimages, manifests, nodeimage, publish, sources, wheels
from cluster.deploy import hopeless, refusal, unfinished
from cluster.shell import StepFailed
from cluster.sources import Source


def pod(*images: str, init: tuple[str, ...] = ()) -> dict[str, Any]:
    spec = {"containers": [{"image": i} for i in images], "initContainers": [{"image": i} for i in init]}
    return {"kind": "Deployment", "spec": {"template": {"spec": spec}}}


def test_images_of_all_containers_once() -> None:
    objects = [
        pod("r/todo:1", init=("r/postgres:1",)),
        pod("r/todo:1"),
        {"kind": "ConfigMap", "data": {"image": "no"}},
    ]
    assert manifests.image_names(objects) == ["r/postgres:1", "r/todo:1"]


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        (None, "kube-flask/todo:0.1.0"),
        ("ghcr.io/me", "ghcr.io/me/todo:0.1.0"),
        ("localhost:5000/x/", "localhost:5000/x/todo:0.1.0"),
    ],
)
def test_a_registry_takes_the_place_of_the_prefix(registry: str | None, expected: str) -> None:
    assert publish.references(["kube-flask/todo:0.1.0"], registry) == {"todo": expected}


def test_an_image_without_a_target_is_named() -> None:
    with pytest.raises(StepFailed, match="nginx:1"):
        publish.references(["nginx:1"], None)


def test_the_committed_manifests_name_only_our_images() -> None:
    names = manifests.image_names(manifests.documents(Path(__file__).parents[2] / "dist"))
    assert set(publish.references(names, None)) == set(appimages.INPUTS)


def test_only_nodes_that_lack_an_image_get_it() -> None:
    present = {"a": "docker.io/k/x:1\ndocker.io/k/y:1", "b": "docker.io/k/x:1\nsha256:0"}
    assert appimages.to_load(["k/x:1", "k/y:1"], present) == {"k/y:1": ["b"]}
    assert appimages.to_load(["k/x:1"], present) == {}


@pytest.mark.parametrize(
    ("flag", "remembered", "answers", "expected"),
    [
        ("pull", "build", None, "pull"),
        ("build", "pull", True, "build"),
        ("auto", "build", None, "build"),
        ("auto", "pull", False, "pull"),
        ("auto", None, True, "pull"),
        ("auto", None, False, "build"),
    ],
)
def test_source(flag: Any, remembered: str | None, answers: bool | None, expected: str) -> None:
    source = sources.decide(flag, remembered, answers)
    assert source is not None
    assert source.kind == expected
    assert source.reason


def test_only_a_probe_decides_the_first_time() -> None:
    assert sources.decide("auto", None, None) is None
    assert isinstance(sources.decide("auto", None, False), Source)


def test_all_system_images_are_targets_of_the_node_dockerfile() -> None:
    dockerfile = (Path(nodeimage.__file__).parent / "node" / "Dockerfile").read_text()
    assert all(f" AS {target}\n" in dockerfile for target in nodeimage.system_images().values())


@pytest.mark.parametrize(
    ("live", "wanted", "refused"), [(None, 3, False), (3, 3, False), (3, 5, True), (5, 3, True)]
)
def test_the_number_of_nodes_of_a_live_cluster_stays(live: int | None, wanted: int, refused: bool) -> None:
    sentence = refusal(live, wanted)
    assert (sentence is not None) is refused
    assert sentence is None or (f"runs {live} " in sentence and f"ask for {wanted}" in sentence)


@pytest.mark.parametrize(
    ("reason", "restarts", "expected"),
    [
        ("CrashLoopBackOff", 5, "p"),
        ("CrashLoopBackOff", 4, None),
        ("ContainerCreating", 9, None),
        (None, 9, None),
    ],
)
def test_a_pod_that_keeps_ending_is_hopeless(reason: str | None, restarts: int, expected: str | None) -> None:
    state = {"waiting": {"reason": reason}} if reason else {"running": {}}
    status = {"containerStatuses": [{"state": state, "restartCount": restarts}]}
    pods = [{"metadata": {"name": "new"}, "status": {}}, {"metadata": {"name": "p"}, "status": status}]
    assert hopeless(json.dumps({"items": pods})) == expected


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ("", "no pods yet"),
        ("a 1/1 Running 0 1m\nj 0/1 Completed 0 1m", "all pods are ready"),
        ("a 1/1 Running 0 1m\nb 0/1 Pending 0 1m\nc 1/2 Running 0 1m", "waiting for b Pending, c Running"),
    ],
)
def test_only_what_is_waited_for_is_shown(pods: str, expected: str) -> None:
    assert unfinished(pods) == expected


def test_replicas_are_those_of_the_statefulset() -> None:
    other = {"kind": "Deployment", "metadata": {"name": "postgres"}, "spec": {"replicas": 9}}
    assert manifests.postgres_replicas([other]) is None
    assert manifests.postgres_replicas([other, other | {"kind": "StatefulSet"}]) == 9


@pytest.mark.parametrize(("machine", "suffix"), [("x86_64", "x86_64"), ("arm64", "aarch64")])
def test_wheels_are_for_the_architecture_of_the_images(machine: str, suffix: str) -> None:
    assert all(p.endswith(suffix) for p in wheels.platforms(machine))
