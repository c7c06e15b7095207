"""The real decisions in every reachable state of small clusters, and each weakened one found out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ha.vote import course
from ha.vote.ballot import Facts
from ha.vote.course import Move, Peer, Release, Stand, Stay, StepDown
from ha.vote.epoch import Seat
from ha.vote.model.configs import UNIT, WEAK
from ha.vote.model.explore import explore
from ha.vote.model.healed import stuck
from ha.vote.model.rules import REAL, Rules
from ha.vote.model.show import show
from ha.vote.model.state import Config, Left
from ha.vote.model.system import System
from ha.vote.record import Memory

HEAL_EVERY = 97


@pytest.mark.parametrize("config", UNIT, ids=lambda config: config.name)
def test_no_acknowledged_write_is_lost_in_any_reachable_state_and_a_primary_can_always_return(
    config: Config,
) -> None:
    system = System(config)
    result = explore(system, every=HEAL_EVERY)
    assert result.complete, show(result)
    assert [why for state in result.sample for _, why in stuck(system, state) if why] == []


@pytest.mark.parametrize("config", WEAK.values(), ids=lambda config: config.name)
def test_a_weakened_rule_is_found_out_by_a_counter_example(config: Config) -> None:
    result = explore(System(config))
    assert result.why
    assert result.trace[-1][1].shared.acked


@pytest.mark.parametrize(
    "config",
    {(c.left, c.standing, c.members, c.split): c for c in WEAK.values()}.values(),
    ids=lambda config: str(config.left),
)
def test_within_the_same_bounds_the_real_rules_hold(config: Config) -> None:
    assert explore(System(replace(config, rules=REAL))).complete


def _unless(kind: type[Move]) -> Rules:
    def move(seat: Seat, memory: Memory, facts: Facts, peers: list[Peer], *, impatient: bool) -> Move:
        chosen = course.next_move(seat, memory, facts, peers, impatient=impatient)
        return Stay("weakened") if isinstance(chosen, kind) else chosen

    return Rules(move=move)


@pytest.mark.parametrize("kind", [Stand, Release, StepDown], ids=lambda kind: kind.__name__)
def test_without_one_of_its_moves_some_cluster_never_recovers(kind: type[Move]) -> None:
    system = System(Config("weakened", 3, 1, Left(stands=2), (0, 1, 2), rules=_unless(kind)))
    result = explore(system, every=1)
    assert any(why for state in result.sample for _, why in stuck(system, state))
