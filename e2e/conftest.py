"""Enters the target of the instrument, records and judges what tests break, keeps what a failed test leaves."""

import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from chaos.checkers.judge import judge
from chaos.experiment import load
from chaos.history import stream
from chaos.run import Recording, recording
from chaos.targets.base import TargetError
from chaos.targets.kind import KindTarget
from cluster.settings import PRESETS, Settings, cache_dir, for_preset
from cluster.shell import StepFailed
from e2e.evidence import folder_of, keep
from e2e.kubectl import Kubectl
from e2e.onenode import as_documented
from e2e.platform import wait_healthy
from e2e.results import ResultsError, kept, merged, rows, write

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "e2e-logs"
KEPT = "gap", "rto", "redundancy", "lateness", "steal", "acknowledged"
"""Figures of a verdict that are worth a line in a test's report, by what their names contain."""
SHARE = 0.25
"""Of an experiment's clients. A machine half as fast as the one they were chosen on was 99 % busy with all of them, and
what clients then saw was the machine; figures against the targets come from `python -m chaos run`, with all of them."""
ENTERED = pytest.StashKey[KindTarget]()
REPORTS = pytest.StashKey[list[pytest.TestReport]]()
Measured = Callable[[str, object], None]
Recorded = Callable[[str], AbstractContextManager[Recording]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--preset", choices=PRESETS, default="kind", help="which kind cluster to test (default: kind)"
    )
    parser.addoption(
        "--results", type=Path, metavar="FILE", help="keep each test's last result there, too, as JSON"
    )


def pytest_configure(config: pytest.Config) -> None:
    """A file that cannot be read is told of before hours of tests."""
    if path := config.getoption("results"):
        try:
            kept(path)
        except ResultsError as error:
            pytest.exit(str(error), 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that say `only_on` another preset; what breaks something comes after what only looks."""
    preset = config.getoption("preset")
    only = {item: item.get_closest_marker("only_on") for item in items}
    kept = [item for item, mark in only.items() if mark is None or preset in mark.args]
    config.hook.pytest_deselected(items=[item for item in only if item not in kept])
    items[:] = sorted(kept, key=lambda item: "recorded" in getattr(item, "fixturenames", ()))


def settings_of(config: pytest.Config) -> Settings:
    return for_preset(Settings(root=ROOT, cache=cache_dir(os.environ)), config.getoption("preset"))


@pytest.fixture(scope="session")
def settings(pytestconfig: pytest.Config) -> Settings:
    return settings_of(pytestconfig)


@pytest.fixture(scope="session")
def kubectl(settings: Settings) -> Kubectl:
    return Kubectl(settings)


@pytest.fixture(scope="session")
def _stands(settings: Settings) -> Iterator[None]:
    """The cluster of `make up` is there and stays; that of one node comes and goes as docs/local.md says."""
    with ExitStack() as stack:
        if settings.preset == "single-node":
            try:
                stack.enter_context(as_documented(settings))
            except (AssertionError, StepFailed) as error:
                pytest.exit(f"docs/local.md does not bring up one node: {error}", 1)
        yield


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config, settings: Settings, _stands: None) -> Iterator[KindTarget]:
    if pytestconfig.getoption("kubeconfig"):
        pytest.exit("--kubeconfig is not heeded: `pytest e2e` tests the cluster that --preset names.", 1)
    shutil.rmtree(LOGS, ignore_errors=True)
    with ExitStack() as stack:
        try:
            target = stack.enter_context(KindTarget(settings))
            wait_healthy(target)
        except TargetError as error:
            pytest.exit(str(error), 1)
        except AssertionError as error:
            pytest.exit(f"The platform is not healthy, so nothing can be tested on it: {error}", 1)
        pytestconfig.stash[ENTERED] = target
        yield target


@pytest.fixture(autouse=True)
def _leaves_it_healthy(target: KindTarget) -> Iterator[None]:
    yield
    wait_healthy(target)


@pytest.fixture
def measured(record_property: Measured) -> Measured:
    """Records a figure in build/e2e-report.json."""
    return record_property


@pytest.fixture
def recorded(request: pytest.FixtureRequest, target: KindTarget, measured: Measured) -> Recorded:
    """Runs the clients and observers of an experiment during a block, and judges what they saw when it ends."""
    folder = BUILD / "e2e" / folder_of(request.node.nodeid)

    @contextmanager
    def record(experiment: str) -> Iterator[Recording]:
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
        with recording(target, load(experiment).slowed(SHARE), path) as live:
            live.wait_steady()
            yield live
        verdict = judge(stream(path))
        for name, figure in verdict.figures.items():
            if any(part in name for part in KEPT):
                measured(name, round(figure, 3))
        assert verdict.valid, f"{path} says nothing: {verdict.invalid_because}"
        assert verdict.findings == (), path

    return record


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.config.stash.setdefault(REPORTS, []).append(report)
    if report.failed and (target := item.config.stash.get(ENTERED, None)):
        kept = keep(Kubectl(settings_of(item.config)), target.facts().members, LOGS / folder_of(item.nodeid))
        report.sections.append(("what is kept", f"logs and events of all pods: {kept}"))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    target, reports = config.stash.get(ENTERED, None), config.stash.get(REPORTS, [])
    if target is None or not reports:
        return
    results = merged((), rows(reports, target.facts().version))
    write(BUILD / "e2e-report.json", results)
    if path := config.getoption("results"):
        write(path, merged(kept(path), results))
    terminalreporter.section("measured")
    for report in reports:
        if report.when == "call":
            for name, value in report.user_properties:
                terminalreporter.write_line(f"{report.nodeid.rsplit('::', 1)[-1]}: {name} = {value}")
