"""What an agent's /metrics says, read back by Prometheus' own parser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from prometheus_client import CONTENT_TYPE_LATEST, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from ha.http import Route, serve
from ha.metrics import PREFIX, registry, text


@pytest.fixture
def scraped() -> Iterator[requests.Response]:
    """The second scrape, so that what was asked once and kept would show."""
    told = iter([1.0, 2.0])

    def families() -> list[Metric]:
        return [GaugeMetricFamily(f"{PREFIX}lag_bytes", "How far behind.", value=next(told))]

    made = registry(families)
    server = serve(0, [Route("GET", "/metrics", lambda _: text(made), "tok")], "127.0.0.1")
    url, headers = f"http://127.0.0.1:{server.server_port}/metrics", {"Authorization": "Bearer tok"}
    assert requests.get(url, timeout=5).status_code == 401
    requests.get(url, headers=headers, timeout=5)
    yield requests.get(url, headers=headers, timeout=5)
    server.shutdown()
    server.server_close()


def test_values_are_those_of_the_scrape_in_the_format_that_is_announced(scraped: requests.Response) -> None:
    found = {s.name: s.value for f in text_string_to_metric_families(scraped.text) for s in f.samples}
    assert found["kube_flask_lag_bytes"] == 2
    assert found["process_open_fds"] > 0
    assert scraped.headers["Content-Type"] == CONTENT_TYPE_LATEST
