"""What pgpool reads follows from the settings, and nobody else can read the passwords."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ha.pool.render import render, write
from ha.settings import Pgpool, Secrets, Settings, SettingsError

SECRETS = Secrets(monitor_password="m1", todo_password="t1", pcp_password="p1", read_token="r1")
RAW = {
    "cluster": "kube-flask",
    "members": [f"postgres-{i}.postgres.ns.svc.cluster.local" for i in range(5)],
    "pools": "pgpool.ns.svc.cluster.local",
    "sync_standbys": 2,
    "port": 5433,
    "agent_port": 8008,
    "postgres": {},
    "timing": {},
    "pgpool": {"num_init_children": 77, "pcp_port": 9899},
}
SETTINGS = Settings.parse(RAW, SECRETS, "pgpool-a")


def conf(settings: Settings = SETTINGS) -> dict[str, str]:
    """pgpool.conf as a mapping."""
    text = render(settings, Path("/run/pgpool"))["pgpool.conf"]
    pairs = (line.split(" = ", 1) for line in text.splitlines() if " = " in line and line[0] != "#")
    return {key: value.strip("'") for key, value in pairs}


@pytest.mark.parametrize(("sync_standbys", "mode"), [(0, "on"), (1, "on"), (2, "off")])
def test_standbys_are_read_only_where_what_they_show_cannot_be_lost(sync_standbys: int, mode: str) -> None:
    assert conf(replace(SETTINGS, sync_standbys=sync_standbys))["load_balance_mode"] == mode


def test_every_member_is_a_backend_by_the_name_repmgr_uses() -> None:
    found = conf()
    for index, member in enumerate(SETTINGS.members):
        assert found[f"backend_hostname{index}"] == member.host
        assert found[f"backend_application_name{index}"] == member.name
        assert found[f"backend_port{index}"] == "5433"
    assert "backend_hostname5" not in found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("failover_on_backend_error", "off"),
        ("failover_on_backend_shutdown", "off"),
        ("failover_command", ""),
        ("follow_primary_command", ""),
        ("detach_false_primary", "off"),
        ("auto_failback", "off"),
        ("sr_check_period", "0"),
        ("memory_cache_enabled", "off"),
        ("disable_load_balance_on_write", "transaction"),
        ("app_name_redirect_preference_list", "todo-rw:primary,todo-ro:standby"),
        ("pcp_listen_addresses", "localhost"),
        ("pcp_port", "9899"),
        ("num_init_children", "77"),
        ("connect_timeout", "1000"),
    ],
)
def test_what_must_not_change(key: str, value: str) -> None:
    assert conf()[key] == value


def test_the_search_for_a_primary_ends() -> None:
    found = int(conf(replace(SETTINGS, pgpool=Pgpool()))["search_primary_node_timeout"])
    assert found > 0


def test_the_health_check_may_detach_everybody_but_the_held() -> None:
    text = render(SETTINGS, Path("/run/pgpool"), ["postgres-1", "postgres-3"])["pgpool.conf"]
    flags = re.findall(r"^backend_flag\d = '(.*)_TO_FAILOVER'$", text, re.MULTILINE)
    assert flags == ["ALLOW", "DISALLOW", "ALLOW", "DISALLOW", "ALLOW"]
    assert conf()["backend_flag1"] == "ALLOW_TO_FAILOVER"


@pytest.mark.parametrize("function", ["pg_last_wal_replay_lsn", "pg_is_in_recovery", "count", "lower"])
def test_a_standby_may_be_asked_about_itself(function: str) -> None:
    patterns = conf()["write_function_list"].split(",")
    assert not any(re.fullmatch(pattern, function) for pattern in patterns)


@pytest.mark.parametrize("function", ["nextval", "pg_current_wal_lsn", "pg_advisory_xact_lock", "lo_creat"])
def test_functions_that_need_the_primary(function: str) -> None:
    patterns = conf()["write_function_list"].split(",")
    assert any(re.fullmatch(pattern, function) for pattern in patterns)


def test_passwords_are_where_pgpool_looks_and_only_there() -> None:
    files = render(SETTINGS, Path("/run/pgpool"))
    assert files["pool_passwd"] == "todo:TEXTt1\nmonitor:TEXTm1\n"
    assert files["pcppass"] == "localhost:9899:agent:p1\n"
    assert files["pcp.conf"] == "agent:ec6ef230f1828039ee794566b9c58adc\n"
    assert not re.search(r"\b[mtpr]1\b", files["pgpool.conf"] + files["pool_hba.conf"])


def test_files_are_for_this_user_only_and_can_be_written_again(tmp_path: Path) -> None:
    for _ in range(2):
        write(SETTINGS, tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("secrets", "sentence"),
    [
        (replace(SECRETS, pcp_password=""), "secret pcp-password: empty or missing"),
        (replace(SECRETS, read_token=""), "secret read-token: empty or missing"),
        (replace(SECRETS, pcp_password="a:b"), "secret pcp-password: pgpool's files allow no"),
        (replace(SECRETS, todo_password="a\nb"), "secret todo-password: pgpool's files allow no"),
    ],
)
def test_a_secret_that_cannot_work_is_refused(secrets: Secrets, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        render(replace(SETTINGS, secrets=secrets), Path("/run/pgpool"))
