from typing import Any

import pytest

from ha.vote.ballot import Answer, Granted, Refused, Request, Silent
from ha.vote.epoch import Epoch, Position
from ha.vote.record import GENESIS, Lost, Memory, memory_from_json, memory_to_json
from ha.vote.wire import answer_from_json, answer_to_json, request_from_json, request_to_json


@pytest.mark.parametrize("request_", [Request(Epoch(4)), Request(Epoch(4), handoff=Epoch(0))])
def test_a_request_survives_the_wire(request_: Request) -> None:
    assert request_from_json(request_to_json(request_)) == request_


@pytest.mark.parametrize(
    "raw", [None, [], {}, {"epoch": True, "handoff": None}, {"epoch": "4", "handoff": 1}]
)
def test_anything_else_is_no_request(raw: Any) -> None:
    with pytest.raises(ValueError, match="request"):
        request_from_json(raw)


@pytest.mark.parametrize(
    "answer",
    [
        Granted(Epoch(4), Position(Epoch(3), 1 << 40)),
        Refused("no", Epoch(7)),
        Refused("no", Epoch(7), taken=True),
        Silent("not yet"),
    ],
)
def test_an_answer_survives_the_wire(answer: Answer) -> None:
    assert answer_from_json(answer_to_json(answer)) == answer


@pytest.mark.parametrize(
    "raw", [None, 7, {}, {"granted": True, "position": [1, 2]}, {"granted": 4, "position": [1]}]
)
def test_what_cannot_be_understood_is_no_vote(raw: Any) -> None:
    assert isinstance(answer_from_json(raw), Silent)


@pytest.mark.parametrize("memory", [GENESIS, Lost("torn"), Lost("there is none", blank=True)])
def test_a_memory_survives_the_wire(memory: Memory) -> None:
    assert memory_from_json(memory_to_json(memory)) == memory
