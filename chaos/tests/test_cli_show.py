from chaos.cli_show import FOUND, INVALID, PASSED, UNUSABLE, interesting, worst
from chaos.events import Decision, Event, Eviction, FaultMark, Health, Operation, Run, Sample


def sample(at: float, role: str) -> Sample:
    return Sample("postgres-0", at, 0.01, "primary" if role == "primary" else "silent", error="refused")


def test_what_changed_is_told_in_the_order_of_time_from_the_first_fault() -> None:
    events: list[Event] = [
        sample(9.0, "primary"),
        Operation("ledger", "r-1", 9.5, 9.5, 9.6, "ok"),
        sample(9.8, "primary"),
        sample(10.3, "silent"),
        FaultMark("pod-lost", "inject", 10.0, "postgres-0"),
        Eviction("postgres-1", 10.5, 429, dry_run=True, ready=3),
        Eviction("postgres-1", 10.6, 429, dry_run=False, ready=2),
        Decision("postgres-1", 11.0, "promoted"),
        Health(12.0, ("postgres-0 is not ready.",)),
        Health(13.0, ("postgres-0 is not ready.",)),
        Health(14.0, ()),
    ]
    assert interesting(events) == [
        "   +0.00  inject pod-lost on postgres-0",
        "   +0.30  postgres-0 is silent refused",
        "   +0.60  eviction of postgres-1 answered 429",
        "   +1.00  postgres-1: promoted",
        "   +2.00  postgres-0 is not ready.",
        "   +4.00  healthy",
    ]


def test_the_faults_and_the_end_are_shown() -> None:
    fault = FaultMark("pod-lost", "inject", 0.0, "postgres-0")
    lines = interesting([fault, *(Decision("agent", float(at), str(at)) for at in range(100))])
    assert lines[0].endswith("inject pod-lost on postgres-0")
    assert lines[1].endswith("agent: 88")
    assert lines[-1].endswith("agent: 99")


def test_without_a_fault_the_start_counts() -> None:
    run = Run("r-1", "quiet", "kind", ("postgres-0",), 1, "v", "", 10.0)
    assert interesting([run, Health(12.5, ())]) == ["   +0.00  r-1 begins", "   +2.50  healthy"]


def test_a_finding_tells_more_than_a_run_that_says_nothing() -> None:
    assert worst([PASSED, FOUND, INVALID]) == FOUND
    assert worst([INVALID, PASSED]) == INVALID
    assert worst([FOUND, UNUSABLE]) == UNUSABLE
    assert worst([]) == PASSED
