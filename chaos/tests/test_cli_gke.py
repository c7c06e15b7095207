"""The command line for GKE against the stand-ins for gcloud and kubectl, as a person runs it."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from chaos import cli_gke
from chaos.experiment import load, names
from chaos.settings import SettingsError
from cluster.gke.fake import instances
from cluster.gke.fake.arguments import parse
from cluster.gke.tests.cloud import KUBECTL, ON, ROOT, Cloud
from cluster.gke.tests.examples import SETTINGS

CHANGING = {"create", "apply", "delete", "stop", "start", "patch", "annotate", "cordon", "recreate-instances"}
Labels = dict[str, str]


def standing(home: Path, labels: Labels, status: str = "RUNNING") -> Cloud:
    made = Cloud(home, home / "no-manifests")
    cluster: dict[str, Any] = {
        "name": "kube-flask",
        "location": "us-central1",
        "status": status,
        "resourceLabels": labels,
    }
    nodes = instances.made("kube-flask", ["us-central1-a", "us-central1-b"], 2)
    made.change(
        clusters={"kube-flask": cluster | {"locations": ["us-central1-a", "us-central1-b"]}},
        services=["compute.googleapis.com", "container.googleapis.com"],
        instances=nodes,
    )
    return made


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """A project with the cluster that `up` makes, and its kubeconfig on this machine."""
    made = standing(tmp_path, {"made-by-kube-flask": "kube-flask"})
    target = {"KUBECONFIG": str(made.cache / "kubeconfig")}
    words = ["gcloud", "container", "clusters", "get-credentials", "kube-flask", "--location=us-central1"]
    code, said = made.shell([*words, "--project=my-shop-1234"], target)
    assert code == 0, said
    made.change(calls=[])
    return made


def called(cloud: Cloud, *words: str) -> tuple[int, str]:
    return cloud.shell([sys.executable, "-m", "chaos", *words, *ON, *KUBECTL])


@pytest.mark.parametrize(
    ("experiment", "parts"),
    [
        ("pod-lost", ["delete pod postgres-1 --grace-period=0 --force", "KILL 101:"]),
        (
            "node-killed",
            ["compute instances stop gke-kube-flask-a1 --async", "instances start gke-kube-flask-a1"],
        ),
        (
            "node-cut",
            ["--on-active", "--dport 10250 -j RETURN", "systemctl stop", "chaos-recorder python3 -"],
        ),
        ("drain", ["cordon gke-kube-flask-a1", "/pods/postgres-1/eviction", "uncordon gke-kube-flask-a1"]),
        ("primary-cut-from-standbys", ["iptables-restore --noflush", "-s 10.4.1.0/24 -d 10.4.0.0/24"]),
    ],
)
def test_a_dry_run_tells_everything_in_order_and_touches_nothing(
    experiment: str, parts: list[str], cloud: Cloud
) -> None:
    before = json.loads(cloud.state.read_text())
    code, said = called(cloud, "run", experiment, "--dry-run")
    assert code == 0, said
    frame = [
        "create --filename=-",
        "daemonset/",
        "tar --create",
        "inside start",
        "inside stop",
        "delete jobs",
    ]
    places = [said.index(part) for part in frame]
    assert places == sorted(places)
    assert all(places[3] < said.index(part) < places[4] for part in parts)
    assert not re.search(r"[A-Z]+-OF-|:TAG", said), "something could have been asked"
    after = json.loads(cloud.state.read_text())
    assert not any(CHANGING & set(call) for call in after.pop("calls"))
    assert after == {key: value for key, value in before.items() if key != "calls"}
    for line in said.splitlines():
        if line.startswith("gcloud "):
            parse(shlex.split(line)[1:])


def test_the_experiment_of_the_document(cloud: Cloud, tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "gke.md").read_text(), re.DOTALL)
    (tmp_path / "node-recreated.yaml").write_text(text)
    code, said = called(cloud, "run", str(tmp_path / "node-recreated.yaml"), "--dry-run")
    group = "recreate-instances gke-kube-flask-default-pool-grp --instances=gke-kube-flask-a1"
    assert (code, group in said) == (0, True), said


def test_a_dry_run_of_the_heal(cloud: Cloud) -> None:
    code, said = called(cloud, "heal", "--dry-run")
    assert (code, said.count("-t $table -S")) == (0, 4), said


@pytest.mark.parametrize("words", [("run", "pod-lost", "--yes"), ("run", "pod-lost", "--dry-run"), ("heal",)])
def test_a_cluster_without_the_label_is_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    foreign = standing(tmp_path, {"team": "payments"})
    code, said = called(foreign, *words)
    assert code == 2
    assert "does not carry the label made-by-kube-flask=kube-flask" in said
    assert [call[:4] for call in foreign["calls"]] == [["gcloud", "container", "clusters", "list"]]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (
            ("run", "pod-lost"),
            "RUNNING",
            "Nobody is there to be asked (no terminal), so nothing was broken; add --yes.",
        ),
        (("heal",), "ERROR", "is ERROR. Try: python -m cluster up --on gke --project my-shop-1234"),
        (("soak", "--dry-run"), "RUNNING", "A soak has no --dry-run"),
    ],
)
def test_what_cannot_be_gets_one_sentence(
    words: tuple[str, ...], status: str, sentence: str, tmp_path: Path
) -> None:
    code, said = called(standing(tmp_path, {"made-by-kube-flask": "kube-flask"}, status), *words)
    assert (code, sentence in said) == (2, True), said


def test_cluster_project_and_context_are_named_before_the_question(tmp_path: Path) -> None:
    said = called(standing(tmp_path, {"made-by-kube-flask": "kube-flask"}), "run", "pod-lost")[1]
    place = "cluster kube-flask in us-central1 of project my-shop-1234; context gke_my-shop-1234_us-central1_kube-flask"
    assert place in said


def test_every_experiment_may_be_held_as_long_as_it_says() -> None:
    for name in names():
        cli_gke.check_holds(load(name))


def test_only_the_name_of_the_cluster_agrees() -> None:
    cli_gke._agreed(SETTINGS, lambda question: "kube-flask\n")
    with pytest.raises(SettingsError, match="Nothing was broken"):
        cli_gke._agreed(SETTINGS, lambda question: "yes")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "pod-lost", "--yes"], "--yes belongs to --on gke; add that, or leave it out."),
        (["run", "pod-lost", "--on=gke"], "--project is ''; write the project's id"),
        (["run", "{long}", "--on=gke", "--project=my-shop-1234"], "held 150 s, on gke it may be 120 s"),
        (
            ["run", "node-paused", "--on=gke", "--project=my-shop-1234", "--dry-run"],
            "gke has no fault node-paused",
        ),
    ],
)
def test_what_was_told_wrong_gets_one_sentence(words: list[str], sentence: str, tmp_path: Path) -> None:
    long = tmp_path / "long.yaml"
    fault = "{kind: node-cut, on: primary, hold_s: 150}"
    long.write_text(f"name: long\npromise: p\nworkloads: {{pgpool: 1}}\nfaults: [{fault}]\n")
    cloud = Cloud(tmp_path, tmp_path / "none")
    code, said = cloud.shell([sys.executable, "-m", "chaos", *(word.format(long=long) for word in words)])
    assert (code, sentence in said) == (2, True), said
