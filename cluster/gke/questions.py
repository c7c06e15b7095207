"""The questions behind the facts: which command tells what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cluster.gke import facts
from cluster.gke.settings import LABEL, GkeSettings

Words = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A command that changes nothing, and how its answer becomes the field of Facts of the same name."""

    words: Callable[[GkeSettings], Words]
    parse: Callable[[str, GkeSettings], Any]


def gcloud(settings: GkeSettings, *words: str) -> Words:
    """Return a gcloud command about the project, whatever project gcloud is set to."""
    return ("gcloud", *words, f"--project={settings.project}")


def listed(settings: GkeSettings, *words: str) -> Words:
    """Return a gcloud command whose answer is JSON; `list` tells what is missing without an error."""
    return gcloud(settings, *words, "--format=json")


QUESTIONS: dict[str, Question] = {
    "account": Question(
        lambda s: ("gcloud", "auth", "list", "--filter=status:ACTIVE", "--format=value(account)"),
        facts.first_line,
    ),
    "project_state": Question(
        lambda s: ("gcloud", "projects", "describe", s.project, "--format=json"), facts.project_state
    ),
    "services": Question(
        lambda s: gcloud(s, "services", "list", "--enabled", "--format=value(config.name)"), facts.lines
    ),
    "zones": Question(lambda s: listed(s, "compute", "zones", "list"), facts.zones),
    "quota": Question(lambda s: listed(s, "compute", "regions", "describe", s.region), facts.quota),
    "repository": Question(
        lambda s: listed(s, "artifacts", "repositories", "list", f"--location={s.region}"), facts.repository
    ),
    "node_account": Question(lambda s: listed(s, "iam", "service-accounts", "list"), facts.node_account),
    "roles": Question(
        lambda s: ("gcloud", "projects", "get-iam-policy", s.project, "--format=json"), facts.roles
    ),
    "readers": Question(
        lambda s: listed(s, "artifacts", "repositories", "get-iam-policy", s.name, f"--location={s.region}"),
        facts.roles,
    ),
    "cluster": Question(
        lambda s: listed(s, "container", "clusters", "list", f"--location={s.region}"), facts.cluster
    ),
    "operation": Question(
        lambda s: listed(
            s, "container", "operations", "list", f"--location={s.region}", "--filter=status!=DONE"
        ),
        facts.operation,
    ),
    "images": Question(
        lambda s: listed(s, "artifacts", "docker", "images", "list", s.registry, "--include-tags"),
        facts.images,
    ),
    "volumes": Question(lambda s: (*s.kubectl, "get", "pv", "--output=json"), facts.volumes),
    "disks": Question(
        lambda s: listed(s, "compute", "disks", "list", f"--filter=labels.{LABEL}={s.name}"), facts.disks
    ),
}
