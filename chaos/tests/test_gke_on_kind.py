"""The target gke against the stand-in for gcloud, the kind cluster of `make up` behind it: really broken, and healed.

    .venv/bin/python -m pytest -m full chaos/tests/test_gke_on_kind.py

It takes about 10 min, needs the cluster to itself, and loads pgpool's image into the control plane's node, which
carries the clients here. What it leaves on the cluster: labels of zones, and a StorageClass nobody uses.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from chaos.events import FaultMark, Operation
from chaos.experiment import Experiment, FaultStep, load
from chaos.history import read
from chaos.targets.gke import LEASE_S
from chaos.tests.test_cli_gke import standing
from cluster.gke.fake import kindside
from cluster.gke.tests.cloud import KUBECTL, ON, ROOT, Cloud
from cluster.settings import Settings, cache_dir

SHARE = 0.25
"""Of the clients: servers and clients share two cores here."""
RUN_S = 900
LATE_S = 60
pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def kind() -> Settings:
    settings = Settings(root=ROOT, cache=cache_dir(os.environ))
    if not settings.kubeconfig.exists():
        pytest.skip("no kind cluster stands; `make up` makes one")
    named = (
        "--namespace=kube-flask",
        "get",
        "deployment/pgpool",
        "--output=jsonpath={.spec.template.spec.containers[0].image}",
    )
    image = subprocess.run([*settings.kubectl, *named], capture_output=True, text=True, check=True).stdout
    # As a cluster that pulls has it: the control plane carries none of our pods, so `make up` loads nothing there.
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as save:
        enter = ["docker", "exec", "--interactive", settings.nodes[0]]
        into = [*enter, "ctr", "--namespace=k8s.io", "images", "import", "-"]
        subprocess.run(into, stdin=save.stdout, stdout=subprocess.DEVNULL, check=True)
    return settings


@pytest.fixture
def cloud(kind: Settings, tmp_path: Path) -> Cloud:
    """A fresh checkout of somebody who may use the cluster: nothing of it is on this machine yet."""
    made = standing(tmp_path, {"made-by-kube-flask": "kube-flask"})
    made.change(instances={})
    made.environment[kindside.VARIABLE] = str(kind.kubeconfig)
    return made


def words(*told: str) -> list[str]:
    return [sys.executable, "-m", "chaos", *told, *ON, *KUBECTL]


def experiment(folder: Path, name: str, fault: FaultStep) -> str:
    """Write pod-lost with fewer clients, another fault, and no bound that a slow machine could break."""
    made = load("pod-lost").slowed(SHARE).with_faults([fault], name)
    kept = Experiment.model_dump(made, mode="json") | {
        "bounds": {"write_gap": 60, "redundancy": 240},
        "targets": {},
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(kept))
    return str(folder / f"{name}.yaml")


def on_nodes(kind: Settings, script: str) -> str:
    return "".join(
        subprocess.run(
            ["docker", "exec", node, "sh", "-c", script], capture_output=True, text=True, check=True
        ).stdout
        for node in kind.carriers
    )


def chains(kind: Settings) -> str:
    return on_nodes(kind, "iptables -t raw -S | grep KF-CHAOS || true")


def ours(kind: Settings) -> str:
    get = [*kind.kubectl, "--namespace=kube-flask", "get", "jobs,daemonsets,services", "--output=name"]
    label = "--selector=app.kubernetes.io/part-of=kube-flask-chaos"
    return subprocess.run([*get, label], capture_output=True, text=True, check=True).stdout


def wait_for(look: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < deadline, f"not within {within_s:g} s"
        time.sleep(2)


@pytest.mark.parametrize(
    ("kind_of_fault", "on", "hold_s"), [("pod-lost", "primary", 0), ("link-cut", "primary<>candidate", 20)]
)
def test_an_experiment_breaks_it_judges_what_clients_saw_and_leaves_nothing(
    kind_of_fault: str, on: str, hold_s: float, cloud: Cloud, kind: Settings, tmp_path: Path
) -> None:
    name = f"gke-{kind_of_fault}"
    before = set((ROOT / "build" / "chaos").rglob(f"{name}/*/*.jsonl"))
    path = experiment(tmp_path, name, FaultStep(kind=kind_of_fault, on=on, hold_s=hold_s))
    done = subprocess.run(
        words("run", path, "--yes"),
        cwd=ROOT,
        env=cloud.environment,
        capture_output=True,
        text=True,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (history,) = set((ROOT / "build" / "chaos").rglob(f"{name}/*/*.jsonl")) - before
    events = read(history)
    injected, healed = (event.at for event in events if isinstance(event, FaultMark))
    acknowledged = [e.completed for e in events if isinstance(e, Operation) and e.outcome == "ok"]
    # Both clocks are one here: the clients wrote before, while and after it was broken.
    assert min(acknowledged) < injected
    assert any(at > healed for at in acknowledged)
    assert (ours(kind), chains(kind)) == ("", "")


def test_a_node_heals_itself_when_the_runner_is_dead_and_heal_removes_the_rest(
    cloud: Cloud, kind: Settings, tmp_path: Path
) -> None:
    path = experiment(
        tmp_path, "gke-orphaned", FaultStep(kind="link-cut", on="primary<>candidate", hold_s=110)
    )
    with subprocess.Popen(words("run", path, "--yes"), cwd=ROOT, env=cloud.environment) as runner:
        wait_for(lambda: "KF-CHAOS" in chains(kind), RUN_S)
        broken = time.monotonic()
        runner.send_signal(signal.SIGKILL)
    assert "job.batch/kube-flask-chaos" in ours(kind)
    wait_for(lambda: not chains(kind), LEASE_S + LATE_S)
    assert time.monotonic() - broken > LEASE_S / 2, "somebody else healed it"
    code, said = cloud.shell(words("run", path, "--yes"))
    assert (code, "Somebody else judges" in said) == (2, True), said
    code, said = cloud.shell(words("heal"))
    assert code == 0, said
    assert "job.batch/kube-flask-chaos of a former run was there and is removed." in said
    assert ours(kind) == ""
