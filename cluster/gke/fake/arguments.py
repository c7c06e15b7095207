"""Takes and refuses arguments as the recorded help says, in gcloud's own words. Pure, except for reading the help."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HELP = Path(__file__).parent / "help"
SEARCH = "\n\nTo search the help text of gcloud commands, run:\n  gcloud help -- SEARCH_TERMS"


class Refused(Exception):
    """The arguments are not accepted: gcloud's words, exit code 2."""


@dataclass(frozen=True)
class Told:
    """A command with its arguments; the flags are named as in the help, lists and pairs are taken apart."""

    command: str
    positionals: tuple[str, ...]
    flags: Mapping[str, Any] = field(default_factory=dict)

    def flag(self, name: str, default: Any = None) -> Any:
        """Return a flag's value."""
        return self.flags.get(name, default)


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """Return the help by command; the flags of all commands are under the empty name."""
    return {
        found["command"]: found for found in (json.loads(path.read_text()) for path in HELP.glob("*.json"))
    }


def parse(arguments: Sequence[str]) -> Told:
    """Return what was told. Raises Refused."""
    words = list(arguments)
    depth = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in recorded()), 0)
    if not depth:
        raise Refused(_unknown(words))
    command = " ".join(words[:depth])
    known = recorded()[command]
    flags = {**recorded()[""]["flags"], **known["flags"]}
    positionals, given = _split(command, words[depth:], flags)
    _count(command, known["positionals"], positionals)
    _rules(command, known, given)
    return Told(command, tuple(positionals), given)


def _unknown(words: Sequence[str]) -> str:
    prefix: list[str] = []
    while words[len(prefix) :] and any(
        c.startswith(" ".join([*prefix, words[len(prefix)], ""])) for c in recorded()
    ):
        prefix.append(words[len(prefix)])
    wrong = words[len(prefix)] if words[len(prefix) :] else ""
    return f"ERROR: ({'.'.join(['gcloud', *prefix])}) Invalid choice: '{wrong}'.{SEARCH}"


def _wrong(command: str, text: str) -> Refused:
    return Refused(f"ERROR: (gcloud.{command.replace(' ', '.')}) {text}")


def _split(
    command: str, words: Sequence[str], flags: Mapping[str, Mapping[str, Any]]
) -> tuple[list[str], dict[str, Any]]:
    names = {also: name for name, flag in flags.items() for also in (name, *flag.get("also", ()))}
    positionals: list[str] = []
    given: dict[str, Any] = {}
    unknown: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            positionals.append(word)
            continue
        option, equals, value = word.partition("=")
        negated = "--" + option.removeprefix("--no-")
        if option not in names and flags.get(negated, {}).get("negatable") and not equals:
            given[negated] = False
        elif option not in names:
            unknown.append(word)
        elif flags[names[option]]["takes"] == "nothing":
            given[names[option]] = True
        else:
            text = value if equals else next(rest, None)
            given[names[option]] = _value(command, names[option], flags[names[option]], text)
    if unknown:
        raise _wrong(command, f"unrecognized arguments: {' '.join(unknown)} {SEARCH}")
    return positionals, given


def _value(command: str, name: str, flag: Mapping[str, Any], text: str | None) -> Any:
    if text is None or (text.startswith("--") and "=" not in text):
        raise _wrong(command, f"argument {name}: expected one argument")
    if flag["takes"] == "int":
        if not re.fullmatch(r"-?[0-9]+", text):
            raise _wrong(command, f"argument {name}: Value must be an integer; received: {text}")
        return int(text)
    values = text.split(",") if flag["takes"] in ("list", "pairs") else [text]
    for value in values:
        if flag.get("choices") and value not in flag["choices"]:
            raise _wrong(command, f"argument {name}: Invalid choice: '{value}'.{SEARCH}")
    if text in flag.get("words", ()):
        return text
    if flag["takes"] == "pairs":
        for pair in values:
            if "=" not in pair:
                raise _wrong(command, f"argument {name}: Bad syntax for dict arg: [{pair}].")
        return dict(pair.split("=", 1) for pair in values)
    return values if flag["takes"] == "list" else text


def _count(command: str, known: Sequence[Mapping[str, str]], given: Sequence[str]) -> None:
    least = sum(item["count"] in ("1", "+") for item in known)
    most = None if any(item["count"] in ("*", "+", "...") for item in known) else len(known)
    if len(given) < least:
        raise _wrong(command, f"argument {known[len(given)]['name']}: Must be specified.")
    if most is not None and len(given) > most:
        raise _wrong(command, f"unrecognized arguments: {' '.join(given[most:])} {SEARCH}")


def _rules(command: str, known: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    for name in known["required"]:
        if name not in given:
            raise _wrong(command, f"argument {name}: Must be specified.")
    for group in known["one_of"]:
        if not set(group) & set(given):
            raise _wrong(command, f"argument ({' | '.join(group)}): Must be specified.")
    for alternatives in known["exclusive"]:
        used = [name for names in alternatives for name in names if name in given]
        if sum(bool(set(names) & set(given)) for names in alternatives) > 1:
            every = " | ".join(sorted(name for names in alternatives for name in names))
            raise _wrong(command, f"argument {used[0]}: At most one of {every} can be specified.")
