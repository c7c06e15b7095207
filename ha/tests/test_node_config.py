from dataclasses import replace
from pathlib import Path

import pytest

from ha.node.config import render, upstream
from ha.settings import Secrets, Settings
from ha.tests.test_settings import RAW
from ha.vote.epoch import Epoch


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    parsed = Settings.parse(RAW, Secrets(repmgr_password="hidden"), me="postgres-1")
    return replace(parsed, run=tmp_path)


def test_an_acknowledged_write_is_on_k_standbys(settings: Settings) -> None:
    render(settings)
    text = (settings.run / "kube-flask.conf").read_text()
    assert 'synchronous_standby_names = \'ANY 1 ("postgres-0", "postgres-1", "postgres-2")\'' in text
    assert "synchronous_commit = on\n" in text
    assert "restart_after_crash = off\n" in text


def test_a_client_can_ask_which_node_it_talks_to(settings: Settings) -> None:
    render(settings)
    assert "cluster_name = 'postgres-1'\n" in (settings.run / "kube-flask.conf").read_text()


def test_a_standby_has_no_less_than_its_primary_had(settings: Settings) -> None:
    render(settings, {"max_connections": 660, "max_wal_senders": 4})
    text = (settings.run / "kube-flask.conf").read_text()
    assert "max_connections = 660\n" in text
    assert "max_wal_senders = 10\n" in text


@pytest.mark.parametrize(("is_open", "method"), [(False, "reject"), (True, "scram-sha-256")])
def test_clients_wait_outside_until_they_are_let_in(settings: Settings, is_open: bool, method: str) -> None:
    render(settings, is_open=is_open)
    lines = (settings.run / "pg_hba.conf").read_text().splitlines()
    assert [line.split()[-1] for line in lines if line.split()[1:3] == ["todo", "todo"]] == [method]


def test_the_epoch_is_told_to_whoever_asks(settings: Settings) -> None:
    render(settings, epoch=Epoch(7))
    assert "kube_flask.epoch = '7'\n" in (settings.run / "kube-flask.conf").read_text()


def test_repmgr_decides_nothing_alone(settings: Settings) -> None:
    render(settings)
    text = (settings.run / "repmgr.conf").read_text()
    assert "node_id = 1001\n" in text
    for hook in ("promote", "follow", "validate"):
        assert f"'/usr/local/bin/ha {hook}" in text
    assert "primary_visibility_consensus = false\n" in text


def test_repmgrs_second_opinion_is_asked_for_when_it_is_wanted(settings: Settings) -> None:
    render(replace(settings, timing=replace(settings.timing, primary_visibility_consensus=True)))
    assert "primary_visibility_consensus = true\n" in (settings.run / "repmgr.conf").read_text()


def test_the_password_is_in_one_private_file(settings: Settings) -> None:
    render(settings)
    holders = [file for file in settings.run.iterdir() if "hidden" in file.read_text()]
    assert [file.name for file in holders] == ["pgpass"]
    assert holders[0].stat().st_mode & 0o077 == 0


def test_a_walreceiver_names_the_node_it_confirms_for(settings: Settings) -> None:
    wanted = upstream(settings, settings.member("postgres-2"), Epoch(5))
    assert "host=postgres-2.postgres." in wanted["primary_conninfo"]
    assert wanted["primary_conninfo"].endswith("application_name=postgres-1")
    assert wanted["primary_slot_name"] == "node_1001_epoch_5"
