"""What the runner calls in the cluster by `kubectl exec`: one command each, JSON lines in and out.

prepare PLAN, forget MARK, present RUN: the tables; start: clients by the plan on the input; sync RUN: counts, and
the pools' addresses on the input; stop RUN: the history, and a last line that tells how many lines it has.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chaos.deadlines import DEADLINES
from chaos.inside.work import POOLS, STATUS, Work, of_run
from chaos.targets.base import TargetError

__all__ = ["main"]

# What needs clients is imported where it is needed: `sync` runs beside them, again and again, and must cost little.

BEGUN_S = 60.0
"""For names that are resolved, connections that are opened, and a machine that is slow."""
ENDED_S = 90.0
POLL_S = 0.1
TAIL = 2000
PLAN = "plan"


def _prepare(argument: str) -> None:
    from chaos.deadlines import DEADLINES
    from chaos.inside.plan import Plan, clients_of
    from chaos.targets import kind_present

    plan = Plan.from_json(sys.stdin.read())
    kind_present.prepare(clients_of(plan), DEADLINES.served)


def _forget(mark: str) -> None:
    from chaos.inside.plan import Plan, clients_of
    from chaos.targets import kind_present

    kind_present.forget(clients_of(Plan.from_json(sys.stdin.read())), mark, DEADLINES.served)


def _start(argument: str) -> None:
    from chaos.inside.plan import Plan

    plan = Plan.from_json(sys.stdin.read())
    work = of_run(plan.run)
    work.folder.mkdir(parents=True)
    (work.folder / f"{PLAN}.json").write_text(plan.to_json())
    with work.log.open("w") as log:
        # In a session of its own: the end of the connection that started it must not end it.
        child = subprocess.Popen(
            [sys.executable, "-m", "chaos.inside", "record", plan.run],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    work.write("process", child.pid)
    deadline = time.monotonic() + BEGUN_S
    while work.read(STATUS) is None:
        if child.poll() is not None or time.monotonic() > deadline:
            raise TargetError(f"The clients did not begin within {BEGUN_S:g} s: {_said(work)}")
        time.sleep(POLL_S)
    _sync(plan.run, "{}")


def _record(run: str) -> None:
    from chaos.inside.plan import Plan
    from chaos.inside.record import record

    work = of_run(run)
    record(Plan.from_json((work.folder / f"{PLAN}.json").read_text()), work)


def _sync(run: str, told: str | None = None) -> None:
    work = of_run(run)
    if pools := json.loads(sys.stdin.read() if told is None else told):
        work.write(POOLS, pools)
    print(json.dumps(work.read(STATUS, {}) | {"alive": work.alive}))


def _stop(run: str) -> None:
    work = of_run(run)
    if work.alive:
        os.kill(work.read("process"), signal.SIGTERM)
    deadline = time.monotonic() + ENDED_S
    while work.alive:
        if time.monotonic() > deadline:
            raise TargetError(f"The clients did not end within {ENDED_S:g} s: {_said(work)}")
        time.sleep(POLL_S)
    lines = 0
    with work.history.open() as history:
        for line in history:
            sys.stdout.write(line)
            lines += 1
    print(json.dumps({"lines": lines} | work.read(STATUS, {})))


def _present(run: str) -> None:
    from chaos.codec import dump
    from chaos.inside.plan import Plan, clients_of
    from chaos.targets import kind_present

    plan = Plan.from_json((of_run(run).folder / f"{PLAN}.json").read_text())
    for event in kind_present.present(clients_of(plan), run):
        print(json.dumps(dump(event)))


def _said(work: Work) -> str:
    return " ".join(work.log.read_text(errors="replace").split())[-TAIL:] or "they said nothing"


COMMANDS: Mapping[str, Callable[[str], None]] = {
    "prepare": _prepare,
    "forget": _forget,
    "start": _start,
    "record": _record,
    "sync": _sync,
    "stop": _stop,
    "present": _present,
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; 1 with one sentence on the error output when it cannot be done."""
    command, argument = [*arguments, ""][:2]
    try:
        COMMANDS[command](argument)
    except (TargetError, OSError, ValueError) as error:
        print(f"{Path(__file__).parent.name} {command}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
