from pathlib import Path

import pytest

from chaos.targets.base import TargetError
from chaos.targets.kind_version import digest, settings_in

MANIFEST = """
apiVersion: v1
kind: ConfigMap
metadata: {name: ha}
data: {ha.json: '{"sync_standbys": 1}'}
"""


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    root, manifests = tmp_path / "root", tmp_path / "manifests"
    for folder in (root / "ha" / "tests", manifests):
        folder.mkdir(parents=True)
    (root / "app").mkdir()
    (root / "ha" / "gate.py").write_text("allowed = majority")
    (root / "Dockerfile").write_text("FROM ${BASE}")
    (manifests / "1.yaml").write_text(MANIFEST)
    return root, manifests


def test_the_same_sources_are_the_same_version(places: tuple[Path, Path]) -> None:
    assert digest(*places) == digest(*places)
    assert len(digest(*places)) == 12


@pytest.mark.parametrize(
    "changed",
    [
        "root/ha/gate.py",
        "root/ha/new.py",
        "root/app/new.py",
        "root/Dockerfile",
        "manifests/1.yaml",
        "manifests/2.yaml",
    ],
)
def test_whatever_runs_makes_another_version(places: tuple[Path, Path], tmp_path: Path, changed: str) -> None:
    before = digest(*places)
    (tmp_path / changed).write_text("other")
    assert digest(*places) != before


def test_another_machines_base_image_makes_none(places: tuple[Path, Path]) -> None:
    def run(tag: str, end: str) -> str:
        (places[1] / "2.yaml").write_text(f"kind: Job\nmetadata:\n  name: {end}\nspec:\n  image: {tag}\n")
        return digest(*places)

    here = run("kube-flask/todo:94302e5deee1", "migrate-2b7229c56b")
    assert here == run("kube-flask/todo:6166d4fe8feb", "migrate-14edc8e1a6")
    assert here != run("kube-flask/pgpool:94302e5deee1", "migrate-2b7229c56b")
    assert here != run("kube-flask/todo:94302e5deee1", "secret-2b7229c56b")


def test_a_test_of_the_agents_makes_none(places: tuple[Path, Path]) -> None:
    before = digest(*places)
    (places[0] / "ha" / "tests" / "test_gate.py").write_text("assert True")
    assert digest(*places) == before


def test_the_settings_are_those_that_were_applied(places: tuple[Path, Path]) -> None:
    assert settings_in(places[1]) == {"sync_standbys": 1}


def test_without_manifests_nobody_knows_what_runs(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="run `make up`"):
        digest(tmp_path, tmp_path)
    with pytest.raises(TargetError, match="run `make up`"):
        settings_in(tmp_path)
