"""The clients of one run and their eyes on servers and pools, until they are told to end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack

from chaos.clients.generator import Generator, made
from chaos.clients.postgres import Endpoint, Login
from chaos.clients.process import prefer_this_process
from chaos.history import History
from chaos.inside.plan import Plan, clients_of, password
from chaos.inside.work import POOLS, STATUS, Work
from chaos.observers.machine import MachineLoad
from chaos.observers.pools import Pools
from chaos.observers.pools_line import Line
from chaos.observers.sql import NodeSamples
from chaos.run_watch import Watch

__all__ = ["record"]

TELL_S = 0.5
ANSWER_S = 2.0
PORT = 5432


def record(plan: Plan, work: Work) -> None:
    """Record until SIGTERM or the end of the plan's time; the last status says how it ended.

    Raises whatever ended it early.
    """
    # Not an Event: its lock may be held by the very thread that the handler runs in.
    told_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: told_to_stop.append(number))
    prefer_this_process()
    with work.held():
        try:
            _record(plan, work, told_to_stop)
        except Exception as error:
            work.write(STATUS, {"counts": {}, "ended": True, "error": f"{type(error).__name__}: {error}"})
            raise


def _record(plan: Plan, work: Work, told_to_stop: Sequence[int]) -> None:
    clients, monitor = clients_of(plan), password("monitor")
    login = Login("monitor", monitor, "postgres", "kube-flask-chaos")
    workloads = made(clients.make, plan.rates)

    def pools() -> dict[str, Line]:
        found = work.read(POOLS, {})
        return {pod: Line(Endpoint(ip, PORT), login, within_s=ANSWER_S) for pod, ip in found.items()}

    ends = time.monotonic() + plan.seconds
    with History(work.history) as history:
        with ExitStack() as stack:
            watch = stack.enter_context(Watch(history))
            members = {member: clients.of(member) for member in clients.members}
            for observer in (NodeSamples(members, login), Pools(pools), MachineLoad()):
                watch.start(observer)
            generator = stack.enter_context(Generator(workloads, history, plan.run))
            told = {"rates": dict(generator.rates), "cores": os.cpu_count() or 0, "ended": False, "error": ""}
            while not told_to_stop and time.monotonic() < ends:
                work.write(STATUS, told | {"counts": dict(generator.counts())})
                time.sleep(TELL_S)
        # After the end of them all: what is in the history by now is all there is.
        why = "; ".join(watch.troubles) or ("" if told_to_stop else f"its {plan.seconds:g} s are over")
        work.write(STATUS, told | {"counts": dict(generator.counts()), "ended": True, "error": why})
