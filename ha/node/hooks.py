"""repmgrd's commands (validate, promote, follow) as calls to the agent beside it; stdlib only, to start fast."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request

from ha.settings import Settings

__all__ = ["call"]

LIMIT_S = 60.0
"""Beyond the agent's own limit for a promotion (40 s)."""


def call(settings: Settings, hook: str, body: object = None) -> int:
    """POST to the local agent, print its answer; 0 when it said yes, 1 when it said no or did not answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{settings.agent_port}/{hook}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {settings.secrets.peer_token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            print(f"ha {hook}: {answer.read().decode().strip()}", file=sys.stderr)
            return 0
    except urllib.error.HTTPError as refusal:
        print(f"ha {hook}: {refusal.read().decode().strip()}", file=sys.stderr)
    except OSError as error:
        print(f"ha {hook}: the agent does not answer: {error}", file=sys.stderr)
    return 1
