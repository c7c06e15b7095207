"""The thin loop: a step asks its questions, its check looks, its plan is run."""

import dataclasses
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cluster.gke import errors, tool
from cluster.gke.checks import Check
from cluster.gke.facts import Facts
from cluster.gke.plan import Act
from cluster.gke.questions import QUESTIONS
from cluster.gke.settings import GkeSettings
from cluster.shell import Shell, StepFailed
from cluster.steps import Step, relevant_tail

Own = Callable[[Shell, GkeSettings], str]
Plan = Callable[[str, Facts], Sequence[Act]]


@dataclass(frozen=True)
class Outline:
    """A step before it runs: what it asks, and what it says in a dry run beside its commands."""

    name: str
    title: str
    questions: tuple[str, ...] = ()
    note: str = ""


class Run:
    """One bring-up or removal: facts grow from step to step.

    `checks` are made before a step's commands, `own` does those that are functions of this project, `after` what a
    step does once its commands have run; all by name.
    """

    def __init__(
        self,
        settings: GkeSettings,
        plan: Plan,
        checks: Mapping[str, Check],
        own: Mapping[str, Own] | None = None,
        after: Mapping[str, Own] | None = None,
    ) -> None:
        self.settings = settings
        self.facts = Facts()
        self.plan = plan
        self._checks = checks
        self._own = own or {}
        self._after = after or {}

    def step(self, outline: Outline) -> Step:
        """Return the step as the progress display runs it."""
        return Step(outline.name, outline.title, lambda shell: self.ensure(shell, outline))

    def ensure(self, shell: Shell, outline: Outline) -> str:
        """Ask, check and act. Raises StepFailed."""
        for name in outline.questions:
            self.look(shell, name)
        self.check(outline.name)
        acts = self.plan(outline.name, self.facts)
        told = [self._do(shell, planned) for planned in acts]
        if outline.name in self._after:
            told.append(self._ours(shell, self._after[outline.name]))
        return "; ".join(told) or "nothing to do"

    def look(self, shell: Shell, name: str, *, patient: bool = True) -> None:
        """Learn the answer of a question. Raises StepFailed."""
        question = QUESTIONS[name]
        words = question.words(self.settings)
        answer = tool.ask(shell, words, self.settings, patient=patient)
        try:
            learnt = question.parse(answer, self.settings)
        except (ValueError, KeyError, TypeError) as error:
            told = f"the answer to `{shlex.join(words)}` cannot be read ({error!r})"
            raise StepFailed(told, "gcloud components update") from error
        self.facts = dataclasses.replace(self.facts, **{name: learnt})

    def glance(self, shell: Shell, name: str) -> None:
        """Learn the answer at once or not at all; where the API is not enabled there is nothing. Raises StepFailed."""
        try:
            self.look(shell, name, patient=False)
        except StepFailed as failure:
            found = errors.meaning(str(failure))
            if found is None or found.name != "api-disabled":
                raise

    def check(self, step: str) -> None:
        """Stop where going on would be wrong. Raises StepFailed."""
        check = self._checks.get(step)
        if check and (trouble := check(self.settings, self.facts)):
            raise StepFailed(trouble.sentence, trouble.advice)

    def _do(self, shell: Shell, planned: Act) -> str:
        if planned.own:
            return self._ours(shell, self._own[planned.own])
        tool.act(shell, planned, self.settings)
        return tool.named(planned.words)

    def _ours(self, shell: Shell, function: Own) -> str:
        """Run a function of this project; where it has no advice, what the log's last words mean may give one."""
        try:
            return function(shell, self.settings)
        except StepFailed as failure:
            said = "\n".join(relevant_tail(shell.log.read_text(errors="replace")))
            if failure.advice or errors.meaning(said) is None:
                raise
            raise StepFailed(*errors.explained(str(failure), said, self.settings)) from failure


def rehearsed(run: Run, outlines: Sequence[Outline], shell: Shell) -> list[str]:
    """Return every command that would run, in order, as it can be pasted into a shell.

    The questions are asked, for they change nothing, so that the list is what is left to do; what nobody answers
    is as in an empty project. Raises StepFailed where a check would stop the run.
    """
    told: list[str] = []
    silent = False
    for number, outline in enumerate(outlines, 1):
        told.append(f"# {number}/{len(outlines)} {outline.title}")
        unanswered = silent
        for name in outline.questions:
            told.append(shlex.join(QUESTIONS[name].words(run.settings)))
            try:
                if not silent:
                    run.look(shell, name, patient=False)
            except StepFailed as error:
                unanswered = True
                told.append(f"#   no answer now: {str(error).splitlines()[-1]}")
        try:
            if not unanswered:
                run.check(outline.name)
        except StepFailed as error:
            if outline.name != "login":
                raise
            # Without a login nothing answers, and each silence would take its time.
            silent = True
            told.append(f"#   {error}: this is the list of an empty project")
        told += [shlex.join(planned.words) for planned in run.plan(outline.name, run.facts)]
        told += [f"#   {outline.note}"] if outline.note else []
    return told
