import json
import subprocess
from pathlib import Path

import pytest

from cluster import facts
from cluster.docker import Engine, parse_engine
from cluster.engine import RUNTIME, dockerd_command, runtime_text
from cluster.runtime_wrapper import strip


@pytest.mark.parametrize(
    ("bounding", "lacks"),
    [
        ("000001ffffffffff", False),
        ("000001fffeffffff", True),
        ("0000000000000000", True),
        ("0000000001000000", False),
    ],
)
def test_capability_is_read_from_the_bounding_set(bounding: str, lacks: bool) -> None:
    assert facts.lacks_sys_resource(f"Name:\tx\nCapEff:\t0\nCapBnd:\t{bounding}\n") is lacks


def test_a_system_without_capabilities_lacks_none() -> None:
    assert not facts.lacks_sys_resource("Name:\tx\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID=debian\n", True),
        ('ID=ubuntu\nID_LIKE="debian"\n', True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ('ID=fedora\nID_LIKE="rhel"\n', False),
        ("", False),
    ],
)
def test_debian_and_its_children(text: str, expected: bool) -> None:
    assert facts.is_debian_like(text) is expected


@pytest.mark.parametrize(
    ("said", "wanted", "enough"),
    [
        ("kind v0.33.0 go1.26.8 linux/amd64", "0.33.0", True),
        ("kind v0.9.0", "0.33.0", False),
        ("go version go1.19.8 linux/amd64", "1.21", False),
        ("go version go1.26.8 linux/amd64", "1.21", True),
        ("nonsense", "1.21", False),
    ],
)
def test_versions_compare_as_numbers(said: str, wanted: str, enough: bool) -> None:
    assert facts.at_least(said, wanted) is enough


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20.10.24|1|runc", Engine("20.10.24", "1", "runc")),
        ("||", None),
        ("", None),
        ("Cannot connect", None),
    ],
)
def test_engine_from_docker_info(text: str, expected: Engine | None) -> None:
    assert parse_engine(text) == expected


def test_the_wrapper_is_registered_only_where_it_is_needed() -> None:
    assert dockerd_command(None) == ["dockerd"]
    assert f"{RUNTIME}=/c/w" in dockerd_command(Path("/c/w"))


def test_the_wrapper_takes_out_one_capability_everywhere() -> None:
    process = {
        "capabilities": {"bounding": ["CAP_SYS_RESOURCE", "CAP_KILL"], "effective": ["CAP_SYS_RESOURCE"]}
    }
    strip(process)
    assert process == {"capabilities": {"bounding": ["CAP_KILL"], "effective": []}}


def test_the_wrapper_is_a_program_that_calls_runc(tmp_path: Path) -> None:
    wrapper, runc, config = tmp_path / "wrapper", tmp_path / "runc", tmp_path / "config.json"
    wrapper.write_text(runtime_text())
    runc.write_text('#!/bin/sh\necho "$@"\n')
    config.write_text(json.dumps({"process": {"capabilities": {"bounding": ["CAP_SYS_RESOURCE"]}}}))
    for program in (wrapper, runc):
        program.chmod(0o755)
    words = ["create", "--bundle", str(tmp_path), "name"]
    said = subprocess.check_output([wrapper, *words], env={"PATH": str(tmp_path)}, text=True)
    assert said.split() == words
    assert json.loads(config.read_text())["process"]["capabilities"]["bounding"] == []
