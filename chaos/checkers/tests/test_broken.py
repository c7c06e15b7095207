"""A checker that forgets something must be noticed: each of these mistakes is made on purpose, and must show."""

import importlib
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

import pytest

from chaos.checkers import reigns
from chaos.checkers.tests import compare
from chaos.checkers.tests.arbitrary import SIZES, arbitrary
from chaos.checkers.tests.compare import Answer, fast, obvious
from chaos.checkers.tests.reference import Events

MISTAKES = [
    ("lost", "story", 'for op in self.operations if op.outcome == "ok"', "for op in self.operations"),
    ("lost", "story", "values[kind].add", 'values["ledger"].add'),
    ("lost", "story", "if held and held.complete", "if held"),
    ("shown-then-lost", "acknowledged", 'read.outcome == "ok" and read.found', 'read.outcome == "ok"'),
    ("unexpected", "acknowledged", 'if op.outcome != "fail"', 'if op.outcome == "ok"'),
    ("unexpected", "acknowledged", "possible.get(of, set())", 'possible.get("ledger", set())'),
    ("duplicated", "story", "rows.repeated.append(shared)", "pass"),
    ("duplicated", "story", "rows is None or rows.complete", "rows is None"),
    ("convergence", "convergence", "first.values ^ other.values", "first.values - other.values"),
    ("convergence", "convergence", "if more[value] != less[value]", "if False"),
    ("health", "convergence", "story.healths[-1:]", "story.healths[:1]"),
    ("stale-read", "reads", "op.completed <= read.sent", "op.sent <= read.sent"),
    ("stale-read", "reads", "op.session != read.session", "False"),
    ("stale-read", "reads", "read.fresh and", ""),
    ("non-monotonic-read", "reads", "before <= read.sent", "before <= read.completed"),
    ("non-monotonic-read", "reads", "min(read.completed, shown.get(key, read.completed))", "read.completed"),
    ("non-monotonic-read", "reads", 'read.outcome == "ok" and read.found', "read.found"),
    ("outside-newest-history", "reigns", "reverse=True", "reverse=False"),
    ("outside-newest-history", "reigns", "max(in_term,", "min(in_term,"),
    ("outside-newest-history", "reigns", "if moment > begin", "if True"),
    ("outside-newest-history", "reigns", "self._epochs = all", "self._epochs = any"),
    ("deposed-answer", "reigns", "self.term(primary) <= reign.term", "self.term(primary) < reign.term"),
    ("deposed-answer", "reigns", "if reign.member == member", "if False"),
    ("deposed-answer", "reigns", "max(injects, default=since)", "min(injects, default=since)"),
    ("deposed-answer", "reigns", "began <= m.at <= since", "m.at <= since"),
    ("deposed-answer", "reigns", "if reign.term >= term", "if True"),
    ("deposed-answer", "reigns", "self.at(attempt.sent)", "self.at(attempt.completed)"),
    ("deposed-answer", "reigns", 'was.role == "primary"', "True"),
    ("deposed-answer", "reigns", "self.term(answer) > reign.term", "False"),
    ("deposed-answer", "reigns", 'not (then and then.role == "standby")', "True"),
    ("deposed-answer", "authority", " - frozen.seconds(member, since, answered)", ""),
    ("deposed-answer", "frozen", "if each.name == FREEZES", ""),
    ("deposed-answer", "frozen", 'if sample.where == "node":', "if True:"),
    ("deposed-answer", "frozen", "woke - slept > STOOD_STILL_S", "woke > slept"),
    ("deposed-answer", "frozen", "present_in(freezes, slept, woke)", "freezes"),
    ("deposed-answer", "frozen", "min(woke, end)", "woke"),
    ("deposed-answer", "frozen", "max(slept, begin)", "slept"),
    ("deposed-answer", "accounts", 'self._next[-1] if sample.role == "silent" else sample', "sample"),
    ("deposed-answer", "accounts", 'self._last[-1] if sample.role == "silent" else sample', "sample"),
    ("write-gap", "gaps", "inject is None or b > inject]", "inject is None or a > inject]"),
    ("write-gap", "gaps", 'if a.outcome == "ok")', ")"),
    ("write-gap", "gaps", '"@" not in attempt.workload', "True"),
    ("write-gap", "gaps", "found.append(Silence(acks[-1], end))", "pass"),
    ("write-gap", "gaps", "and any(a.sent > end for a in attempts)", ""),
    ("write-gap", "gaps", "silence.begin, silence.end)) < 2", "silence.begin, silence.end)) < 3"),
    (
        "write-gap",
        "gaps",
        'bounds.get(f"{gap}.{workload}", bounds.get(gap, math.inf))',
        "bounds.get(gap, math.inf)",
    ),
    ("write-gap", "gaps", "injects[after] if hit else longest.begin", "longest.begin"),
    ("read-gap", "gaps", "else story.reads", "else story.operations"),
    ("read-gap", "faults", "ends[of_this.pop(0)] = mark.at", "of_this.pop(0)"),
    ("redundancy", "gaps", "if health.troubles", "if False"),
    ("redundancy", "faults", "max((mark.at for mark in faults)", "min((mark.at for mark in faults)"),
    ("budget", "budget", "look.current < look.desired", "look.current <= look.desired"),
    ("budget", "budget", "if f.name not in VOLUNTARY", ""),
    ("budget", "budget", "if expected and look.expected != expected", "if False"),
    ("budget", "faults", "if not health.troubles", ""),
    ("eviction", "budget", "for beside in (before, after)", "for beside in (before,)"),
    ("eviction", "budget", "asked.status != 201 or", ""),
    ("eviction", "budget", "f.name == BLIND", "True"),
    ("eviction", "budget", "moment - SETTLED_S)", "moment)"),
]


@cache
def corpus() -> Sequence[Events]:
    return [arbitrary(Random(seed), SIZES) for seed in range(300)]


@cache
def right(checker: str) -> list[Answer]:
    return [obvious(checker, events) for events in corpus()]


@contextmanager
def mistaken(module: str, was: str, becomes: str) -> Iterator[None]:
    """Everybody uses a copy of the module in which one piece of text is another."""
    healthy = importlib.import_module(f"chaos.checkers.{module}")
    source = Path(str(healthy.__file__)).read_text()
    assert was in source
    broken = types.ModuleType(healthy.__name__)
    exec(compile(source.replace(was, becomes), module, "exec", dont_inherit=True), vars(broken))
    users = [healthy, reigns, *(vars(compare)[name] for name in ("authority", "budget", "gaps")), compare]
    with pytest.MonkeyPatch.context() as patch:
        for user in users:
            for name, value in list(vars(user).items()):
                if getattr(value, "__module__", None) == healthy.__name__ and name in vars(broken):
                    patch.setattr(user, name, vars(broken)[name])
        yield


@pytest.mark.parametrize(("checker", "module", "was", "becomes"), MISTAKES)
def test_a_broken_checker_is_noticed(checker: str, module: str, was: str, becomes: str) -> None:
    with mistaken(module, was, becomes):
        assert any(
            fast(checker, events) != answer for events, answer in zip(corpus(), right(checker), strict=True)
        )
