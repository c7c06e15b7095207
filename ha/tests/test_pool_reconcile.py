"""Every rule of the reconciler as a table: what was seen and for how long → what is done."""

from __future__ import annotations

import pytest

from ha.pool.facts import Backend, Facts, Node
from ha.pool.reconcile import Action, History, decide, remember

NAMES = ("postgres-0", "postgres-1", "postgres-2")
STATES = {"p": "up primary", "w": "waiting primary", "s": "up standby", "d": "down standby"}


def view(words: str) -> tuple[Backend, ...] | None:
    """`p s d`, one letter of STATES per backend; `-` is no view."""
    if words == "-":
        return None
    rows = [STATES[word].split() for word in words.split()]
    return tuple(Backend(i, NAMES[i], s, r) for i, (s, r) in enumerate(rows))


def nodes(words: str) -> tuple[Node, ...]:
    """P2 = primary on timeline 2, S2 = standby that streams, s2 = standby that does not, ? = silent."""
    states = list(zip(NAMES, words.split(), strict=True))
    streams = tuple(name for name, word in states if word[0] == "S")
    return tuple(node(name, word, streams) for name, word in states)


def node(name: str, word: str, streams: tuple[str, ...]) -> Node:
    if word == "?":
        return Node(name, error="no answer in time")
    timeline = int(word[1:])
    if word[0] == "P":
        return Node(name, in_recovery=False, timeline=timeline, replicas=streams)
    return Node(name, in_recovery=True, timeline=timeline, streaming=word[0] == "S")


def after(seconds: float, facts: Facts, history: History | None = None) -> Action:
    """What is decided when these facts have held for so long."""
    since = remember({}, facts, 1000)
    now = 1000 + seconds
    return decide(facts, remember(since, facts, now), history or History(), now)


TABLE = [
    # rule: case, view, answers, seconds, what is done
    ("6: all is well", "p s s", "P1 S1 S1", 99, "nothing"),
    ("6: waiting counts as up", "w s s", "P1 S1 S1", 99, "nothing"),
    ("1: a promotion pgpool missed", "p s s", "S2 P2 S2", 0, "detach postgres-0"),
    ("1: two primaries", "p s s", "P1 P2 S2", 0, "detach postgres-0"),
    ("1: two primaries and no standby", "p s s", "P1 P2 ?", 0, "detach postgres-0"),
    ("1: two primaries, one standby still with the old one", "p s s", "P1 P2 S1", 0, "detach postgres-0"),
    ("1: a deposed primary answers reads", "s p s", "P1 P2 S2", 0, "detach postgres-0"),
    ("6: a deposed primary is detached", "d p s", "P1 P2 S2", 99, "nothing"),
    ("6: the wedge, not yet", "d s s", "P1 S1 S1", 2.9, "nothing"),
    ("2: the wedge", "d s s", "P1 S1 S1", 3, "restart"),
    ("2: the new primary was down before", "p d s", "S2 P2 S2", 3, "restart"),
    ("6: no primary, not yet", "s s s", "P1 S1 S1", 2.9, "nothing"),
    ("3: it finds no primary", "s s s", "P1 S1 S1", 3, "restart"),
    ("6: a standby left out, not yet", "p d s", "P1 S1 S1", 1.9, "nothing"),
    ("4: a standby left out", "p d s", "P1 S1 S1", 2, "attach postgres-1"),
    ("6: left out, does not stream", "p d s", "P1 s1 S1", 99, "nothing"),
    ("6: left out, silent", "p d s", "P1 ? S1", 99, "nothing"),
    ("6: PCP hangs, not yet", "-", "P1 S1 S1", 14.9, "nothing"),
    ("5: PCP hangs", "-", "P1 S1 S1", 15, "restart"),
    ("6: PCP hangs and nobody is primary", "-", "S1 S1 S1", 99, "nothing"),
    ("6: DNS blip", "p s s", "? ? ?", 99, "nothing"),
    ("6: DNS blip of the primary only", "p s s", "? S1 S1", 99, "nothing"),
    ("6: no primary yet after its death", "d s s", "? s1 s1", 99, "nothing"),
    ("6: only the deposed primary is seen", "s p s", "P1 ? s2", 99, "nothing"),
    ("6: two primaries of one timeline", "p s s", "P2 P2 S2", 99, "nothing"),
    ("6: a standby left behind, not yet", "p s s", "P1 s1 S1", 9.9, "nothing"),
    ("7: a standby left behind", "p s s", "P1 s1 S1", 10, "detach postgres-1"),
    ("6: a mute standby, not yet", "p s s", "P1 ? S1", 2.9, "nothing"),
    ("8: a mute standby", "p s s", "P1 ? S1", 3, "detach postgres-1"),
]


@pytest.mark.parametrize(("case", "seen", "answers", "seconds", "done"), TABLE, ids=[row[0] for row in TABLE])
def test_rule(case: str, seen: str, answers: str, seconds: float, done: str) -> None:
    action = after(seconds, Facts(view(seen), nodes(answers)))
    assert f"{action.do} {action.node}".strip() == done
    assert case.startswith(f"{action.rule}:")


def test_a_lagging_answer_of_the_old_primary_detaches_nobody() -> None:
    """The new primary is silent, but a standby already has its timeline."""
    assert after(99, Facts(view("s p s"), nodes("P1 ? S2"))).do == "nothing"


@pytest.mark.parametrize(
    ("silent_s", "seconds", "expected"), [(11.9, 99, "nothing"), (12, 2.9, "nothing"), (12, 3, "restart")]
)
def test_sql_that_hangs_for_15_s_is_ended_by_a_restart(
    silent_s: float, seconds: float, expected: str
) -> None:
    assert after(seconds, Facts(view("p s s"), nodes("P1 S1 S1"), silent_s)).do == expected


def test_a_hang_without_a_primary_is_left_alone() -> None:
    assert after(99, Facts(view("p s s"), nodes("? S1 S1"), silent_s=99)).do == "nothing"


def test_a_symptom_that_vanishes_begins_anew() -> None:
    wedge = Facts(view("d s s"), nodes("P1 S1 S1"))
    blip = Facts(wedge.view, nodes("? S1 S1"))
    since = remember(remember(remember({}, wedge, 0), blip, 2), wedge, 3)
    assert decide(wedge, since, History(), 4).do == "nothing"


def test_the_last_action_settles_first() -> None:
    facts = Facts(view("p s s"), nodes("S2 P2 S2"))
    acted = History().after(Action("detach", "x"), 1000)
    assert after(1.9, facts, acted).do == "nothing"
    assert after(2, facts, acted).do == "detach"


def test_no_restart_before_its_pause_is_over() -> None:
    wedge = Facts(view("d s s"), nodes("P1 S1 S1"))
    restarted = History().after(Action("restart", "x"), 1000)
    assert after(9.9, wedge, restarted).do == "nothing"
    assert after(10, wedge, restarted).do == "restart"


def test_restarts_that_do_not_help_get_rarer() -> None:
    history, restarts = History(), []
    for now in range(299):
        if history.may_restart(now):
            history = history.after(Action("restart", "x"), now)
            restarts.append(now)
    assert restarts == [0, 10, 30, 70, 150, 230]


def test_old_restarts_are_forgotten() -> None:
    history = History()
    for now in (0, 10, 30):
        history = history.after(Action("restart", "x"), now)
    assert not history.may_restart(69)
    assert history.after(Action("restart", "x"), 400).may_restart(410)
