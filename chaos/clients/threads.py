"""A blocking call as an attempt: it runs in a thread of its own, and the loop hears when it has ended."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from chaos.clients.process import prefer_thread
from chaos.clients.workload import Step, Wait
from chaos.events import Attempt

__all__ = ["in_thread"]


def in_thread(call: Callable[[], Attempt], deadline: float, late: Attempt) -> Step:
    """Run `call` and return what it returns, or `late` at the deadline; raises what it raises.

    Every call gets a new thread: in a pool it could wait for one, and its latency would be the instrument's.
    """
    ear, mouth = os.pipe()
    ended: list[Attempt | Exception] = []

    def work() -> None:
        # Else it is put off while it holds Python's lock, and the loop with it.
        prefer_thread()
        try:
            ended.append(call())
        except Exception as error:  # noqa: BLE001  raised again in the loop
            ended.append(error)
        finally:
            os.close(mouth)  # its other end becomes readable

    threading.Thread(target=work, name="attempt", daemon=True).start()
    try:
        came = yield Wait(ear, "read", deadline)
    finally:
        os.close(ear)
    if not came:
        return late
    [result] = ended
    if isinstance(result, Exception):
        raise result
    return result
