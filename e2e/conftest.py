"""Finds the cluster, opens the doors, and keeps what a failed test leaves."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from pytest_kind import KindCluster

from cluster.settings import Settings, cache_dir
from e2e.doors import close_doors, open_doors
from e2e.evidence import folder_of, keep
from e2e.kube import Kube
from e2e.platform import Platform

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "e2e-logs"
SETTINGS = Settings(root=ROOT, cache=cache_dir(os.environ))
PLATFORM = pytest.StashKey[Platform]()
REPORTS = pytest.StashKey[list[pytest.TestReport]]()
Measured = Callable[[str, object], None]


def _attach(kubeconfig: Path) -> Kube:
    if not kubeconfig.is_file():
        pytest.exit(f"There is no cluster: {kubeconfig} does not exist. Run `make up` first.", 1)
    # Both paths are given, and nothing but kubectl() is called: it neither downloads nor creates anything.
    cluster = KindCluster(
        SETTINGS.name,
        kubeconfig=kubeconfig.absolute(),
        kind_path=SETTINGS.cache / "bin" / "kind",
        kubectl_path=ROOT / ".venv" / "bin" / "kubectl",
    )
    return Kube(cluster, SETTINGS.namespace)


@pytest.fixture(scope="session")
def _alone() -> Iterator[None]:
    # Two sessions at once would judge each other's faults and remove each other's doors.
    SETTINGS.cache.mkdir(parents=True, exist_ok=True)
    with (SETTINGS.cache / "e2e.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit(f"Another `pytest e2e` is running: it holds {lock.name}. Wait until it has ended.", 1)
        yield


@pytest.fixture(scope="session")
def platform(pytestconfig: pytest.Config, _alone: None) -> Iterator[Platform]:
    shutil.rmtree(LOGS, ignore_errors=True)
    kubeconfig = Path(pytestconfig.getoption("kubeconfig") or SETTINGS.kubeconfig)
    kube = _attach(kubeconfig)
    try:
        addresses = kube.node_addresses()
        replicas = kube.get("statefulset", "postgres")["spec"]["replicas"]
        secrets = kube.secret("kube-flask")
    except Exception as error:  # noqa: BLE001  whatever it is, the sentence below is what helps
        pytest.exit(f"The platform does not run on the cluster of {kubeconfig}; run `make up`. ({error})", 1)
    # The control plane carries no pod of ours, so no test breaks it.
    host = addresses[min(addresses, key=lambda name: "control-plane" not in name)]
    members = tuple(f"postgres-{ordinal}" for ordinal in range(replicas))
    platform = Platform(kube, host, members, secrets, SETTINGS.cache / "manifests")
    pytestconfig.stash[PLATFORM] = platform
    open_doors(kube, members)
    try:
        platform.wait_healthy()
    except AssertionError as error:
        pytest.exit(f"The platform is not healthy, so nothing can be tested on it: {error}", 1)
    platform.ledger().prepare()
    yield platform
    platform.forget()
    close_doors(kube)


@pytest.fixture(autouse=True)
def _leaves_it_healthy(platform: Platform) -> Iterator[None]:
    platform.wait_healthy()
    yield
    platform.wait_healthy()


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    """Where a test's histories are kept."""
    return BUILD / "e2e" / folder_of(request.node.nodeid)


@pytest.fixture
def measured(record_property: Measured) -> Measured:
    """Records a figure in build/e2e-report.json."""
    return record_property


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.config.stash.setdefault(REPORTS, []).append(report)
    if report.failed and (platform := item.config.stash.get(PLATFORM, None)):
        kept = keep(platform, LOGS / folder_of(item.nodeid))
        report.sections.append(("what is kept", f"logs and events of all pods: {kept}"))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    calls = [report for report in config.stash.get(REPORTS, []) if report.when == "call"]
    if not calls:
        return
    rows = [
        {"test": r.nodeid, "outcome": r.outcome, "seconds": round(r.duration, 1), **dict(r.user_properties)}
        for r in calls
    ]
    BUILD.mkdir(exist_ok=True)
    (BUILD / "e2e-report.json").write_text(json.dumps(rows, indent=2) + "\n")
    terminalreporter.section("measured")
    for report in calls:
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid.rsplit('::', 1)[-1]}: {name} = {value}")
