"""What the pretended cloud does and answers, command by command."""

import time
from collections.abc import Callable
from typing import Any

from cluster.gke.fake import instances
from cluster.gke.fake.arguments import Told
from cluster.gke.fake.errors import Failed
from cluster.gke.fake.state import REGIONS, State

Answer = Callable[[State, Told], Any]


def needs(state: State, api: str) -> None:
    """Raise Failed unless an API is enabled."""
    if f"{api}.googleapis.com" not in state["services"]:
        raise Failed(
            f"PERMISSION_DENIED: {api} API has not been used in project 1234 before or it is disabled."
            " Enable it, then retry.\nreason: SERVICE_DISABLED"
        )


def begin(state: State, cluster: str, becomes: str | None, lasts_s: float) -> str:
    """Begin an operation on a cluster and return its name."""
    name = f"operation-{len(state['operations']) + 1}"
    state["operations"][name] = {
        "name": name,
        "cluster": cluster,
        "becomes": becomes,
        "status": "RUNNING",
        "ends": time.time() + lasts_s,
    }
    return name


def _projects_describe(state: State, told: Told) -> Any:
    (project,) = told.positionals
    if project not in state["projects"]:
        raise Failed(
            f"[{state['account']}] does not have permission to access projects instance [{project}]"
            " (or it may not exist): The caller does not have permission"
        )
    return state["projects"][project]


def _services_enable(state: State, told: Told) -> Any:
    if not state["billing"]:
        names = ",".join(told.positionals)
        raise Failed(
            "FAILED_PRECONDITION: Billing account for project '1234' is not found. Billing must be"
            f" enabled for activation of service(s) '{names}' to proceed."
        )
    state["services"] = sorted({*state["services"], *told.positionals})


def _zones(state: State, told: Told) -> Any:
    needs(state, "compute")
    return [{"name": f"{r}-{z}", "status": "UP"} for r, letters in REGIONS.items() for z in letters]


def _region(state: State, told: Told) -> Any:
    needs(state, "compute")
    return {
        "quotas": [
            {"metric": name, "limit": limit, "usage": usage}
            for name, (limit, usage) in state["quota"].items()
        ]
    }


def _repository_create(state: State, told: Told) -> Any:
    needs(state, "artifactregistry")
    (name,) = told.positionals
    if name in state["repositories"]:
        raise Failed("ALREADY_EXISTS: the repository already exists")
    full = f"projects/{told.flag('--project')}/locations/{told.flag('--location')}/repositories/{name}"
    state["repositories"][name] = {"name": full, "labels": told.flag("--labels", {}), "policy": {}}


def _repository(state: State, told: Told) -> dict[str, Any]:
    needs(state, "artifactregistry")
    (name,) = told.positionals
    if name not in state["repositories"]:
        raise Failed("NOT_FOUND: Requested entity was not found.")
    found: dict[str, Any] = state["repositories"][name]
    return found


def _repository_delete(state: State, told: Told) -> Any:
    _repository(state, told)
    del state["repositories"][told.positionals[0]]
    state["images"] = []


def _bind(state: State, policy: dict[str, list[str]], told: Told) -> None:
    email = str(told.flag("--member")).removeprefix("serviceAccount:")
    if email not in state["accounts"]:
        raise Failed(f"INVALID_ARGUMENT: Service account {email} does not exist.")
    members = policy.setdefault(told.flag("--role"), [])
    members += [told.flag("--member")] if told.flag("--member") not in members else []


def _policy(policy: dict[str, list[str]]) -> Any:
    return {"bindings": [{"role": role, "members": members} for role, members in policy.items()]}


def _unbind(state: State, told: Told) -> Any:
    members = state["policy"].get(told.flag("--role"), [])
    if told.flag("--member") not in members:
        raise Failed("Policy binding with the specified principal, role, and condition not found!")
    members.remove(told.flag("--member"))


def _account_create(state: State, told: Told) -> Any:
    needs(state, "iam")
    email = f"{told.positionals[0]}@{told.flag('--project')}.iam.gserviceaccount.com"
    state["accounts"][email] = {"email": email, "description": told.flag("--description", "")}


def _account_delete(state: State, told: Told) -> Any:
    if told.positionals[0] not in state["accounts"]:
        raise Failed("NOT_FOUND: Unknown service account")
    del state["accounts"][told.positionals[0]]


def _new(state: State, told: Told, described: dict[str, Any]) -> None:
    needs(state, "container")
    (name,) = told.positionals
    if name in state["clusters"]:
        raise Failed(f"ResponseError: code=409, message=Already exists: projects/clusters/{name}.")
    state["clusters"][name] = {
        "name": name,
        "location": told.flag("--location"),
        "status": "PROVISIONING",
        "resourceLabels": told.flag("--labels", {}),
        "currentMasterVersion": "1.35.3-gke.1234000",
        **described,
    }
    begin(state, name, "RUNNING", state["create_s"])


def _create(state: State, told: Told) -> Any:
    if told.flag("--service-account") not in state["accounts"]:
        account = told.flag("--service-account")
        raise Failed(f'ResponseError: code=400, message=Service account "{account}" does not exist.')
    zones = told.flag("--node-locations")
    described = {
        "locations": zones,
        "currentNodeCount": told.flag("--num-nodes", 3) * len(zones),
        "nodeConfig": {"machineType": told.flag("--machine-type")},
        "private": bool(told.flag("--enable-private-nodes")),
    }
    _new(state, told, described)
    state["instances"] |= instances.made(told.positionals[0], zones, told.flag("--num-nodes", 3))


def _create_auto(state: State, told: Told) -> Any:
    """Make an Autopilot cluster: Google chooses nodes, zones and the account."""
    _new(state, told, {"locations": [], "autopilot": {"enabled": True}})


def _delete(state: State, told: Told) -> Any:
    (name,) = told.positionals
    if name not in state["clusters"]:
        raise Failed(f"ResponseError: code=404, message=Not found: projects/clusters/{name}.")
    if any(o["status"] == "RUNNING" and o["cluster"] == name for o in state["operations"].values()):
        raise Failed(
            "ResponseError: code=400, message=Cluster is running incompatible operation operation-1."
        )
    state["clusters"][name]["status"] = "STOPPING"
    state["instances"] = {k: it for k, it in state["instances"].items() if it["cluster"] != name}
    # The real one attempts to delete the disks too, says its help; here that succeeds where nothing forbids it.
    for volume in state["kube"]["volumes"].values():
        if volume["policy"] == "Delete":
            state["disks"].pop(volume["disk"], None)
    state["kube"] |= {"applied": False, "service": False, "volumes": {}}
    begin(state, name, None, state["create_s"])


def _operations(state: State, told: Told) -> Any:
    return [
        {"name": o["name"], "status": o["status"], "targetLink": f"https://x/clusters/{o['cluster']}"}
        for o in state["operations"].values()
        if o["status"] != "DONE"
    ]


def _disk(state: State, told: Told) -> dict[str, Any]:
    found = state["disks"].get(told.positionals[0])
    if found is None or found["zone"] != told.flag("--zone"):
        raise Failed("Could not fetch resource:\n - The resource was not found")
    return dict(found)


def _disk_labels(state: State, told: Told) -> Any:
    _disk(state, told)
    state["disks"][told.positionals[0]]["labels"] |= told.flag("--labels")


def _disk_delete(state: State, told: Told) -> Any:
    _disk(state, told)
    del state["disks"][told.positionals[0]]


def _disks(state: State, told: Told) -> Any:
    needs(state, "compute")
    key, _, value = str(told.flag("--filter", "")).removeprefix("labels.").partition("=")
    return [disk for disk in state["disks"].values() if not key or disk["labels"].get(key) == value]


def _images(state: State, told: Told) -> Any:
    needs(state, "artifactregistry")
    pairs = (image.rpartition(":") for image in state["images"])
    return [{"package": package, "tags": [tag]} for package, _, tag in pairs]


def _login(state: State, told: Told) -> Any:
    state["account"] = (told.positionals or ("me@example.com",))[0]


ANSWERS: dict[str, Answer] = {
    "auth login": _login,
    "components install": lambda state, told: None,
    "projects list": lambda state, told: list(state["projects"].values()),
    "auth list": lambda state, told: state["account"],
    "auth configure-docker": lambda state, told: None,
    "projects describe": _projects_describe,
    "projects get-iam-policy": lambda state, told: _policy(state["policy"]),
    "projects add-iam-policy-binding": lambda state, told: _bind(state, state["policy"], told),
    "projects remove-iam-policy-binding": _unbind,
    "services list": lambda state, told: "\n".join(state["services"]),
    "services enable": _services_enable,
    "compute zones list": _zones,
    "compute regions describe": _region,
    "compute instances list": instances.listed,
    "compute instances stop": instances.stopped,
    "compute instances start": instances.started,
    "compute instances delete": instances.recreated,
    "compute instance-groups managed recreate-instances": instances.recreated,
    "compute disks list": _disks,
    "compute disks add-labels": _disk_labels,
    "compute disks delete": _disk_delete,
    "iam service-accounts list": lambda state, told: list(state["accounts"].values()),
    "iam service-accounts create": _account_create,
    "iam service-accounts delete": _account_delete,
    "artifacts repositories list": lambda state, told: list(state["repositories"].values()),
    "artifacts repositories create": _repository_create,
    "artifacts repositories delete": _repository_delete,
    "artifacts repositories get-iam-policy": lambda state, told: _policy(_repository(state, told)["policy"]),
    "artifacts repositories add-iam-policy-binding": lambda state, told: _bind(
        state, _repository(state, told)["policy"], told
    ),
    "artifacts docker images list": _images,
    "container clusters create": _create,
    "container clusters create-auto": _create_auto,
    "container clusters list": lambda state, told: list(state["clusters"].values()),
    "container clusters delete": _delete,
    "container operations list": _operations,
}
"""Command → what it does to the state and what it prints. Those that wait or write files are in gcloud.py."""
