from dataclasses import replace

import pytest

from cluster.gke import prices
from cluster.gke.tests.examples import DISKS, RUNNING, SETTINGS, made


def test_an_hour_of_the_default_cluster() -> None:
    bill = {line.what: line.usd for line in prices.lines(SETTINGS, RUNNING, DISKS, balanced=True)}
    # e2-standard-4: 4 x 0.02181159 + 16 x 0.00292353
    assert bill["4 nodes e2-standard-4"] == pytest.approx(4 * 0.13402284)
    assert bill["cluster management"] == 0.10
    assert bill["load balancer"] == 0.025
    assert bill["boot disks, 200 GB"] == pytest.approx(200 * 0.10 / 730)
    assert bill["2 disks of the database, 40 GB"] == pytest.approx(40 * 0.10 / 730)
    assert bill["4 public addresses"] == pytest.approx(0.02)


def test_every_figure_names_its_source_and_date() -> None:
    assert all(" 202" in price.source or "before 202" in price.source for price in prices.PRICES.values())
    assert all(line.source for line in prices.lines(SETTINGS, RUNNING, DISKS, balanced=True))


@pytest.mark.parametrize(
    ("settings", "machine"),
    [(made(region="europe-west1"), "e2-standard-4"), (SETTINGS, "n2-standard-4"), (SETTINGS, "e2-highmem-4")],
)
def test_a_price_that_is_not_known_is_not_made_up(settings: object, machine: str) -> None:
    bill = prices.lines(settings, replace(RUNNING, machine_type=machine), (), balanced=False)  # type: ignore[arg-type]
    assert [line.what for line in bill if line.usd is None] == [f"4 nodes {machine}"]
    assert f"and what 4 nodes {machine} cost" in prices.total(bill)


def test_nothing_costs_nothing_and_kept_disks_cost_on() -> None:
    assert prices.lines(SETTINGS, None, (), balanced=False) == []
    (line,) = prices.lines(SETTINGS, None, DISKS, balanced=False)
    assert line.usd is not None
    assert line.usd > 0


def test_private_nodes_have_no_public_addresses() -> None:
    bill = prices.lines(made(private_nodes=True), RUNNING, (), balanced=False)
    assert not any("addresses" in line.what for line in bill)
