"""docs/gke.md is run from its first command to its last, against the fake."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from cluster.gke.tests.cloud import KUBECTL, ROOT, Cloud

DOCS = (ROOT / "docs" / "gke.md").read_text()
COMMANDS = [line.strip() for line in DOCS.splitlines() if re.match(r" {4}\S", line)]
OURS = "python -m "
CHAOS = "python -m chaos "


def aimed(command: str) -> str:
    """Return a command of the document with what aims it at the fake: its kubectl, and images that are here.

    Nothing is there to be broken: chaos is rehearsed, and done for real by chaos/tests/test_gke_on_kind.py.
    """
    if not command.startswith(OURS):
        return command
    words = [*shlex.split(command.removesuffix(" || true"))]
    words += KUBECTL if "--on" in words else ()
    words += ["--dry-run"] if command.startswith(CHAOS) and "--dry-run" not in words else []
    words += ["--images", "build"] if words[2] == "cluster" and words[3] in ("up", "images") else []
    return shlex.join(words) + (" || true" if command.endswith(" || true") else "")


def test_every_command_of_the_document_works_in_its_order(cloud: Cloud) -> None:
    assert len(COMMANDS) >= 20
    cloud.change(account="")
    for command in COMMANDS:
        code, said = cloud.shell(
            ["bash", "-c", aimed(command)], {"KUBECONFIG": str(cloud.state.parent / "kube")}
        )
        assert code == 0, f"{command}\n{said}"
    # Whoever follows it to the end pays nothing any more.
    assert not any(cloud[name] for name in ("clusters", "repositories", "accounts", "disks", "images"))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`((?:make|python|gcloud) [^`]+)`", DOCS))))
def test_commands_between_the_lines_are_run_too_or_are_make(cloud: Cloud, command: str) -> None:
    assert command.startswith("make gke PROJECT=my-shop-1234")
    rehearsed = ["make", "--dry-run", "--old-file=.make/python", *command.split()[1:]]
    said = subprocess.run(rehearsed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if "-m cluster" in line]
    assert shlex.split(line)[1:] == ["-m", "cluster", "up", "--on", "gke", "--project", "my-shop-1234"]
    assert f"python {' '.join(shlex.split(line)[1:])}" in COMMANDS


def test_what_the_document_says_about_the_options_is_what_they_are() -> None:
    from cluster.gke.settings import GkeSettings

    fields = GkeSettings.__dataclass_fields__
    for name in ("region", "machine_type", "nodes_per_zone", "channel", "name"):
        option, default = name.replace("_", "-"), fields[name].default
        assert re.search(rf"^\| `--{option} \w+` \| `?{default}`? \|", DOCS, re.MULTILINE), name
