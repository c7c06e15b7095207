"""The pool agent's routes over HTTP: metrics by Prometheus' own parser, the wake-up, the status."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from ha.http import serve
from ha.pool import agent as agent_module
from ha.pool.agent import Agent
from ha.pool.facts import Facts
from ha.pool.metrics import families
from ha.pool.routes import routes
from ha.settings import Secrets, Settings
from ha.tests.test_pool_look import RAW
from ha.tests.test_pool_reconcile import nodes, view

SETTINGS = Settings.parse(
    RAW | {"port": 5432, "agent_port": 1, "postgres": {}, "timing": {}, "pgpool": {}}, Secrets(), "pool-a"
)
HEADERS = {"Authorization": "Bearer tok"}
STALE = Facts(view("p s d"), nodes("P2@3 P2@4 ?"))


def test_a_scrape_tells_view_truth_and_what_was_done() -> None:
    found = {
        (metric.name, *sample.labels.values()): sample.value
        for metric in families(STALE, 7.5, True, Counter({(1, "detach"): 2}))
        for sample in metric.samples
    }
    assert found == {
        ("kube_flask_pool_agree",): 0,
        ("kube_flask_pool_agreement_age_seconds",): 7.5,
        ("kube_flask_pool_ready",): 1,
        ("kube_flask_pool_names_in_doubt",): 0,
        ("kube_flask_pool_view_primary", "postgres-0"): 1,
        ("kube_flask_pool_view_primary", "postgres-1"): 0,
        ("kube_flask_pool_view_primary", "postgres-2"): 0,
        ("kube_flask_pool_truth_primary", "postgres-0"): 0,
        ("kube_flask_pool_truth_primary", "postgres-1"): 1,
        ("kube_flask_pool_truth_primary", "postgres-2"): 0,
        ("kube_flask_pool_epoch", "postgres-0"): 3,
        ("kube_flask_pool_epoch", "postgres-1"): 4,
        ("kube_flask_pool_attached", "postgres-0"): 1,
        ("kube_flask_pool_attached", "postgres-1"): 1,
        ("kube_flask_pool_attached", "postgres-2"): 0,
        ("kube_flask_pool_actions", "1", "detach"): 2,
    }


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Agent, str]]:
    """An agent whose loop does not run, and the address of its routes."""
    monkeypatch.setattr(agent_module, "DRAIN_S", 0)
    agent = Agent(SETTINGS, tmp_path)
    agent.facts = STALE
    server = serve(0, routes(agent, "tok"), "127.0.0.1")
    yield agent, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("method", "path"), [("GET", "/metrics"), ("GET", "/status"), ("POST", "/wake")])
def test_only_who_holds_the_read_token_is_answered(pool: tuple[Agent, str], method: str, path: str) -> None:
    assert requests.request(method, pool[1] + path, timeout=5).status_code == 401
    assert requests.request(method, pool[1] + path, headers=HEADERS, timeout=5).ok


def test_metrics_are_those_of_the_last_round(pool: tuple[Agent, str]) -> None:
    text = requests.get(f"{pool[1]}/metrics", headers=HEADERS, timeout=5).text
    found = {s.name for f in text_string_to_metric_families(text) for s in f.samples}
    assert {"kube_flask_pool_agree", "process_cpu_seconds_total"} <= found


def test_a_wake_ends_the_pause(pool: tuple[Agent, str], monkeypatch: pytest.MonkeyPatch) -> None:
    agent, url = pool
    monkeypatch.setattr(type(agent._pgpool), "running", property(lambda _: True))
    calls = threading.Timer(0.3, lambda: requests.post(f"{url}/wake", headers=HEADERS, timeout=5))
    calls.start()
    began = time.monotonic()
    agent.rest(began + 20, threading.Event())
    assert 0.3 <= time.monotonic() - began < 5
    calls.join()
