"""Every rule of the reconciler as a table: what was seen and for how long → what is done."""

from __future__ import annotations

import pytest

from ha.pool.facts import Backend, Facts, Node
from ha.pool.reconcile import Action, History, decide, remember

NAMES = ("postgres-0", "postgres-1", "postgres-2")
NOTHING = ("nothing", "")


def view(*states: str) -> tuple[Backend, ...]:
    """`up primary` style words, one per backend."""
    rows = (state.split() for state in states)
    return tuple(Backend(i, NAMES[i], s, r, "up", "unknown") for i, (s, r) in enumerate(rows))


def nodes(*states: str) -> tuple[Node, ...]:
    """P2 = primary on timeline 2, S2 = standby that streams, s2 = standby that does not, ? = silent."""
    streams = tuple(name for name, state in zip(NAMES, states, strict=False) if state[0] == "S")
    return tuple(node(name, state, streams) for name, state in zip(NAMES, states, strict=False))


def node(name: str, state: str, streams: tuple[str, ...]) -> Node:
    if state == "?":
        return Node(name, error="no answer in time")
    timeline = int(state[1:])
    if state[0] == "P":
        return Node(name, in_recovery=False, timeline=timeline, replicas=streams)
    return Node(name, in_recovery=True, timeline=timeline, streaming=state[0] == "S")


def after(seconds: float, facts: Facts, history: History | None = None) -> Action:
    """What is decided when these facts have held for so long."""
    since = remember({}, facts, 1000)
    now = 1000 + seconds
    return decide(facts, remember(since, facts, now), history or History(), now)


GOOD = view("up primary", "up standby", "up standby")
TABLE = [
    # name, view, nodes, seconds, (do, node)
    ("all is well", GOOD, nodes("P1", "S1", "S1"), 99, NOTHING),
    ("waiting counts as up", view("waiting primary", "up standby", "up standby"), nodes("P1", "S1", "S1"), 99)
    + (NOTHING,),
    ("1: a promotion pgpool missed", GOOD, nodes("S2", "P2", "S2"), 0, ("detach", "postgres-0")),
    ("1: two primaries", GOOD, nodes("P1", "P2", "S2"), 0, ("detach", "postgres-0")),
    ("1: two primaries and no standby", GOOD, nodes("P1", "P2", "?"), 0, ("detach", "postgres-0")),
    (
        "1: the deposed one answers reads",
        view("up standby", "up primary", "up standby"),
        nodes("P1", "P2", "S2"),
        0,
        ("detach", "postgres-0"),
    ),
    ("1: not after it is detached", view("down standby", "up primary", "up standby"))
    + (nodes("P1", "P2", "S2"), 99, NOTHING),
    ("2: not yet", view("down standby", "up standby", "up standby"), nodes("P1", "S1", "S1"), 2.9, NOTHING),
    ("2: the wedge", view("down standby", "up standby", "up standby"), nodes("P1", "S1", "S1"), 3)
    + (("restart", ""),),
    ("2: also with another primary", view("up primary", "down standby", "up standby"))
    + (nodes("S2", "P2", "S2"), 3, ("restart", "")),
    ("3: not yet", view("up standby", "up standby", "up standby"), nodes("P1", "S1", "S1"), 2.9, NOTHING),
    ("3: a standby makes it look again", view("up standby", "up standby", "up standby"))
    + (nodes("P1", "S1", "S1"), 3, ("detach", "postgres-1")),
    ("3: no standby to use", view("up standby", "down standby", "down standby"))
    + (nodes("P1", "?", "?"), 3, ("restart", "")),
    ("4: not yet", view("up primary", "down standby", "up standby"), nodes("P1", "S1", "S1"), 9.9, NOTHING),
    ("4: a streaming standby left out", view("up primary", "down standby", "up standby"))
    + (nodes("P1", "S1", "S1"), 10, ("attach", "postgres-1")),
    ("4: not one that does not stream", view("up primary", "down standby", "up standby"))
    + (nodes("P1", "s1", "S1"), 99, NOTHING),
    ("4: not a silent one", view("up primary", "down standby", "up standby"))
    + (nodes("P1", "?", "S1"), 99, NOTHING),
    ("5: PCP hangs, not yet", None, nodes("P1", "S1", "S1"), 14.9, NOTHING),
    ("5: PCP hangs", None, nodes("P1", "S1", "S1"), 15, ("restart", "")),
    ("6: PCP hangs and no truth", None, nodes("?", "S1", "S1"), 99, NOTHING),
    ("6: DNS blip", GOOD, nodes("?", "?", "?"), 99, NOTHING),
    ("6: only the primary's name is gone", GOOD, nodes("?", "S1", "S1"), 99, NOTHING),
    ("6: a deposed primary alone", GOOD, nodes("P1", "?", "s2"), 99, NOTHING),
    ("6: two primaries of one timeline", GOOD, nodes("P2", "P2", "S2"), 99, NOTHING),
    ("7: not yet", GOOD, nodes("P1", "s1", "S1"), 9.9, NOTHING),
    ("7: a standby left behind", GOOD, nodes("P1", "s1", "S1"), 10, ("detach", "postgres-1")),
    ("a silent standby is pgpool's affair", GOOD, nodes("P1", "?", "S1"), 99, NOTHING),
]


@pytest.mark.parametrize(("name", "seen", "answers", "seconds", "expected"), TABLE, ids=[r[0] for r in TABLE])
def test_rule(
    name: str,
    seen: tuple[Backend, ...] | None,
    answers: tuple[Node, ...],
    seconds: float,
    expected: tuple[str, str],
) -> None:
    action = after(seconds, Facts(seen, answers))
    assert (action.do, action.node) == expected
    assert action.rule == 6 if action.do == "nothing" else name.startswith(f"{action.rule}:")


@pytest.mark.parametrize(("seconds", "expected"), [(14.9, "nothing"), (15, "restart")])
def test_sql_that_hangs_is_ended_by_a_restart(seconds: float, expected: str) -> None:
    facts = Facts(GOOD, nodes("P1", "S1", "S1"), answering=False)
    assert after(seconds, facts).do == expected


def test_a_hang_without_a_primary_is_left_alone() -> None:
    assert after(99, Facts(GOOD, nodes("?", "S1", "S1"), answering=False)).do == "nothing"


def test_a_symptom_that_vanishes_begins_anew() -> None:
    wedge = Facts(view("down standby", "up standby", "up standby"), nodes("P1", "S1", "S1"))
    blip = Facts(wedge.view, nodes("?", "S1", "S1"))
    since = remember(remember(remember({}, wedge, 0), blip, 2), wedge, 3)
    assert decide(wedge, since, History(), 4).do == "nothing"


def test_the_last_action_settles_first() -> None:
    facts = Facts(GOOD, nodes("S2", "P2", "S2"))
    acted = History().after(Action("detach", "x"), 1000)
    assert after(1.9, facts, acted).do == "nothing"
    assert after(2, facts, acted).do == "detach"


def test_restarts_that_do_not_help_get_rarer() -> None:
    history, pauses, last = History(), [], None
    for now in range(300):
        if history.may_restart(now):
            pauses.append(None if last is None else now - last)
            history, last = history.after(Action("restart", "x"), now), now
    assert pauses == [None, 10, 20, 40, 80, 80]


def test_old_restarts_are_forgotten() -> None:
    history = History()
    for now in (0, 10, 30):
        history = history.after(Action("restart", "x"), now)
    assert not history.may_restart(69)
    assert history.after(Action("restart", "x"), 400).may_restart(410)
