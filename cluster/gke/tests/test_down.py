"""`down --on gke` and `status --on gke` against the fake: exactly what `up` made goes, after a question."""

import os
import pty
import subprocess

import pytest

from cluster.gke.tests.cloud import ROOT, Cloud

GONE = ("clusters", "repositories", "accounts", "images")


def test_down_removes_what_up_made_and_keeps_the_disks(copy: Cloud) -> None:
    code, said = copy.run("down", "--yes")
    assert code == 0, said
    assert not any(copy[name] for name in GONE)
    assert not any(copy["policy"].values())
    assert len(copy["disks"]) == 3
    assert "the disk pvc-0 in us-central1-a (20 GB)" in said[said.index("What stays:") :]


def test_the_disks_go_when_that_is_said(copy: Cloud) -> None:
    code, said = copy.run("down", "--yes", "--delete-disks")
    assert code == 0, said
    assert copy["disks"] == {}
    assert said.count("WITH THE DATA ON IT") == 3
    code, said = copy.run("down", "--yes")
    assert code == 0, said
    assert "nothing of cluster kube-flask in us-central1" in said


def test_kept_disks_are_found_and_deleted_later_when_the_cluster_is_gone(copy: Cloud) -> None:
    assert copy.run("down", "--yes")[0] == 0
    code, said = copy.run("status")
    assert code == 1
    assert "disk pvc-0 in us-central1-a, 20 GB" in said
    assert "costs about $0.01 an hour" in said
    assert copy.run("down", "--yes", "--delete-disks")[0] == 0
    assert copy["disks"] == {}


def test_disks_of_an_up_that_was_killed_before_it_labelled_them_are_kept_too(copy: Cloud) -> None:
    disks = copy["disks"]
    copy.change(disks={name: disk | {"labels": {}} for name, disk in disks.items()})
    code, said = copy.run("down", "--yes")
    assert code == 0, said
    assert copy["disks"] == disks


def test_nobody_is_asked_without_a_terminal_and_nothing_goes(copy: Cloud) -> None:
    code, said = copy.run("down")
    assert code == 1
    assert "nothing was deleted" in said
    assert "--yes" in said
    assert copy["clusters"]


@pytest.mark.parametrize(("answer", "goes"), [("kube-flask", True), ("yes", False), ("", False)])
def test_only_the_clusters_name_is_a_yes(copy: Cloud, answer: str, goes: bool) -> None:
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        copy.command("down"), cwd=ROOT, env=copy.environment, stdin=inside, stdout=subprocess.PIPE, text=True
    ) as process:
        os.write(terminal, f"{answer}\n".encode())
        said, _ = process.communicate(timeout=240)
    os.close(terminal)
    os.close(inside)
    assert "This goes:" in said
    assert (process.returncode == 0) is goes
    assert bool(copy["clusters"]) is not goes


def test_a_dry_run_removes_nothing_and_prints_every_command(copy: Cloud) -> None:
    code, said = copy.run("down", "--dry-run")
    assert code == 0, said
    assert copy["clusters"]
    for part in ("clusters delete kube-flask", "service-accounts delete", "repositories delete", "Retain"):
        assert part in said
    assert "disks delete" not in said
    assert "disks delete pvc-0" in copy.run("down", "--dry-run", "--delete-disks")[1]


def test_a_cluster_without_our_label_is_left_alone(copy: Cloud) -> None:
    clusters = copy["clusters"]
    clusters["kube-flask"]["resourceLabels"] = {}
    copy.change(clusters=clusters)
    code, said = copy.run("down", "--yes")
    assert code == 1
    assert "does not carry the label made-by-kube-flask=kube-flask" in said
    assert copy["clusters"] == clusters
    assert copy["repositories"]


def test_a_cluster_that_is_half_made_can_be_removed(cloud: Cloud) -> None:
    cloud.fail("half-made")
    assert cloud.run("up")[0] == 1
    code, said = cloud.run("down", "--yes")
    assert code == 0, said
    assert not any(cloud[name] for name in GONE)
    assert not any("kubectl" in call[0] for call in cloud["calls"])


def test_down_killed_while_the_cluster_goes_ends_when_started_again(copy: Cloud) -> None:
    copy.change(create_s=6.0)
    with copy.begun("down", "--yes") as process:
        while copy["clusters"]["kube-flask"]["status"] != "STOPPING":
            assert process.poll() is None
        process.kill()
    code, said = copy.run("down", "--yes")
    assert code == 0, said
    assert not any(copy[name] for name in GONE)
    assert len(copy["disks"]) == 3
    assert len(copy.calls("clusters", "delete")) == 1


def test_status_tells_what_stands_answers_and_costs(copy: Cloud) -> None:
    code, said = copy.run("status")
    assert code == 0, said
    assert "RUNNING, 4 nodes e2-standard-4 in us-central1-a, us-central1-b" in said
    assert "costs about $0.72 an hour" in said
    assert "Cloud Billing Catalog" in said
    assert "a todo was written and read back" in said


def test_status_of_nothing(cloud: Cloud) -> None:
    code, said = cloud.run("status")
    assert code == 1
    assert "there is none" in said
    assert "costs" not in said
