"""What the tools' own words mean and what to do next: a table, first match wins."""

import re
from dataclasses import dataclass

from cluster.gke.settings import GkeSettings

MOST_LINES = 12
NOISE = re.compile(r"^(WARNING|NOTE|Note|DEBUG|INFO)\b")


@dataclass(frozen=True)
class Meaning:
    """One kind of failure: `means` and `advice` may use the names of {settings} and the groups of the pattern."""

    name: str
    pattern: str
    means: str
    advice: str
    passing: bool = False
    """It passes by itself within seconds, as when something just made is not known everywhere yet."""


AGAIN = "{up}"
MEANINGS: tuple[Meaning, ...] = (
    Meaning(
        "not-logged-in",
        r"do not currently have an active account selected|problem refreshing your current auth tokens"
        r"|Reauthentication (failed|required)|invalid_grant",
        "gcloud has no valid login on this machine",
        "gcloud auth login",
    ),
    Meaning(
        "plugin-missing",
        r"gke-gcloud-auth-plugin(?: was)? not found|executable gke-gcloud-auth-plugin",
        "kubectl cannot log in to GKE without this plugin",
        "gcloud components install gke-gcloud-auth-plugin",
    ),
    Meaning(
        "billing",
        r"Billing must be enabled|billing account for project .* is not (found|open)"
        r"|Billing account for project .* is not found|BILLING_DISABLED",
        "project {project} has no billing account, and nothing that costs can be made in it",
        "gcloud billing projects link {project} --billing-account=ACCOUNT",
    ),
    Meaning(
        "api-disabled",
        r"SERVICE_DISABLED|API has not been used in project|should enable service:(?P<api>\S+)",
        "an API that was just enabled is not known everywhere yet, or is not enabled",
        AGAIN,
        passing=True,
    ),
    Meaning(
        "not-known-yet",
        r"Service account .*does not exist|service account .* does not exist",
        "the service account was just made and is not known everywhere yet",
        AGAIN,
        passing=True,
    ),
    Meaning(
        "quota",
        r"Insufficient (?:regional|project) quota to satisfy request: resource \"(?P<metric>\w+)\""
        r"|insufficient regional quota to satisfy request: resource \"(?P<metric2>\w+)\""
        r"|Quota '(?P<metric3>\w+)' exceeded|GCE_QUOTA_EXCEEDED|QUOTA_EXCEEDED",
        "the quota of project {project} in {region} is used up",
        "ask for more under IAM & Admin > Quotas in the console, or choose another --region or fewer --nodes-per-zone",
    ),
    Meaning(
        "exhausted",
        r"GCE_STOCKOUT|ZONE_RESOURCE_POOL_EXHAUSTED|does not have enough resources available"
        r"|currently unavailable in the (?P<zone>\S+) zone",
        "Google has no machine of this type free in a zone now; the quota is not the reason",
        "{down}, then {up} with other --zones, or with another --machine-type",
    ),
    Meaning(
        "project",
        r"does not have permission to access projects instance \[(?P<given>[^\]]+)\]"
        r"|Project '?(?P<given2>[\w-]+)'? not found or|The project property is set to the empty string",
        "there is no project {project}, or this account may not see it",
        "gcloud projects list",
    ),
    Meaning(
        "docker-login",
        r"Unauthenticated request|denied: .*uploadArtifacts|unauthorized: .*authenticat",
        "docker is not allowed to push to {registry_host}",
        "gcloud auth configure-docker {registry_host}",
    ),
    Meaning(
        "permission",
        r"Required \"(?P<permission>[\w.]+)\" permission|Permission '(?P<permission2>[\w.]+)' denied"
        r"|PERMISSION_DENIED|The caller does not have permission",
        "this account may not do that in project {project}",
        "ask an owner of the project for the roles in docs/gke.md, or log in as one: gcloud auth login",
    ),
    Meaning(
        "exists",
        r"code=409|ALREADY_EXISTS|Already exists",
        "something of that name has been made in the meantime",
        AGAIN,
    ),
    Meaning(
        "busy",
        r"is running incompatible operation|is currently (?:being \w+|creating|updating|deleting)"
        r"|operation .* is currently",
        "GKE is still busy with an earlier operation on this cluster",
        AGAIN,
    ),
    Meaning(
        "still-running",
        r"is still running|timed out|did not end within",
        "the work goes on at Google's side, only the waiting has ended",
        AGAIN,
    ),
    Meaning(
        "unreachable",
        r"Unable to connect to the server|connection refused|i/o timeout|no such host|Could not resolve host"
        r"|NewConnectionError|Network is unreachable",
        "this machine does not reach Google, or the cluster's API does not answer now",
        "check the network and the time of this machine, then {up}",
    ),
    Meaning(
        "arguments",
        r"unrecognized arguments|Invalid choice|Must be specified|At most one of|expected one argument",
        "this gcloud is older or newer than the one that the commands were written for (578.0.0)",
        "gcloud components update",
    ),
)


def own_words(said: str) -> str:
    """Return the part of what a tool said that is about the failure: from its `ERROR:` on, without warnings."""
    lines = [line.rstrip() for line in said.splitlines() if line.strip() and not NOISE.match(line)]
    begun = next((i for i, line in enumerate(lines) if re.match(r"ERROR|[Ee]rror|denied|Unable", line)), None)
    kept = lines[begun : begun + MOST_LINES] if begun is not None else lines[-MOST_LINES:]
    return "\n".join(line[:600] for line in kept)


def meaning(said: str) -> Meaning | None:
    """Return what a tool's words mean, None when nobody has seen them yet."""
    return next((m for m in MEANINGS if re.search(m.pattern, said, re.DOTALL)), None)


def explained(command: str, said: str, settings: GkeSettings) -> tuple[str, str]:
    """Return the sentence (the tool's own words and what they mean) and the next command."""
    names = {
        "project": settings.project,
        "region": settings.region,
        "registry_host": settings.registry_host,
        "up": settings.again("up"),
        "down": settings.again("down"),
    }
    words = own_words(said) or "it said nothing"
    subject = command if command.endswith("failed") else f"{command} failed"
    found = meaning(said)
    if found is None:
        return f"{subject}:\n{words}", ""
    return f"{subject}:\n{words}\nThis means: {found.means.format(**names)}.", found.advice.format(**names)
