"""Short words for made-up events."""

from collections.abc import Iterable
from dataclasses import replace

from chaos.checkers.story import Story, tell
from chaos.events import Event, FaultMark, Health, Operation, Outcome, Present, Read, Run, Sample

__all__ = ["RUN", "acks", "fault", "holds", "op", "primary", "read", "standby", "story", "well"]

RUN = Run("r", "e", "made up", ("a", "b"), 1, "v", "", 0.0)


def op(
    value: str,
    at: float,
    outcome: Outcome = "ok",
    server: str = "",
    sent: float | None = None,
    workload: str = "w",
    session: str = "",
) -> Operation:
    begin = at if sent is None else sent
    return Operation(workload, value, begin, begin, at, outcome, "", server, session)


def acks(*times: float) -> list[Event]:
    return [op(f"v{at}", at) for at in times]


def read(
    value: str, at: float, found: bool, session: str = "s", server: str = "", fresh: bool = True
) -> Read:
    return Read("r", value, at, at, at + 0.01, "ok", "", server, session, found, fresh)


def fault(at: float, healed: float | None = None, name: str = "pod-lost", on: str = "a") -> list[Event]:
    heal: list[Event] = [] if healed is None else [FaultMark(name, "heal", healed, on)]
    return [FaultMark(name, "inject", at, on), *heal]


def primary(member: str, at: float, timeline: int = 1, epoch: int | None = None) -> Sample:
    return Sample(member, at, 0.0, "primary", timeline, 0, epoch)


def standby(member: str, at: float) -> Sample:
    return Sample(member, at, 0.0, "standby")


def well(at: float) -> Health:
    return Health(at, ())


def holds(*values: str, members: str = "ab", of: str = "ledger", at: float = 99.0) -> list[Event]:
    return [Present(member, of, at, values, last=True) for member in members]


def story(
    *events: Event | Iterable[Event], bounds: dict[str, float] | None = None, expected_pods: int = 0
) -> Story:
    run = replace(RUN, bounds=bounds or {}, expected_pods=expected_pods)
    flat = [one for event in events for one in (event if isinstance(event, Iterable) else [event])]
    return tell([run, *flat])
