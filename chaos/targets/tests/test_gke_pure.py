"""What the target gke decides: where the clients run, whom a fault hits, which instance is what, which clock counts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from chaos.codec import dump
from chaos.events import Operation
from chaos.kube.facts import NodeInfo, PodInfo
from chaos.targets.base import TargetError
from chaos.targets.gke_clock import offset_of
from chaos.targets.gke_load import collected
from chaos.targets.gke_nodes import Instance, hands_in, instances_in
from chaos.targets.gke_objects import helpers, job
from chaos.targets.gke_place import InPod, packed
from chaos.targets.gke_status import clients_node, facts_of, hit, servers_in
from chaos.targets.gke_tool import Command
from chaos.targets.kind_health import Server
from chaos.targets.kind_roles import Cast, Seat
from cluster.gke.tests.examples import SETTINGS

ROOT = Path(__file__).parents[3]
SEATS = [Seat("postgres-0", "a", "primary"), Seat("postgres-1", "b", "standby", streaming=True)]
CAST = Cast(SEATS, {"pgpool-x": "c"}, ["a", "b", "c", "d"])
CONFIG = {"members": ["postgres-0.postgres"], "sync_standbys": 1, "timing": {"profile": "fast"}}


def node(name: str, ready: bool = True) -> NodeInfo:
    return NodeInfo(name, "10.0.0.1", "10.4.0.0/24", ready, 0.0, True)


def pod(component: str, node: str) -> PodInfo:
    return PodInfo(f"{component}-0", node, "10.4.0.9", True, False, "", "u", component)


@pytest.mark.parametrize(
    ("pods", "chosen"),
    [
        ([("postgres", "a")], "b"),
        ([("postgres", "a"), ("pgpool", "b")], "c"),
        ([("postgres", "a"), ("pgpool", "b"), ("todo", "c")], "c"),
        ([("postgres", "a"), ("postgres", "c")], "b"),
    ],
)
def test_the_clients_are_where_no_member_is_and_if_possible_no_pool(
    pods: list[tuple[str, str]], chosen: str
) -> None:
    assert (
        clients_node([node("a"), node("b"), node("c"), node("d", False)], [pod(*it) for it in pods]) == chosen
    )


def test_without_a_free_node_there_are_no_clients() -> None:
    with pytest.raises(TargetError, match="none is left for the clients"):
        clients_node([node("a"), node("b", ready=False)], [pod("postgres", "a")])


@pytest.mark.parametrize(
    ("aims_at", "on", "nodes"),
    [
        ("node", "primary", ["a"]),
        ("node", "d", ["d"]),
        ("link", "primary<>standby", ["a", "b"]),
        ("member", "primary", []),
        ("cluster", "cluster", []),
    ],
)
def test_which_nodes_a_fault_hits(aims_at: str, on: str, nodes: list[str]) -> None:
    assert hit(CAST, aims_at, on) == nodes


def test_members_by_the_agents_accounts() -> None:
    accounts = [
        {"name": "p-0", "role": "primary", "timeline": 3},
        {"name": "p-1", "role": "standby", "timeline": 3, "streaming": True},
        {"name": "p-2", "error": "no answer in 2 s"},
    ]
    assert servers_in(json.dumps({"nodes": accounts}), ("p-0", "p-1", "p-2", "p-3")) == [
        Server("p-0", "primary", 3, 0),
        Server("p-1", "standby", 3, 1),
        Server("p-2", error="no answer in 2 s"),
        Server("p-3", error="None"),
    ]
    with pytest.raises(TargetError, match="`ha status` said 'no such file'"):
        servers_in("no such file\n", ("p-0",))


def test_a_version_is_the_settings_and_the_images() -> None:
    one = facts_of(CONFIG, ["r/a:1", "r/b:2"])
    assert (one.members, one.profile) == (("postgres-0",), "fast")
    assert one.version == facts_of(CONFIG, ["r/b:2", "r/a:1"]).version
    assert one.version != facts_of(CONFIG, ["r/a:1", "r/b:3"]).version


def test_the_quickest_ping_tells_the_offset() -> None:
    assert offset_of([(10.0, 100.0, 14.0), (20.0, 110.5, 21.0), (30.0, 119.0, 33.0)]) == (-90.0, 0.5)


def operation(at: float) -> Operation:
    return Operation("pgpool", "r-1", at, at, at + 1, "ok")


def test_a_history_from_elsewhere_is_put_on_our_clock_and_must_be_complete() -> None:
    line = json.dumps(dump(operation(5.0)))
    events, told = collected(f"{line}\n{json.dumps({'lines': 1, 'error': ''})}\n", 100.0)
    assert (events, told["error"]) == ([operation(105.0)], "")
    for torn in ("", line, f'{line}\n{{"lines": 2}}', f'{line[:9]}\n{{"lines": 1}}'):
        with pytest.raises(TargetError, match="clients' history"):
            collected(torn, 0.0)


def test_instances_as_gcloud_lists_them() -> None:
    item: dict[str, Any] = {
        "name": "gke-a",
        "status": "STOPPING",
        "zone": "https://x/zones/us-central1-a",
        "creationTimestamp": "2026-11-28T10:00:00.000-08:00",
        "metadata": {
            "items": [{"key": "created-by", "value": "projects/1/zones/z/instanceGroupManagers/grp"}]
        },
    }
    made = Instance("stopping", "us-central1-a", "grp", "2026-11-28T10:00:00.000-08:00")
    lone = Instance("running", "z", "")
    other = {"name": "b", "status": "RUNNING", "zone": "z"}
    assert instances_in(json.dumps([item, other])) == {"gke-a": made, "b": lone}


def test_only_pods_that_are_ready_and_stay_are_hands() -> None:
    def one(name: str, ready: str, **more: str) -> dict[str, Any]:
        status = {"conditions": [{"type": "Ready", "status": ready}]}
        return {"metadata": {"name": name, **more}, "spec": {"nodeName": name[0]}, "status": status}

    items = [
        one("a1", "True"),
        one("b1", "False"),
        one("c1", "True", deletionTimestamp="now"),
        one("c2", "True"),
    ]
    assert hands_in(json.dumps({"items": items})) == {"a": "a1", "c": "c2"}


def test_what_the_job_owns_goes_with_it() -> None:
    made = helpers("r/pgpool:1", ("postgres-0",), "me", "uid-1")["items"]
    assert [item["metadata"]["name"] for item in made] == [
        "kube-flask-chaos-hands",
        "chaos-pgpool",
        "chaos-postgres-0",
    ]
    assert {item["metadata"]["ownerReferences"][0]["uid"] for item in made} == {"uid-1"}
    assert "ownerReferences" not in helpers("i", (), "me", "")["items"][0]["metadata"]
    spec = job("d", "r/pgpool:1")["spec"]
    assert spec["activeDeadlineSeconds"] > 0
    assert spec["template"]["spec"]["nodeSelector"] == {"kubernetes.io/hostname": "d"}


@pytest.mark.parametrize("text", ["{}", "it's\n$JOB_UID"])
def test_a_command_line_does_what_the_command_does(text: str) -> None:
    line = Command(("cat", "-", "/dev/null")).of(text).line
    said = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, env={"JOB_UID": "7"}, check=True
    ).stdout
    assert said == text.replace("$JOB_UID", "7") + "\n"


def test_what_runs_in_a_pod_under_a_name_is_ended_by_it() -> None:
    place, name = InPod(SETTINGS, "postgres-0"), f"chaos-{uuid.uuid4().hex[:8]}"

    def there(words: list[str]) -> list[str]:
        assert words[words.index("exec") :][:3] in (
            ["exec", "--stdin", "postgres-0"],
            ["exec", "postgres-0", "--"],
        )
        return words[words.index("--") + 1 :]

    with subprocess.Popen(
        there(place.run(name, ["sh", "-c", "echo up; exec sleep 60"])), stdout=-1
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        subprocess.run(there(place.end(name)), check=True)
        assert process.wait(10) == -signal.SIGTERM
    Path(f"/tmp/{name}").unlink()


def test_a_variable_is_filled_in_and_a_script_is_not() -> None:
    line = Command(("echo", "$POD", "$x $1")).line
    assert (
        subprocess.run(["sh", "-c", f"POD=a; x=b; {line}"], capture_output=True, text=True).stdout
        == "a $x $1\n"
    )


def test_a_kept_output_is_there_for_the_next_command() -> None:
    line = Command(("cat",), b"seven", into="JOB_UID").line
    assert (
        subprocess.run(["sh", "-c", f"{line}\necho $JOB_UID"], capture_output=True, text=True).stdout
        == "seven\n"
    )


def test_the_package_runs_where_nothing_but_two_libraries_is(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(packed(ROOT))
    subprocess.run(["tar", "xf", "a.tar"], cwd=tmp_path, check=True)
    blocked = (
        "import sys; sys.modules.update(dict.fromkeys(['tenacity', 'lightkube', 'pydantic', 'yaml', 'rich']))"
    )
    code = f"{blocked}; import chaos.inside.record, chaos.targets.kind_present, chaos.inside.__main__"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("chaos/**/tests"))
