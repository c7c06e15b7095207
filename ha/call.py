"""Asking an agent over HTTP: one way for the other agents, the pools and the commands."""

from __future__ import annotations

from typing import Any

import requests

from ha.settings import Settings

__all__ = ["call", "direct"]


def direct() -> requests.Session:
    """A session for agents only: it uses no proxy that the environment names, and no ~/.netrc."""
    session = requests.Session()
    session.trust_env = False
    return session


def call(
    method: str,
    settings: Settings,
    host: str,
    path: str,
    timeout_s: float,
    order: Any = None,
    session: requests.Session | None = None,
) -> requests.Response:
    """Ask an agent, at a name or an address of either family. Raises requests.RequestException.

    With the read token, or with the peer token where `order`, the body of the request, is given. session: one to
    be kept, for who asks again and again.
    """
    if session is None:
        with direct() as once:
            return call(method, settings, host, path, timeout_s, order, once)
    where = f"[{host}]" if ":" in host else host
    token = settings.secrets.read_token if order is None else settings.secrets.peer_token
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://{where}:{settings.agent_port}/{path}"
    return session.request(method, url, json=order, headers=headers, timeout=timeout_s)
