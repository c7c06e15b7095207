from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from synth.load import UsageError, load
from synth.presets import PRESETS
from synth.settings import Settings
from synth.timing import PROFILES

File = Callable[[str], Path]


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Write a settings file."""

    def write(text: str, name: str = "my.yaml") -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_nothing_given_is_the_release() -> None:
    assert load() == Settings()


def test_later_sources_win(file: File) -> None:
    given = load(
        "kind", file("pgpool: {replicas: 3}\ntodo: {replicas: 4, pool_size: 1}"), ["todo.replicas=5"]
    )
    assert (given.timing.profile, given.pgpool.replicas, given.todo.replicas) == ("fast", 3, 5)


def test_a_group_given_in_part_keeps_the_rest(file: File) -> None:
    given = load("kind", file("postgres:\n  resources:\n    cpu: 300m"))
    assert given.postgres.resources.cpu == "300m"
    assert given.postgres.resources.memory == load("kind").postgres.resources.memory


@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", "postgres: {nodes: 5}"), ("a.json", '{"postgres": {"nodes": 5}}')]
)
def test_yaml_and_json_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert load(file=tmp_path / name).postgres.nodes == 5


@pytest.mark.parametrize("text", ["", "# nothing yet", "postgres: {}"])
def test_an_empty_file_changes_nothing(file: File, text: str) -> None:
    assert load(file=file(text)) == Settings()


def test_one_tag_is_for_all_images_and_one_of_them_can_differ() -> None:
    tags = load(sets=["images.tag=1.10", "images.tag.postgres=0123456"]).images.tag
    assert (tags.todo, tags.postgres, tags.pgpool) == ("1.10", "0123456", "1.10")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_brings_its_numbers(profile: str) -> None:
    timing = load("kind", sets=[f"timing={profile}", "timing.allow_unsafe=true"]).timing
    assert timing.profile == profile
    assert {name: getattr(timing, name) for name in PROFILES[profile]} == PROFILES[profile]


def test_a_number_beside_a_profile_wins() -> None:
    timing = load("kind", sets=["timing.reconnect_attempts=4"]).timing
    assert (timing.reconnect_attempts, timing.wal_sender_timeout_s) == (4, 2)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_valid_and_fast_on_one_machine(preset: str) -> None:
    assert load(preset).timing.profile == ("safe" if preset == "gke" else "fast")


WRONG = {
    "node: 5": "node is no setting; did you mean",
    "postgres: {node: 5}": "postgres.node is no setting; did you mean postgres.nodes",
    "nodes: 5": "did you mean postgres.nodes",
    "colour: red": "there are namespace, ",
    "postgres: {nodes: 4}": "postgres.nodes is 4; a quorum needs an odd number: choose 3 or 5",
    "postgres: {nodes: 1}": "choose 3 or 5",
    "postgres: {nodes: '3'}": "postgres.nodes is '3'; write a whole number",
    "postgres: {nodes: 3.0}": "write a whole number",
    "postgres: {nodes: true}": "write a whole number",
    "postgres: {nodes: }": "postgres.nodes is None; write a whole number",
    "postgres: 5": "postgres is a group of settings; give postgres.nodes",
    "postgres: ": "postgres is a group of settings",
    "namespace: {name: x}": "namespace is one value, not a group; write text",
    "namespace: My_Shop": "namespace is 'My_Shop'; write the name of a namespace",
    "images: {tag: 1.10}": "images.tag.todo is 1.1; write text; put it in quotes",
    "images: {tag: 'a b'}": "write an image tag",
    "images: {registry: 'host/x:tag'}": "images.registry is 'host/x:tag'; write host",
    "images: {pull_policy: Sometimes}": "write IfNotPresent or Always or Never",
    "anti_affinity: none": "anti_affinity is 'none'; write hard or soft",
    "storage: {size: 10 GB}": "storage.size is '10 GB'; write a quantity such as 10Gi",
    "postgres: {resources: {cpu: '0'}}": "postgres.resources.cpu is '0'; write a quantity",
    "postgres: {resources: {memory: 9Gi}}": "memory_limit is 3Gi, less than memory (9Gi); raise it",
    "postgres: {shared_buffers_mb: 4096}": "postgres.resources.memory_limit is 3Gi; with 780 connections it must be",
    "pgpool: {clients_per_s: 500}": "raise it or lower pgpool.clients_per_s",
    "pgpool: {replicas: 1}": "pgpool.replicas is 1; choose 2 to 10",
    "todo: {pool_size: 200}": "todo.pool_size is 200; with it the application can open",
    "todo: {node_port: 80}": "todo.node_port is 80; choose 30000 to 32767, or 0",
    "todo: {load_balancer_class: 'a b'}": "todo.load_balancer_class is 'a b'; write a load balancer class",
    "todo: {load_balancer_class: x, service_type: NodePort}": "needs service_type LoadBalancer; set it or drop",
    "timing: quick": "timing.profile is 'quick'; write fast or safe or bitnami",
    "timing: bitnami": "timing.profile is bitnami, the old chart's timings, which are slow and break",
    "timing: {child_nodes_disconnect_s: 3}": "lets a promotion overtake the fence",
    "timing: {profile: fast, reconnect_attempts: 1}": "lets a promotion overtake the fence",
    "timing: {profile: fast, primary_visibility_consensus: true}": "lets one standby cancel every election",
    "timing: {reconnect_attempts: 9}": "lets pgpool give up a primary after 3 s",
    "failpoints: {gate_open: true}": "failpoints.gate_open takes a safety away; leave it out, or add --allow",
    "failpoints: {allowed: true, hold_before_promote: 60}": "hold_before_promote is 60; choose 0 to 15 seconds",
    "failpoints: {gate: true}": "failpoints.gate is no setting",
    "todo: {replicas: 2}\ntodo: {workers: 3}": "'todo' is given twice (line 2); keep one",
    "todo: {replicas: 2, replicas: 3}": "'replicas' is given twice",
    "- a": "holds list; write settings such as",
    "a: [": "is not valid YAML or JSON",
    "a: 1\n---\nb: 2": "is not valid YAML or JSON",
    "1: 2": "1 is no setting; names are text",
    "? {a: 1}\n: 2": "is not valid YAML or JSON",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_is_refused_with_a_sentence(file: File, text: str) -> None:
    path = file(text)
    with pytest.raises(UsageError) as caught:
        load(file=path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert WRONG[text] in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("postgres.nodes", "--set postgres.nodes: write it as setting=value"),
        ("postgres.nodes=4", "--set: postgres.nodes is 4; "),
        ("postgres.nodes=many", "--set: postgres.nodes is 'many'; write a whole number"),
        ("=3", "--set:  is no setting"),
        ("failpoints.gate_open=true", "--set: failpoints.gate_open takes a safety away"),
        ("failpoints.gate_open=yes", "--set: failpoints.gate_open is 'yes'; write true or false"),
        ("postgres=3", "--set: postgres is a group of settings"),
    ],
)
def test_a_wrong_flag_is_refused_with_a_sentence(given: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(sets=[given])
    assert str(caught.value).startswith(sentence)


def test_json_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"todo": {"replicas": 2, "replicas": 3}}')
    with pytest.raises(UsageError, match="'replicas' is given twice"):
        load(file=tmp_path / "a.json")


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(file=tmp_path / name)
