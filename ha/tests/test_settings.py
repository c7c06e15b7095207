import json
from pathlib import Path
from typing import Any

import pytest

from ha.settings import Secrets, Settings, SettingsError

RAW: dict[str, Any] = {
    "cluster": "kube-flask",
    "members": [f"postgres-{i}.postgres.kube-flask.svc.cluster.local" for i in range(3)],
    "pools": "pgpool.kube-flask.svc.cluster.local",
    "sync_standbys": 1,
    "port": 5432,
    "agent_port": 8008,
    "postgres": {"max_connections": 120},
    "timing": {"profile": "fast", "reconnect_attempts": 2},
    "pgpool": {},
}


def parse(**changes: object) -> Settings:
    return Settings.parse({**RAW, **changes}, Secrets(), me="postgres-1")


def test_members_carry_their_names_and_node_ids() -> None:
    settings = parse()
    assert settings.self_member.node_id == 1001
    assert [m.name for m in settings.peers] == ["postgres-0", "postgres-2"]
    assert [settings.member_at(ordinal).name for ordinal in (2, 0)] == ["postgres-2", "postgres-0"]


def test_what_is_not_given_keeps_its_default() -> None:
    settings = parse()
    assert (settings.timing.reconnect_attempts, settings.timing.monitor_interval_s) == (2, 1)


def test_a_file_of_hosts_is_kept_only_where_one_is_named() -> None:
    assert (parse().hosts_file, parse(hosts_file="/etc/hosts").hosts_file) == (None, Path("/etc/hosts"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"members": RAW["members"][:2]}, "odd number"),
        ({"members": [RAW["members"][0]] * 3}, "twice"),
        ({"members": ["db.example"] * 3}, "NAME-ORDINAL"),
        ({"members": [7]}, "NAME-ORDINAL"),
        ({"sync_standbys": 2}, "0..1"),
        ({"sync_standbys": True}, "sync_standbys must be a int"),
        ({"port": "5432"}, "port must be a int"),
        ({"cluster": None}, "cluster must be a str"),
        ({"hosts_file": True}, "hosts_file must be a str"),
        ({"timing": {"speed": 1}}, "timing.speed is not a setting"),
        ({"timing": {"monitor_interval_s": "1"}}, "timing.monitor_interval_s must be a int"),
        ({"timing": {"monitor_interval_s": True}}, "timing.monitor_interval_s must be a int"),
        (
            {"timing": {"primary_visibility_consensus": 1}},
            "timing.primary_visibility_consensus must be a bool",
        ),
        ({"pgpool": []}, "pgpool must be a dict"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(changes: dict[Any, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        parse(**changes)


def test_a_stranger_is_no_member() -> None:
    with pytest.raises(SettingsError, match="POD_NAME 'web-0'"):
        _ = Settings.parse(RAW, Secrets(), me="web-0").self_member


def test_secrets_are_files_and_never_printed(tmp_path: Path) -> None:
    (tmp_path / "read-token").write_text("hidden\n")
    secrets = Secrets.load(tmp_path)
    assert secrets.read_token == "hidden"
    assert "hidden" not in repr(secrets)
    with pytest.raises(SettingsError, match="peer-token"):
        secrets.require("read_token", "peer_token")


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_an_unusable_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ha.json"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"ha\.json"):
        Settings.load(file, tmp_path, me="postgres-0")


def test_a_whole_file_loads(tmp_path: Path) -> None:
    file = tmp_path / "ha.json"
    file.write_text(json.dumps(RAW))
    assert Settings.load(file, tmp_path, me="postgres-0").self_member.ordinal == 0
