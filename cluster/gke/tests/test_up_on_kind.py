"""`up --on gke` with the fake, and the kind cluster of `make up` behind it: it ends on a platform that really answers.

    .venv/bin/python -m pytest -m full cluster/gke/tests/test_up_on_kind.py

It takes about 6 min and begins with what a new cluster is, one without our namespace: what `make up` made there is gone
with its data, and `make up` makes it again. What it leaves on the cluster: labels of zones, and a StorageClass.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.gke.fake import kindside
from cluster.gke.tests.cloud import ROOT, Cloud
from cluster.gke.up import OUTLINES
from cluster.settings import Settings, cache_dir

pytestmark = pytest.mark.full


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An account with one empty project, and real nodes for the cluster that will be made in it."""
    kubeconfig = Settings(root=ROOT, cache=cache_dir(os.environ)).kubeconfig
    if not kubeconfig.exists():
        pytest.skip("no kind cluster stands; `make up` makes one")
    made = Cloud(tmp_path, tmp_path / "nowhere")
    made.environment[kindside.VARIABLE] = str(kubeconfig)
    monkeypatch.setenv(kindside.VARIABLE, str(kubeconfig))
    yield made
    kindside.emptied()


def test_killed_after_each_step_and_started_again_it_ends_with_a_todo_read_back(cloud: Cloud) -> None:
    for number, outline in enumerate(OUTLINES[:-1], 1):
        cloud.killed_after(f"ok {number}/{len(OUTLINES)} {outline.title}", "up", "--no-browser")
    code, said = cloud.run("up", "--no-browser")
    assert code == 0, said
    assert f"a todo was written and read back at http://{kindside.BALANCER}" in said
    code, said = cloud.run("down", "--delete-disks", "--yes")
    assert code == 0, said
