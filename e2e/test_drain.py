"""The primary's node is drained: the budget holds, and the API server says no to one eviction too many."""

import time
from collections.abc import Callable
from pathlib import Path

from e2e.breakage import drained
from e2e.deadlines import DEADLINES, eventually
from e2e.platform import Platform
from e2e.watch import watching


def test_the_primarys_node_is_drained(
    platform: Platform, folder: Path, measured: Callable[[str, object], None]
) -> None:
    kube, old = platform.kube, platform.primary()
    pods = kube.pods("postgres")
    other = next(pod for pod in platform.members if pod != old.name)
    # The same request is allowed while everybody is there: the refusal below has no other reason.
    assert kube.evict(other, dry_run=True).status == 201

    with watching(platform, folder) as watch:
        with drained(kube, pods[old.name]["spec"]["nodeName"]) as at:
            watch.fault("drain", old.name, at)
            [new] = eventually(
                platform.primaries,
                lambda seen: len(seen) == 1 and seen[0].name != old.name,
                within=DEADLINES.promoted,
            )
            watch.wait_steady(since=time.monotonic())
            budget = kube.get("poddisruptionbudget", "postgres")["status"]
            assert budget["disruptionsAllowed"] == 0
            assert budget["currentHealthy"] >= budget["desiredHealthy"] == len(platform.members) - 1
            refusals = {pod: kube.evict(pod).status for pod in platform.members if pod != old.name}
            assert refusals == dict.fromkeys(refusals, 429)
        platform.wait_healthy()
        measured("seconds_to_full_redundancy", round(time.monotonic() - at, 1))
    measured("write_gap_seconds", watch.gaps(at))
    measured("evictions_refused_with_429", len(refusals))
    assert watch.judge() == {}

    after = kube.pods("postgres")
    untouched = {pod: pods[pod]["metadata"]["uid"] for pod in refusals}
    assert {pod: after[pod]["metadata"]["uid"] for pod in refusals} == untouched
    assert platform.primary().name == new.name
