import pytest

from cluster.gke import errors
from cluster.gke.errors import MEANINGS
from cluster.gke.fake.failures import FAILURES
from cluster.gke.fake.gcloud import NOT_LOGGED_IN
from cluster.gke.tests.examples import SETTINGS

SEEN: dict[str, str] = {
    NOT_LOGGED_IN: "not-logged-in",
    "ERROR: (gcloud.x) There was a problem refreshing your current auth tokens: ...": "not-logged-in",
    "executable gke-gcloud-auth-plugin not found": "plugin-missing",
    "ERROR: (gcloud.services.enable) FAILED_PRECONDITION: Billing account for project '1234' is not found. Billing"
    " must be enabled for activation of service(s) 'compute.googleapis.com' to proceed.": "billing",
    "ERROR: (gcloud.container.clusters.create) ResponseError: code=400, message=Failed precondition when calling the"
    " ServiceConsumerManager: tenantmanager::XXX: Consumer XXX should enable service:container.googleapis.com before"
    " generating a service account.": "api-disabled",
    'ERROR: (gcloud.container.clusters.create) ResponseError: code=400, message=Service account "1234-compute@'
    'developer.gserviceaccount.com" does not exist.': "not-known-yet",
    "ERROR: (gcloud.container.clusters.create) ResponseError: code=403, message=\n\t(1) insufficient regional quota to"
    " satisfy request: resource \"CPUS\": request requires '12.0' and is short '4.0'.": "quota",
    "message: \"Instance 'gke-e2e-x' creation failed: Quota 'IN_USE_ADDRESSES' exceeded.  Limit: 8.0\"": "quota",
    "Current errors: [GCE_STOCKOUT]: Instance 'gke-x' creation failed: The zone 'projects/p/zones/europe-west3-c' does"
    " not have enough resources available to fulfill the request.": "exhausted",
    "ERROR: (gcloud.projects.describe) [me@x] does not have permission to access projects instance [nope] (or it may"
    " not exist): The caller does not have permission": "project",
    'ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Required "container.clusters'
    '.get" permission for "projects/x".': "permission",
    "Permission 'artifactregistry.repositories.get' denied on resource (or it may not exist).": "permission",
    'Unauthenticated request. Unauthenticated requests do not have permission "artifactregistry.repositories.'
    'uploadArtifacts" on resource': "docker-login",
    "ERROR: (gcloud.artifacts.repositories.create) ALREADY_EXISTS: the repository already exists": "exists",
    "ResponseError: code=400, message=Cluster is running incompatible operation operation-1.": "busy",
    "ERROR: it did not end within 45 min 00 s and was ended here": "still-running",
    "Unable to connect to the server: dial tcp 1.2.3.4:443: i/o timeout": "unreachable",
    "ERROR: (gcloud.container.clusters.create) unrecognized arguments: --x": "arguments",
    "ERROR: (gcloud.x) argument --location: At most one of --location | --region can be specified.": "arguments",
}
"""The tools' words as people reported them or as gcloud 578.0.0 said them here → what they mean."""


@pytest.mark.parametrize("said", SEEN)
def test_what_the_words_mean(said: str) -> None:
    found = errors.meaning(said)
    assert found is not None
    assert found.name == SEEN[said]


def test_every_meaning_was_seen() -> None:
    assert set(SEEN.values()) == {meaning.name for meaning in MEANINGS}


@pytest.mark.parametrize("name", [name for name, failure in FAILURES.items() if failure["says"]])
def test_every_failure_that_the_fake_plays_is_understood(name: str) -> None:
    said = FAILURES[name]["says"]
    # Half made is told by GKE in words of its own each time: the check of the cluster's state knows it.
    assert (errors.meaning(said) is None) == (name == "half-made")


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda meaning: meaning.name)
def test_every_meaning_has_a_sentence_and_a_next_command(meaning: errors.Meaning) -> None:
    said = next(words for words, name in SEEN.items() if name == meaning.name)
    sentence, advice = errors.explained("gcloud x", said, SETTINGS)
    assert sentence.startswith("gcloud x failed:\n")
    assert "\nThis means: " in sentence
    assert advice
    assert "{" not in sentence.partition("This means")[2] + advice


def test_words_nobody_has_seen_are_shown_as_they_are() -> None:
    assert errors.explained("gcloud x", "ERROR: (gcloud.x) something new", SETTINGS) == (
        "gcloud x failed:\nERROR: (gcloud.x) something new",
        "",
    )
    assert errors.explained("gcloud x", "", SETTINGS)[0] == "gcloud x failed:\nit said nothing"


def test_warnings_are_not_the_reason() -> None:
    said = (
        "WARNING: Starting with version 1.18\nCreating cluster...\n.failed.\nERROR: the reason\n  more of it"
    )
    assert errors.own_words(said) == "ERROR: the reason\n  more of it"


def test_only_what_passes_by_itself_is_tried_again() -> None:
    assert {m.name for m in MEANINGS if m.passing} == {"api-disabled", "not-known-yet"}
