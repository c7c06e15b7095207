"""Every rule of the reconciler as a table: what was seen and for how long → what is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ha.pool.facts import Backend, Facts, Node
from ha.pool.reconcile import History, decide, pause_s, remember
from ha.pool.rules import Action

NAMES = ("postgres-0", "postgres-1", "postgres-2")
STATES = {"p": "up primary", "w": "waiting primary", "s": "up standby", "d": "down standby"}


def view(words: str) -> tuple[Backend, ...] | None:
    """`p s d`, one letter of STATES per backend; `-` is no view."""
    if words == "-":
        return None
    rows = [STATES[word].split() for word in words.split()]
    return tuple(Backend(i, NAMES[i], s, r) for i, (s, r) in enumerate(rows))


def nodes(words: str) -> tuple[Node, ...]:
    """P2 = primary on timeline 2, S2 = standby that streams, s2 = one that does not, ? silent, ! gone; @5 = epoch 5."""
    states = list(zip(NAMES, words.split(), strict=True))
    streams = tuple(name for name, word in states if word[0] == "S")
    return tuple(node(name, word, streams) for name, word in states)


def node(name: str, word: str, streams: tuple[str, ...]) -> Node:
    if word in "?!":
        return Node(name, error="no answer in time", gone=word == "!")
    timeline, _, epoch = word[1:].partition("@")
    found = Node(name, word[0] != "P", int(epoch or -1), int(timeline))
    return replace(found, replicas=streams) if word[0] == "P" else replace(found, streaming=word[0] == "S")


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
    ("1: two primaries of one timeline, known by epoch", "p s s", "P2@3 P2@4 S2@4", 0, "detach postgres-0"),
    ("1: the epoch outranks the timeline", "p s s", "P9@3 P2@4 ?", 0, "detach postgres-0"),
    ("1: an epoch outranks none", "p s s", "P9 P2@0 ?", 0, "detach postgres-0"),
    ("1: the dead primary has a successor", "p s s", "? P2@4 S2@4", 0, "detach postgres-0"),
    ("1: a deposed primary answers reads", "s p s", "P1 P2 S2", 0, "detach postgres-0"),
    ("1: passed, its successor is silent", "p s s", "P2@3 ? S2@4", 0, "detach postgres-0"),
    ("6: passed and not its primary, no successor", "s p s", "P2@3 ? S2@4", 99, "nothing"),
    ("6: who knows no epoch is not passed for certain", "p s s", "P2 ? S2@4", 99, "nothing"),
    ("6: a deposed primary is detached", "d p s", "P1 P2 S2", 99, "nothing"),
    ("2: the wedge, attached again", "d s s", "P1 S1 S1", 0, "attach postgres-0"),
    ("2: the wedge, attached in vain", "d s s", "P1 S1 S1", 3, "restart"),
    ("2: all were down", "d d d", "P1 S1 S1", 0, "attach postgres-0"),
    ("2: the new primary was down before", "p d s", "S2 P2 S2", 0, "restart"),
    ("6: no primary, pgpool searches", "s s s", "P1 S1 S1", 1.4, "nothing"),
    ("3: it finds no primary", "s s s", "P1 S1 S1", 1.5, "detach postgres-1"),
    ("3: it finds no primary, a standby is out", "s s d", "P1 S1 S1", 1.5, "attach postgres-2"),
    ("3: none is out that could be attached", "s s d", "P1 S1 ?", 1.5, "detach postgres-1"),
    ("6: no primary and nobody to make it look, not yet", "s d d", "P1 ? ?", 3.9, "nothing"),
    ("3: no primary for long", "s d d", "P1 ? ?", 4, "restart"),
    ("6: a standby left out, not yet", "p d s", "P1 S1 S1", 1.9, "nothing"),
    ("4: a standby left out", "p d s", "P1 S1 S1", 2, "attach postgres-1"),
    ("6: left out, does not stream", "p d s", "P1 s1 S1", 99, "nothing"),
    ("6: left out, silent", "p d s", "P1 ? S1", 99, "nothing"),
    ("6: PCP hangs, not yet", "-", "P1 S1 S1", 4.9, "nothing"),
    ("5: PCP hangs", "-", "P1 S1 S1", 5, "end-pcp"),
    ("5: a new PCP hangs too", "-", "P1 S1 S1", 15, "restart"),
    ("6: PCP hangs and nobody is primary", "-", "S1 S1 S1", 99, "nothing"),
    ("6: nobody answers", "p s s", "? ? ?", 99, "nothing"),
    ("6: the primary only is silent", "p s s", "? S1 S1", 99, "nothing"),
    ("6: no primary yet after its death", "d s s", "? s1 s1", 99, "nothing"),
    ("6: only the deposed primary is seen", "s p s", "P1 ? s2", 99, "nothing"),
    ("6: two primaries of one timeline", "p s s", "P2 P2 S2", 99, "nothing"),
    ("6: a standby left behind, not yet", "p s s", "P1 s1 S1", 9.9, "nothing"),
    ("7: a standby left behind", "p s s", "P1 s1 S1", 10, "detach postgres-1"),
    ("6: a mute standby, not yet", "p s s", "P1 ? S1", 1.4, "nothing"),
    ("8: a standby whose pod is gone", "p s s", "P1 ! S1", 0, "detach postgres-1"),
    ("8: a mute standby", "p s s", "P1 ? S1", 1.5, "detach postgres-1"),
]


@pytest.mark.parametrize(("case", "seen", "answers", "seconds", "done"), TABLE, ids=[row[0] for row in TABLE])
def test_rule(case: str, seen: str, answers: str, seconds: float, done: str) -> None:
    action = after(seconds, Facts(view(seen), nodes(answers)))
    assert f"{action.do} {action.node}".strip() == done
    assert case.startswith(f"{action.rule}:")


def test_a_pgpool_that_has_given_up_its_search_is_made_to_look_at_once() -> None:
    facts = Facts(view("s s s"), nodes("P1 S1 S1"), searching=False)
    assert after(0, facts) == replace(after(1.5, replace(facts, searching=True)), why=after(0, facts).why)


@pytest.mark.parametrize(
    ("answers", "moved", "done"),
    [
        ("P1 S1 S1", "postgres-1", "detach postgres-1"),
        ("P1 S1 S1", "postgres-0", "restart "),
        ("P1 s1 S1", "postgres-1", "detach postgres-1"),
        ("S1 S1 S1", "postgres-1", "nothing "),
    ],
)
def test_sessions_on_an_address_that_is_nobodys_any_more_are_ended(
    answers: str, moved: str, done: str
) -> None:
    action = after(0, Facts(view("p s s"), nodes(answers), moved=(moved,)))
    assert f"{action.do} {action.node}" == done


HOLDS = [
    # case, view, answers, doubt, held before, seconds, held afterwards (None: nothing is done)
    ("names resolve", "p s s", "P1 S1 S1", False, "", 99, None),
    ("they do not", "p s s", "P1 S1 S1", True, "", 0, "postgres-0 postgres-1 postgres-2"),
    ("as before", "p s s", "P1 S1 S1", True, "postgres-0 postgres-1 postgres-2", 99, None),
    ("the dead are not protected", "p s s", "P1 ? S1", True, "", 0, "postgres-0 postgres-2"),
    ("nobody is primary", "p s s", "? S1 S1", True, "", 0, "postgres-1 postgres-2"),
    ("not one that is to be detached", "p s s", "S2 P2 S2", True, "", 0, "postgres-1 postgres-2"),
    ("not a deposed one", "s p s", "P1 P2 S2", True, "", 0, "postgres-1 postgres-2"),
    ("not a passed one", "p s s", "P2@3 ? S2@4", True, "", 0, "postgres-2"),
    ("they resolve again, just now", "p s s", "P1 S1 S1", False, "postgres-0", 0.9, None),
    ("they resolve again", "p s s", "P1 S1 S1", False, "postgres-0", 1, ""),
    ("PCP is silent", "-", "P1 S1 S1", True, "", 0, "postgres-0 postgres-1 postgres-2"),
]


@pytest.mark.parametrize(
    ("case", "seen", "answers", "doubt", "held", "seconds", "wanted"), HOLDS, ids=[row[0] for row in HOLDS]
)
def test_a_name_server_that_fails_detaches_nobody(
    case: str, seen: str, answers: str, doubt: bool, held: str, seconds: float, wanted: str | None
) -> None:
    action = after(seconds, Facts(view(seen), nodes(answers), doubt=doubt, held=tuple(held.split())))
    assert (" ".join(action.names) if action.do == "hold" else None) == wanted


def test_a_hold_neither_waits_for_another_action_nor_delays_one() -> None:
    facts = Facts(view("p s s"), nodes("S2 P2 S2"), doubt=True)
    acted = History().after(Action("detach", "x"), 1000)
    hold = after(0.1, facts, acted)
    assert hold.do == "hold"
    assert acted.after(hold, 1000.5) == acted


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
    out = Facts(view("p d s"), nodes("P1 S1 S1"))
    blip = Facts(out.view, nodes("? S1 S1"))
    since = remember(remember(remember({}, out, 0), blip, 1.5), out, 2)
    assert decide(out, since, History(), 3).do == "nothing"


def test_the_last_action_settles_first() -> None:
    facts = Facts(view("p s s"), nodes("S2 P2 S2"))
    acted = History().after(Action("detach", "x"), 1000)
    assert after(0.9, facts, acted).do == "nothing"
    assert after(1, facts, acted).do == "detach"


def test_no_restart_before_its_pause_is_over() -> None:
    wedge = Facts(view("d s s"), nodes("P1 S1 S1"))
    restarted = History().after(Action("restart", "x"), 1000)
    assert after(9.9, wedge, restarted).do == "attach"
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


@pytest.mark.parametrize(
    ("seen", "answers", "troubled_s", "pause"),
    [
        ("p s s", "P1 S1 S1", 0, 1),
        ("p s s", "? S1 S1", 0, 0.25),
        ("p s s", "S2 P2 S2", 0, 0.25),
        ("p s s", "P1 ? S1", 0, 0.25),
        ("p d s", "P1 ? S1", 0, 1),
        ("-", "P1 S1 S1", 0, 0.25),
        ("p s s", "? S1 S1", 30, 1),
    ],
)
def test_it_looks_more_often_while_there_is_something_to_find(
    seen: str, answers: str, troubled_s: float, pause: float
) -> None:
    assert pause_s(Facts(view(seen), nodes(answers)), troubled_s) == pause


@pytest.mark.parametrize("answers", ["P1 S1 S1", "? S1 S1"])
def test_a_session_that_hangs_on_a_dead_server_is_ended_whatever_else_is_going_on(answers: str) -> None:
    facts = Facts(view("p s s"), nodes(answers), stuck=(71, 72))
    acted = History().after(Action("detach", "x"), 1000)
    ended = after(0, facts, acted)
    assert (ended.do, ended.pids) == ("end-children", (71, 72))
    assert acted.after(ended, 1001) == acted
