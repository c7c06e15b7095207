"""What the pool agent shows to Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from ha.metrics import PREFIX
from ha.pool.facts import Facts, view_primary

__all__ = ["families"]

POOL = f"{PREFIX}pool_"


def families(
    facts: Facts, agreed_s: float, ready: bool, actions: Mapping[tuple[int, str], int]
) -> Iterator[Metric]:
    """The families of one scrape.

    agreed_s: seconds since view and truth last agreed. actions: how often each (rule, action) was taken.
    """
    believed, truth = view_primary(facts.view or ()), facts.truth
    yield GaugeMetricFamily(f"{POOL}agree", "Whether pgpool's primary is the true one.", value=facts.agrees)
    yield GaugeMetricFamily(f"{POOL}agreement_age_seconds", "Since they last agreed.", value=agreed_s)
    yield GaugeMetricFamily(f"{POOL}ready", "Whether SQL through pgpool worked lately.", value=ready)
    yield GaugeMetricFamily(f"{POOL}names_in_doubt", "Whether names resolve badly.", value=facts.doubt)
    yield _marks(
        "view_primary", "1 for whom pgpool sends writes to.", facts, believed.name if believed else ""
    )
    yield _marks(
        "truth_primary", "1 for the primary of the newest history.", facts, truth.name if truth else ""
    )
    epoch = GaugeMetricFamily(f"{POOL}epoch", "What each server leads or follows.", labels=["node"])
    for node in facts.nodes:
        if not node.error:
            epoch.add_metric([node.name], node.epoch)
    yield epoch
    attached = GaugeMetricFamily(f"{POOL}attached", "Whether pgpool uses this server.", labels=["node"])
    for backend in facts.view or ():
        attached.add_metric([backend.name], backend.attached)
    yield attached
    taken = CounterMetricFamily(f"{POOL}actions", "Actions taken, by rule.", labels=["rule", "action"])
    for (rule, action), count in sorted(actions.items()):
        taken.add_metric([str(rule), action], count)
    yield taken


def _marks(name: str, text: str, facts: Facts, marked: str) -> Metric:
    family = GaugeMetricFamily(f"{POOL}{name}", text, labels=["node"])
    for node in facts.nodes:
        family.add_metric([node.name], node.name == marked)
    return family
