from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.gke.tests.cloud import CLUSTER, Cloud, todos


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    with todos() as port:
        yield port


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of a bring-up that has written its manifests: synth takes seconds, and has tests of its own."""
    home = tmp_path_factory.mktemp("synth")
    cloud = Cloud(home, home / "nowhere")
    code, said = cloud.run("up", "--until", "synth")
    assert code == 0, said
    kept = tmp_path_factory.mktemp("manifests") / CLUSTER
    kept.mkdir()
    shutil.copytree(cloud.cache / "manifests", kept / "manifests")
    shutil.copyfile(cloud.cache / "manifests.key", kept / "manifests.key")
    return kept


@pytest.fixture
def cloud(tmp_path: Path, manifests: Path, port: int) -> Cloud:
    """An account with one empty project."""
    made = Cloud(tmp_path, manifests)
    made.change(todo_port=port)
    return made


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory, manifests: Path, port: int) -> Cloud:
    """A project in which `up` has ended well; tests that change it take `copy`."""
    home = tmp_path_factory.mktemp("standing")
    made = Cloud(home, manifests)
    made.change(todo_port=port)
    code, said = made.run("up", "--no-browser")
    assert code == 0, said
    assert "a todo was written and read back at http://127.0.0.1" in said
    return made


@pytest.fixture
def copy(standing: Cloud, tmp_path: Path) -> Cloud:
    """A project of one's own in which `up` has ended well."""
    made = Cloud(tmp_path, standing.cache)
    made.change(**json.loads(standing.state.read_text()) | {"calls": []})
    return made
