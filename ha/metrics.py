"""What both agents show to Prometheus: a registry that asks when it is scraped, and its text as an Answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.registry import Collector

from ha.http import Answer

__all__ = ["PREFIX", "registry", "text"]

PREFIX = "kube_flask_"
"""Every name of ours begins with it."""


class _Asked(Collector):
    """Families made at the scrape: a value that is set in a loop is stale exactly when the loop hangs."""

    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families()


def registry(families: Callable[[], Iterable[Metric]]) -> CollectorRegistry:
    """A registry with this process's own figures and whatever `families` returns at each scrape.

    It is called by HTTP threads; counters of the caller may be registered besides.
    """
    # Not the global one: two agents in one test process would meet in it, and its platform labels say nothing here.
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    made.register(_Asked(families))
    return made


def text(made: CollectorRegistry) -> Answer:
    """The registry in Prometheus' text format."""
    return Answer(200, generate_latest(made).decode(), CONTENT_TYPE_LATEST)
