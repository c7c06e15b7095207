"""Runs gcloud and kubectl: what they say goes to the step's log, whoever waits sees for how long they have run."""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.gke import errors
from cluster.gke.plan import Act
from cluster.gke.settings import GkeSettings
from cluster.shell import Shell, StepFailed
from cluster.steps import duration

SHOW_EVERY_S = 15.0
ASK_TIMEOUT_S = 120
ATTEMPTS = 6
PAUSE_S = 10.0
"""Six times with pauses of 10 s: a new service account is known everywhere within about a minute."""
INSTALL = "install the Google Cloud CLI (cloud.google.com/sdk/docs/install), then gcloud auth login"
PROGRAMS = {
    "gcloud": INSTALL,
    "gke-gcloud-auth-plugin": "gcloud components install gke-gcloud-auth-plugin",
}


@dataclass(frozen=True)
class Said:
    """What a command said; `code` is None when it was ended because it took too long."""

    code: int | None
    out: str
    err: str


def found() -> None:
    """Find the programs that a bring-up on GKE calls. Raises StepFailed."""
    for program, advice in PROGRAMS.items():
        if shutil.which(program) is None:
            raise StepFailed(f"{program} is not on PATH", advice)


def call(shell: Shell, words: Sequence[str], *, timeout_s: float) -> Said:
    """Run a command to its end or to its deadline. Raises StepFailed when it cannot be started."""
    shell.note(f"$ {shlex.join(words)}")
    # Nobody answers a prompt here, and a question that is not answered must not be a wait.
    environment = os.environ | {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            [*shell.prefix, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise StepFailed(f"{words[0]} could not be started: {error}", PROGRAMS.get(words[0], "")) from error
    with process:
        try:
            out, err, ended = _finish(shell, process, named(words), started + timeout_s)
        except BaseException:
            process.kill()
            raise
    shell.note((out + err).rstrip("\n"))
    return Said(process.returncode if ended else None, out, err)


def _finish(
    shell: Shell, process: "subprocess.Popen[str]", name: str, deadline: float
) -> tuple[str, str, bool]:
    started = time.monotonic()
    while True:
        left = deadline - time.monotonic()
        try:
            out, err = process.communicate(timeout=max(0.0, min(SHOW_EVERY_S, left)))
        except subprocess.TimeoutExpired:
            if left <= SHOW_EVERY_S:
                process.kill()
                out, err = process.communicate()
                return out, err, False
            shell.say(f"{name} has run for {duration(time.monotonic() - started)}")
        else:
            return out, err, True


def named(words: Sequence[str]) -> str:
    """Return a command as a person names it: `gcloud container clusters create kube-flask`."""
    plain = [word for word in words if word != "env" and not word.startswith("-") and "=" not in word]
    return " ".join([Path(plain[0]).name, *plain[1:5]])


def ask(shell: Shell, words: Sequence[str], settings: GkeSettings, *, patient: bool = True) -> str:
    """Return what a command that changes nothing prints. Raises StepFailed with its own words and their meaning."""
    return _checked(shell, words, ASK_TIMEOUT_S, settings, ATTEMPTS if patient else 1).out


def act(shell: Shell, planned: Act, settings: GkeSettings) -> None:
    """Run one command of a plan. Raises StepFailed with its own words, their meaning and the next command."""
    shell.say(named(planned.words))
    _checked(shell, planned.words, planned.timeout_s, settings)


def _checked(
    shell: Shell, words: Sequence[str], timeout_s: float, settings: GkeSettings, attempts: int = ATTEMPTS
) -> Said:
    for attempt in range(1, attempts + 1):
        said = call(shell, words, timeout_s=timeout_s)
        if said.code == 0:
            return said
        passing = said.code is not None and (found := errors.meaning(said.err)) and found.passing
        if not passing or attempt == attempts:
            break
        shell.say(f"not known everywhere yet, once more in {PAUSE_S:.0f} s ({attempt} of {attempts})")
        time.sleep(PAUSE_S)
    told = said.err or said.out
    if said.code is None:
        told += f"\nERROR: it did not end within {duration(timeout_s)} and was ended here"
    raise StepFailed(*errors.explained(named(words), told, settings))
