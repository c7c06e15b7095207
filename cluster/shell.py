"""Runs commands for a step: what they print goes to its log, a failure names the log and a way on."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class StepFailed(Exception):
    """A step could not do its work.

    `advice` is the next thing for a person to try, or empty.
    """

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.advice = advice


def short(words: Sequence[str]) -> str:
    """Return a command as a person would name it: `env A=b /x/python -m synth --out y` → `python -m synth`."""
    named = [w for w in words if w != "env" and not re.match(r"[A-Z_]+=|--kubeconfig|--context", w)]
    return " ".join([Path(named[0]).name, *named[1:3]])


class Shell:
    """Commands of one step, all logged to one file; `say` also shows a line to whoever watches."""

    def __init__(self, log: Path, show: Callable[[str], None] = lambda text: None) -> None:
        self.log = log
        self._show = show
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        # A killed bring-up must not leave a build behind that works against the next one.
        self.prefix = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()

    def note(self, text: str) -> None:
        """Append a line to the log."""
        with self.log.open("a") as out:
            out.write(text.rstrip("\n") + "\n")

    def say(self, text: str) -> None:
        """Tell what is going on now, on the screen and in the log."""
        self.note(f"# {text}")
        self._show(text)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: Path | None = None,
        advice: str = "",
    ) -> None:
        """Run a command to its end with its output in the log.

        Raises:
            StepFailed: it could not be started or did not exit with 0.

        """
        words = [str(w) for w in command]
        self.note(f"$ {shlex.join(words)}")
        with self.log.open("ab") as out, (stdin or Path("/dev/null")).open("rb") as source:
            try:
                code = subprocess.run(
                    [*self.prefix, *words],
                    cwd=cwd,
                    env=env,
                    stdin=source,
                    stdout=out,
                    stderr=out,
                    check=False,
                ).returncode
            except OSError as error:
                raise StepFailed(f"{words[0]} could not be started: {error}", advice) from error
        if code != 0:
            raise StepFailed(f"{short(words)} ended with {code}", advice)

    def ask(
        self, command: Sequence[str | Path], *, timeout_s: float = 60, text: str | None = None
    ) -> str | None:
        """Return what a command prints, or None when it fails or takes longer than `timeout_s`."""
        words = [str(w) for w in command]
        self.note(f"$ {shlex.join(words)}")
        try:
            done = subprocess.run(
                words, input=text, capture_output=True, text=True, timeout=timeout_s, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self.note(f"  {error}")
            return None
        self.note((done.stdout + done.stderr).rstrip("\n"))
        return done.stdout.strip() if done.returncode == 0 else None

    def need(
        self,
        command: Sequence[str | Path],
        *,
        timeout_s: float = 60,
        text: str | None = None,
        advice: str = "",
    ) -> str:
        """Return what a command prints.

        Raises:
            StepFailed: it fails or takes longer than `timeout_s`.

        """
        answer = self.ask(command, timeout_s=timeout_s, text=text)
        if answer is None:
            raise StepFailed(f"{short([str(w) for w in command])} failed", advice)
        return answer
