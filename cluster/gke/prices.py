"""What stands costs per hour, at list price: every figure with its source and date. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.gke.facts import Cluster, Disk
from cluster.gke.settings import MACHINE, GkeSettings

HOURS = 730
"""Hours of a month, as Google's price lists count."""
PRICED_REGIONS = frozenset({"us-central1", "us-east1"})
"""Where the figures of machines were read; elsewhere others apply, and none of them were found."""


@dataclass(frozen=True)
class Price:
    """US dollars for one unit and hour, without discounts and taxes."""

    usd: float
    source: str


PRICES: Mapping[str, Price] = {
    "cluster": Price(0.10, "cloud.google.com/kubernetes-engine/pricing, read before 2026-11"),
    "e2-core": Price(
        0.02181159, "Cloud Billing Catalog, SKU CF4E-A0C7-E3BF, us-central1 and us-east1, 2026-09-28"
    ),
    "e2-gib": Price(
        0.00292353, "Cloud Billing Catalog, E2 Instance Ram, us-central1 and us-east1, 2026-09-28"
    ),
    "balanced-gib": Price(0.10 / HOURS, "Google Cloud Pricing Calculator, Iowa, 2023-05-18"),
    "balancer": Price(0.025, "cloud.google.com/load-balancing/pricing, Iowa, first five rules, 2026-09-20"),
    "address": Price(0.005, "cloud.google.com/vpc/network-pricing, address of a VM, 2026-10-16"),
}
"""None could be asked for from where this was written: each was found quoted with its source and date."""


@dataclass(frozen=True)
class Line:
    """One line of the bill: `usd` is None when no price is known."""

    what: str
    usd: float | None
    source: str


def lines(
    settings: GkeSettings, cluster: Cluster | None, disks: tuple[Disk, ...], balanced: bool
) -> list[Line]:
    """Return the bill of an hour."""
    bill = [] if cluster is None else _cluster(settings, cluster)
    size = sum(disk.size_gb for disk in disks)
    if size:
        bill.append(_times("balanced-gib", size, f"{len(disks)} disks of the database, {size} GB"))
    if balanced:
        bill.append(_times("balancer", 1, "load balancer"))
    return bill


def total(bill: list[Line]) -> str:
    """Return the sum in words, and what it leaves out."""
    known = sum(line.usd for line in bill if line.usd is not None)
    unknown = [line.what for line in bill if line.usd is None]
    more = f" and what {', '.join(unknown)} cost" if unknown else ""
    return f"about ${known:.2f} an hour{more}; traffic, images and taxes not counted"


def _times(name: str, count: float, what: str) -> Line:
    return Line(what, PRICES[name].usd * count, PRICES[name].source)


def _cluster(settings: GkeSettings, cluster: Cluster) -> list[Line]:
    bill = [_times("cluster", 1, "cluster management")]
    machine = MACHINE.fullmatch(cluster.machine_type)
    what = f"{cluster.nodes} nodes {cluster.machine_type}"
    if machine and cluster.machine_type.startswith("e2-standard-") and settings.region in PRICED_REGIONS:
        # Of this family each core has 4 GiB.
        cores = int(machine[1])
        each = PRICES["e2-core"].usd * cores + PRICES["e2-gib"].usd * 4 * cores
        bill.append(Line(what, cluster.nodes * each, PRICES["e2-core"].source))
    else:
        known = ", ".join(sorted(PRICED_REGIONS))
        bill.append(Line(what, None, f"prices are known here for e2-standard in {known} only"))
    size = cluster.nodes * settings.disk_gb
    bill.append(_times("balanced-gib", size, f"boot disks, {size} GB"))
    if not settings.private_nodes:
        bill.append(_times("address", cluster.nodes, f"{cluster.nodes} public addresses"))
    return bill
