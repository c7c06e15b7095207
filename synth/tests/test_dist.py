from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from synth.platform import CHARTS
from synth.settings import RELEASE
from synth.tests.platform import Platform
from synth.timing import Timing

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
NAMES = [f"{index:04}-{name}.k8s.yaml" for index, (name, _) in enumerate(CHARTS)]


@pytest.mark.parametrize("name", NAMES)
def test_dist_is_current(release: Platform, name: str) -> None:
    assert (DIST / name).read_text() == release.files[name], "run `make synth` and commit dist/"


def test_dist_has_these_files_and_no_other(release: Platform) -> None:
    assert sorted(path.name for path in DIST.iterdir()) == sorted(release.files) == NAMES


def test_dist_has_safe_timings_and_every_safety_on() -> None:
    docs = [doc for name in NAMES for doc in yaml.safe_load_all((DIST / name).read_text())]
    (told,) = [json.loads(doc["data"]["ha.json"]) for doc in docs if "ha.json" in doc.get("data", {})]
    assert not Timing(**told["timing"]).unsafe
    assert not any("failpoint" in key for key in told)


def test_the_namespace_comes_first(platform: Platform) -> None:
    first = platform.docs[0]
    assert (first["kind"], first["metadata"]["name"]) == ("Namespace", platform.settings.namespace)


def test_what_a_pod_waits_for_comes_before_it(platform: Platform) -> None:
    order = [f"{doc['kind']}/{doc['metadata']['name']}" for doc in platform.docs]
    assert order.index("Role/create-secret") < order.index("RoleBinding/create-secret")
    jobs = [index for index, name in enumerate(order) if name.startswith("Job/")]
    assert order.index("ConfigMap/create-secret") < jobs[0] < order.index("StatefulSet/postgres")
    assert order.index("Deployment/pgpool") < jobs[1] < order.index("Deployment/todo")


def test_no_object_is_there_twice(platform: Platform) -> None:
    keys = Counter((doc["kind"], doc["metadata"]["name"]) for doc in platform.docs)
    assert not [key for key, count in keys.items() if count > 1]


def test_the_tag_is_the_version_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == RELEASE
