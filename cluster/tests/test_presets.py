from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import synth.presets
from cluster import appimages, deploy, health, kind, manifests, nodeimage, status
from cluster.__main__ import _synth, parser
from cluster.health import Facts
from cluster.settings import PRESETS, Settings, for_preset
from cluster.shell import Shell, StepFailed
from cluster.sources import Source

FOUR = Settings(root=Path("/r"), cache=Path("/c"))
ONE = for_preset(FOUR, "single-node")
NOTHING = Facts({}, {}, {}, None, {})


class Recorded(Shell):
    """Remembers what it was to run; every question is answered alike."""

    def __init__(self, log: Path, answer: str = "") -> None:
        super().__init__(log)
        self.commands: list[list[str]] = []
        self._answer = answer

    def run(self, command: Sequence[str | Path], **options: Any) -> None:
        self.commands.append([str(word) for word in command])

    def ask(
        self, command: Sequence[str | Path], *, timeout_s: float = 60, text: str | None = None
    ) -> str | None:
        self.commands.append([str(word) for word in command])
        return self._answer


def test_two_clusters_share_what_is_costly_and_nothing_that_tells_them_apart() -> None:
    for path in ("kubeconfig", "state", "logs"):
        assert (getattr(FOUR, path) == getattr(ONE, path)) == (path == "logs")
    for of in (manifests.folder, kind.memory, appimages.memory):
        assert getattr(of(FOUR), "path", of(FOUR)) != getattr(of(ONE), "path", of(ONE))
    assert FOUR.cache == ONE.cache
    assert not set(FOUR.nodes) & set(ONE.nodes)
    assert FOUR.context != ONE.context


def test_the_cluster_of_make_up_is_where_it_was() -> None:
    assert for_preset(FOUR, "kind") == FOUR
    assert FOUR.kubeconfig == Path("/c/kubeconfig")


@pytest.mark.parametrize("command", ["up", "status", "down"])
def test_every_command_takes_a_preset_and_says_how_it_is_typed(command: str) -> None:
    typed = ONE.words(command).split()
    assert parser().parse_args(typed[typed.index("cluster") + 1 :]).preset == "single-node"
    assert parser().parse_args([command]).preset == "kind"
    assert FOUR.words(command) == f"make {command}"


@pytest.mark.parametrize(
    ("standing", "settings", "other"),
    [
        ((), ONE, None),
        (("kube-flask",) * 4, ONE, "kube-flask"),
        (("mine", "kube-flask-single-node"), FOUR, "kube-flask-single-node"),
        (("kube-flask-single-node",), ONE, None),
        (("kube-flask-of-mine", "kind"), ONE, None),
    ],
)
def test_only_our_other_cluster_is_in_the_way(
    standing: tuple[str, ...], settings: Settings, other: str | None
) -> None:
    found = kind.in_the_way(standing, settings)
    assert (found and found.name) == other


def test_a_second_cluster_is_refused_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(*_: object) -> str:
        raise AssertionError("a node image was made for a cluster that has no room")

    monkeypatch.setattr(health, "look", lambda *_: NOTHING)
    monkeypatch.setattr(nodeimage, "ensure", built)
    shell = Recorded(tmp_path / "log", answer="kube-flask\nkube-flask")
    with pytest.raises(StepFailed, match="kube-flask stands and holds port 8080") as refused:
        kind.ensure_image(shell, ONE, Source("build", "x"))
    assert refused.value.advice.startswith("make down")


@pytest.mark.parametrize(("workers", "patched"), [(3, True), (0, False)])
def test_one_node_gets_none_of_the_machinery_of_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, patched: bool
) -> None:
    settings = for_preset(Settings(root=tmp_path, cache=tmp_path), "kind" if workers else "single-node")
    monkeypatch.setattr(kind, "binary", lambda *_: Path("kind"))
    monkeypatch.setattr(health, "settle", lambda *_: (health.Verdict.ABSENT, "there is none"))
    monkeypatch.setattr(nodeimage, "ensure", lambda *_: "")
    monkeypatch.setattr(nodeimage, "name", lambda *_: "node:1")
    shell = Recorded(tmp_path / "log")
    kind.ensure(shell, settings, Source("build", "x"))
    assert settings.workers == workers
    assert any("patch" in command for command in shell.commands) is patched
    assert any("create" in command and settings.name in command for command in shell.commands)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_manifests_are_those_of_the_preset_and_applied_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: Any
) -> None:
    (tmp_path / "synth").mkdir()
    settings = for_preset(Settings(root=tmp_path, cache=tmp_path), preset)
    shell = Recorded(tmp_path / "log")

    def write(command: Sequence[str | Path], **options: Any) -> None:
        shell.commands.append([str(word) for word in command])
        (draft := Path(command[-1])).mkdir(parents=True)
        (draft / "0.yaml").write_text("kind: Namespace\n")

    monkeypatch.setattr(shell, "run", write)
    manifests.ensure(shell, settings, {})
    assert shell.commands[-1][shell.commands[-1].index("--preset") + 1] == preset
    deploy.apply(shell, settings)
    assert ("--server-side" in shell.commands[-1]) == (preset == "kind")
    assert shell.commands[-1][-1] == str(manifests.folder(settings))


def test_a_setting_of_the_command_line_reaches_synth_and_goes_when_it_is_not_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "synth").mkdir()
    plain = Settings(root=tmp_path, cache=tmp_path)
    told = replace(plain, synth=_synth(parser().parse_args(["up", "--set", "timing=safe"])))
    shell = Recorded(tmp_path / "log")

    def write(command: Sequence[str | Path], **options: Any) -> None:
        shell.commands.append([str(word) for word in command])
        Path(command[-1]).mkdir(parents=True)

    monkeypatch.setattr(shell, "run", write)
    for settings in (told, told, plain):
        manifests.ensure(shell, settings, {})
    assert ["timing=safe" in command for command in shell.commands] == [True, False]


def test_the_primary_is_looked_for_among_all_postgres_pods(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = for_preset(Settings(root=tmp_path, cache=tmp_path), "single-node")
    nodes = {"kind": "StatefulSet", "metadata": {"name": "postgres"}, "spec": {"replicas": 3}}
    monkeypatch.setattr(manifests, "documents", lambda _: [nodes])
    shell = Recorded(tmp_path / "log")
    monkeypatch.setattr(shell, "ask", lambda command, **_: "f" if "postgres-2" in command else "t")
    assert status.primary(shell, settings) == "postgres-2"


def test_no_preset_is_one_that_synth_does_not_know() -> None:
    assert set(PRESETS) <= set(synth.presets.PRESETS)
