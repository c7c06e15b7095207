"""A new primary wakes the others' agents: standbys and pgpool turn to it now and not at their next look."""

from __future__ import annotations

import logging
import threading

import requests

from ha.call import call
from ha.settings import Settings
from ha.status import addresses

__all__ = ["wake_others"]

log = logging.getLogger("ha.wake")
TIMEOUT_S = 0.5


def wake_others(settings: Settings) -> None:
    """Tell every member and every pool pod, each in a thread of its own; who does not hear it looks by itself soon."""
    for peer in settings.peers:
        threading.Thread(target=_post, args=(settings, peer.host), name="wake", daemon=True).start()
    threading.Thread(target=_wake, args=(settings,), name="wake", daemon=True).start()


def _wake(settings: Settings) -> None:
    for address in addresses(settings.pools, settings.agent_port):
        threading.Thread(target=_post, args=(settings, address), name="wake", daemon=True).start()


def _post(settings: Settings, address: str) -> None:
    try:
        call("POST", settings, address, "wake", TIMEOUT_S)
    except requests.RequestException as error:
        log.debug("%s was not woken: %s", address, error)
