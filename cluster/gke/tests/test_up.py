"""`up --on gke` as a person runs it, against the fake: from nothing, again, interrupted, and with every failure."""

import re
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from cluster.gke.tests.cloud import BIN, Cloud
from cluster.gke.up import OUTLINES

MADE = (("clusters", "create"), ("repositories", "create"), ("service-accounts", "create"))
"""What must be made once and never twice."""


def test_up_from_nothing_ends_with_a_todo_read_back(standing: Cloud) -> None:
    (cluster,) = standing["clusters"].values()
    assert cluster["status"] == "RUNNING"
    assert cluster["resourceLabels"] == {"made-by-kube-flask": "kube-flask"}
    assert all(disk["labels"] == cluster["resourceLabels"] for disk in standing["disks"].values())
    assert len(standing["images"]) == 3
    assert (standing.cache / "kubeconfig").exists()


def test_up_again_changes_nothing(copy: Cloud) -> None:
    code, said = copy.run("up", "--no-browser")
    assert code == 0, said
    changing = {"create", "delete", "enable", "add-iam-policy-binding", "add-labels", "push", "patch"}
    assert [call for call in copy["calls"] if changing & set(call)] == []


def test_a_dry_run_prints_exactly_what_up_then_runs(cloud: Cloud) -> None:
    code, said = cloud.run("up", "--dry-run")
    assert code == 0, said
    assert not any("create" in call for call in cloud["calls"])
    printed = [shlex.split(line) for line in said.splitlines() if line and not line.startswith("#")]
    printed = [words[2:] if words[0] == "env" else words for words in printed]
    cloud.change(calls=[])
    code, ran = cloud.run("up", "--no-browser")
    assert code == 0, ran
    run = [call for call in cloud["calls"] if call[0] == "gcloud"]
    # The disks cannot be named before they are made: the dry run says so in words instead.
    assert "labels each disk that has no label yet" in said
    assert [words for words in printed if words[0] == "gcloud"] == [c for c in run if "add-labels" not in c]
    ours = [call[1:] for call in cloud.calls("kubectl", "apply")]
    assert [words[1:] for words in printed if words[0] == str(BIN / "kubectl") and "apply" in words] == ours
    assert [Path(words[0]).name for words in printed if words[1:3] == ["-m", "synth"]]
    assert [words for words in printed if words[1:4] == ["-m", "cluster", "images"] and "--registry" in words]


def test_killed_after_each_step_and_started_again_it_makes_everything_once(cloud: Cloud) -> None:
    for number, outline in enumerate(OUTLINES[:-1], 1):
        cloud.killed_after(f"ok {number}/{len(OUTLINES)} {outline.title}", "up", "--no-browser")
    code, said = cloud.run("up", "--no-browser")
    assert code == 0, said
    assert "a todo was written and read back" in said
    for words in MADE:
        assert len(cloud.calls(*words)) == 1, words
    assert {len(cloud.calls("add-labels", disk)) for disk in cloud["disks"]} == {1}


def test_killed_while_the_cluster_is_made_the_next_one_waits_for_it(cloud: Cloud) -> None:
    cloud.change(create_s=8.0)
    with cloud.begun("up", "--no-browser") as process:
        deadline = time.monotonic() + 120
        while not cloud["clusters"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert cloud["clusters"]["kube-flask"]["status"] == "PROVISIONING"
    code, said = cloud.run("up", "--until", "cluster")
    assert code == 0, said
    assert len(cloud.calls("clusters", "create")) == 1
    assert len(cloud.calls("operations", "wait")) == 1


@pytest.mark.parametrize(
    ("failure", "step", "words", "means", "advice"),
    [
        (
            "quota",
            "cluster",
            'resource "CPUS"',
            "the quota of project my-shop-1234 in us-central1 is used up",
            "--region",
        ),
        (
            "permission",
            "cluster",
            'Required "container.clusters.create"',
            "may not do that in project",
            "docs/gke.md",
        ),
        (
            "exhausted",
            "cluster",
            "GCE_STOCKOUT",
            "no machine of this type free",
            "python -m cluster down --on gke",
        ),
        (
            "still-running",
            "cluster",
            "is still running",
            "goes on at Google's side",
            "python -m cluster up --on gke",
        ),
        (
            "push",
            "images",
            "uploadArtifacts",
            "docker is not allowed to push",
            "gcloud auth configure-docker us-central1-",
        ),
        ("network", "credentials", "i/o timeout", "does not reach Google", "python -m cluster up --on gke"),
    ],
)
def test_a_failure_ends_with_the_tools_words_their_meaning_and_the_next_command(
    cloud: Cloud, failure: str, step: str, words: str, means: str, advice: str
) -> None:
    cloud.fail(failure)
    code, said = cloud.run("up", "--until", step)
    assert code == 1
    end = said[said.index("failed ") :]
    assert words in end
    assert "This means: " in end
    assert means in end
    (line,) = re.findall(r"^try: (.*)$", end, re.MULTILINE)
    assert advice in line
    if failure == "exhausted":
        assert "half made and stays so" in cloud.run("up", "--until", step)[1]
        code, said = cloud.run("down", "--yes")
        assert code == 0, said
    code, said = cloud.run("up", "--until", step)
    assert code == 0, said


def test_a_half_made_cluster_is_named_with_gkes_own_reason(cloud: Cloud) -> None:
    cloud.fail("half-made")
    assert cloud.run("up", "--until", "cluster")[0] == 1
    code, said = cloud.run("up", "--until", "cluster")
    assert code == 1
    assert "is half made and stays so" in said
    assert "only 1 nodes out of 4 have registered" in said
    assert "try: python -m cluster down --on gke --project my-shop-1234" in said


def test_what_is_not_known_everywhere_yet_is_tried_again(cloud: Cloud) -> None:
    cloud.fail("account-not-known")
    code, said = cloud.run("up", "--no-browser", "--until", "account")
    assert code == 0, said
    assert "not known everywhere yet, once more in 10 s" in said
    assert len(cloud.calls("projects", "add-iam-policy-binding")) == 2


@pytest.mark.parametrize(
    ("change", "sentence", "advice"),
    [
        ({"account": ""}, "nobody is logged in", "gcloud auth login"),
        (
            {"projects": {}},
            "there is no project my-shop-1234, or this account may not see it",
            "projects list",
        ),
        (
            {"billing": False},
            "project my-shop-1234 has no billing account",
            "billing projects link my-shop-1234",
        ),
        (
            {"quota": {"CPUS": [8.0, 0.0]}},
            "does not hold 4 nodes of e2-standard-4",
            "choose another --region",
        ),
        (
            {
                "clusters": {
                    "kube-flask": {"name": "kube-flask", "location": "us-central1", "status": "RUNNING"}
                }
            },
            "does not carry the label made-by-kube-flask=kube-flask",
            "choose another --name",
        ),
    ],
)
def test_a_place_that_is_not_fit_is_refused_before_anything_is_made(
    cloud: Cloud, change: dict[str, object], sentence: str, advice: str
) -> None:
    cloud.change(**change)
    code, said = cloud.run("up", "--no-browser")
    assert code == 1
    assert sentence in said
    assert advice in said
    assert cloud.calls("clusters", "create") == []


@pytest.mark.parametrize(
    ("program", "advice"),
    [
        ("gcloud", "install the Google Cloud CLI"),
        ("gke-gcloud-auth-plugin", "gcloud components install gke-gcloud-auth-plugin"),
    ],
)
def test_a_tool_that_is_missing_is_named_with_how_to_get_it(
    cloud: Cloud, tmp_path: Path, program: str, advice: str
) -> None:
    # Nothing but what is meant: the machine that tests may have a real one in its own folders.
    tools = tmp_path / "tools"
    tools.mkdir()
    others = [Path(found) for name in ("env", "setpriv", "bash") if (found := shutil.which(name))]
    for tool in (*BIN.iterdir(), *others, Path(sys.executable)):
        if tool.name != program:
            (tools / tool.name).symlink_to(tool)
    code, said = cloud.run("up", environment={"PATH": str(tools)})
    assert code == 1
    assert f"{program} is not on PATH" in said
    assert f"try: {advice}" in said


def test_without_a_login_a_dry_run_prints_the_list_of_an_empty_project(cloud: Cloud) -> None:
    cloud.change(account="")
    code, said = cloud.run("up", "--dry-run")
    assert code == 0, said
    assert "clusters create kube-flask" in said
    assert "nobody is logged in: this is the list of an empty project" in said
    assert len(cloud["calls"]) == 1


def test_two_at_once_on_one_cluster_are_refused(cloud: Cloud) -> None:
    cloud.change(create_s=6.0)
    with cloud.begun("up", "--until", "cluster") as process:
        deadline = time.monotonic() + 120
        while not cloud["clusters"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        code, said = cloud.run("up")
        process.kill()
    assert (code, "another `python -m cluster` is at work" in said) == (1, True)
