"""The fake refuses what gcloud 578.0.0 refuses, in its words (each was said by that program itself)."""

import json

import pytest

from cluster.gke.fake.answers import ANSWERS
from cluster.gke.fake.arguments import HELP, Refused, parse, recorded
from cluster.gke.fake.failures import FAILURES, next_failure, script

CREATE = ["container", "clusters", "create"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (
            [*CREATE, "x", "--bogus-flag"],
            "(gcloud.container.clusters.create) unrecognized arguments: --bogus-flag",
        ),
        (
            [*CREATE, "x", "--location=a", "--region=b"],
            "argument --location: At most one of --location | --region | --zone can be specified.",
        ),
        ([*CREATE, "x", "--release-channel=fast"], "argument --release-channel: Invalid choice: 'fast'."),
        (CREATE, "argument NAME: Must be specified."),
        ([*CREATE, "x", "--num-nodes=a"], "argument --num-nodes: Value must be an integer; received: a"),
        ([*CREATE, "x", "y"], "unrecognized arguments: y"),
        ([*CREATE, "x", "--labels=a"], "argument --labels: Bad syntax for dict arg: [a]."),
        ([*CREATE, "x", "--disk-type=fast"], "argument --disk-type: Invalid choice: 'fast'."),
        ([*CREATE, "x", "--location"], "argument --location: expected one argument"),
        (["container", "cluster", "create", "x"], "(gcloud.container) Invalid choice: 'cluster'."),
        (
            ["artifacts", "repositories", "create", "r", "--location=us"],
            "(gcloud.artifacts.repositories.create) argument --repository-format: Must be specified.",
        ),
        (["services", "enable"], "argument SERVICE: Must be specified."),
        ([], "(gcloud) Invalid choice: ''."),
    ],
)
def test_what_is_refused(words: list[str], refusal: str) -> None:
    with pytest.raises(Refused) as raised:
        parse(words)
    assert refusal in str(raised.value)
    assert str(raised.value).startswith("ERROR: (gcloud")


def test_what_is_accepted() -> None:
    told = parse(
        [*CREATE, "x", "--node-locations=a,b", "--labels=k=v", "--no-enable-autoupgrade", "-z", "q", "-q"]
    )
    assert told.command == "container clusters create"
    assert told.positionals == ("x",)
    assert told.flags == {
        "--node-locations": ["a", "b"],
        "--labels": {"k": "v"},
        "--enable-autoupgrade": False,
        "--zone": "q",
        "--quiet": True,
    }


def test_every_recorded_command_names_its_source() -> None:
    for path in HELP.glob("*.json"):
        source = json.loads(path.read_text())["source"]
        assert source["program"].startswith("gcloud 578.0.0")
        assert len(source["commit"]) == 40


def test_every_answer_is_to_a_recorded_command() -> None:
    assert set(ANSWERS) <= set(recorded())


def test_a_scripted_failure_comes_as_often_as_it_says() -> None:
    scripted = script(["quota"])
    scripted[0]["times"] = 2
    seen = [next_failure("container clusters create", scripted) for _ in range(3)]
    assert [failure is not None for failure in seen] == [True, True, False]
    assert next_failure("container clusters list", script(list(FAILURES))) is None
