"""Requests and answers of the vote as JSON, both ways."""

from __future__ import annotations

from typing import Any

from ha.vote.ballot import Answer, Granted, Refused, Request, Silent
from ha.vote.epoch import Epoch, Position

__all__ = ["answer_from_json", "answer_to_json", "request_from_json", "request_to_json"]


def request_to_json(request: Request) -> dict[str, Any]:
    """The body of POST /vote."""
    return {"epoch": request.epoch, "handoff": request.handoff}


def request_from_json(raw: Any) -> Request:
    """Raises ValueError when it is not a request."""
    try:
        handoff = raw["handoff"]
        return Request(_epoch(raw["epoch"]), None if handoff is None else _epoch(handoff))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a request for a vote: {error}") from error


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """What POST /vote returns."""
    match answer:
        case Granted(epoch, position):
            return {"granted": epoch, "position": list(position)}
        case Refused(why, seen, taken):
            return {"refused": why, "seen": seen, "taken": taken}
        case Silent(why):
            return {"silent": why}


def answer_from_json(raw: Any) -> Answer:
    """What cannot be understood is silence."""
    try:
        if "granted" in raw:
            epoch, lsn = raw["position"]
            return Granted(_epoch(raw["granted"]), Position(_epoch(epoch), _epoch(lsn)))
        if "refused" in raw:
            return Refused(str(raw["refused"]), _epoch(raw["seen"]), raw.get("taken") is True)
        return Silent(str(raw["silent"]))
    except (KeyError, TypeError, ValueError):
        return Silent("no answer" if raw is None else "an answer that is none", heard=False)


def _epoch(value: Any) -> Epoch:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return Epoch(value)
