"""Settings from a preset, a file and the command line: nothing given is lost, nothing wrong is accepted."""

from __future__ import annotations

import difflib
import json
import typing
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from synth.presets import PRESETS
from synth.settings import Settings, SettingsError
from synth.timing import PROFILES

__all__ = ["UsageError", "load"]

PROFILE = "timing profile"
"""Source of the numbers that nobody gave but that follow from a profile's name."""
MEANING = {int: "a whole number", bool: "true or false", str: "text"}


class UsageError(ValueError):
    """What was given cannot be used; one sentence names where, which setting and what would be right."""


@dataclass(frozen=True)
class Given:
    """A value as somebody gave it; `text` is one from the command line, still to be read as the knob's type."""

    value: Any
    source: str
    text: bool = False

    def wrong(self, setting: str, why: str) -> UsageError:
        """The sentence about this value."""
        return UsageError(f"{self.source}: {setting} {why}")


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key given twice instead of keeping the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise UsageError(f"{key!r} is given twice (line {key_node.start_mark.line + 1}); keep one")
            seen |= {key} if isinstance(key, Hashable) else set()
        return super().construct_mapping(node, deep)


def load(preset: str | None = None, file: Path | None = None, sets: Sequence[str] = ()) -> Settings:
    """Build the settings; later sources win: release defaults, preset, file, `--set`. Raises UsageError."""
    given: dict[str, Given] = {}
    if preset:
        given |= _flat(PRESETS[preset], f"preset {preset}")
    if file:
        given |= _flat(_read(file), str(file))
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text}: write it as setting=value, such as postgres.nodes=5")
        given |= _expand(name.strip(), Given(value, "--set", text=True))
    profile = given.get("timing.profile")
    if profile and profile.value in PROFILES:
        numbers = _flat({"timing": PROFILES[profile.value]}, PROFILE)
        given = numbers | given
    try:
        settings = _replaced(Settings(), "", given)
    except SettingsError as error:
        source = _blamed(error.setting, given)
        raise UsageError(f"{source}: {error.setting} {error}") from None
    assert isinstance(settings, Settings)
    return settings


def _blamed(setting: str, given: Mapping[str, Given]) -> str:
    """Who is to change something: the giver of the setting, else of its group, else of anything."""
    own = [value for name, value in given.items() if name == setting]
    group = [value for name, value in given.items() if name.split(".")[0] == setting.split(".")[0]]
    for candidates in (own, group, list(given.values())):
        sources = dict.fromkeys(value.source for value in candidates if value.source != PROFILE)
        if sources:
            return ", ".join(sources)
    return "settings"


def _read(file: Path) -> Mapping[str, Any]:
    """The settings file as a mapping; JSON when its name says so, YAML otherwise."""
    try:
        text = file.read_text()
        raw = (
            json.loads(text, object_pairs_hook=_unique)
            if file.suffix == ".json"
            else yaml.load(text, _Loader)
        )
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}); give a YAML or JSON file") from None
    except (ValueError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise UsageError(f"{file}: is not valid YAML or JSON ({detail})") from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise UsageError(
            f"{file}: holds {type(raw).__name__}; write settings such as 'postgres: {{nodes: 5}}'"
        )
    return raw


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for index, (key, _) in enumerate(pairs):
        if key in (name for name, _ in pairs[:index]):
            raise UsageError(f"{key!r} is given twice; keep one")
    return dict(pairs)


def _flat(raw: Mapping[Any, Any], source: str, prefix: str = "") -> dict[str, Given]:
    """Dotted names of all leaves of a nested mapping."""
    found: dict[str, Given] = {}
    for key, value in raw.items():
        if not isinstance(key, str):
            raise UsageError(f"{source}: {prefix}{key} is no setting; names are text such as postgres")
        if isinstance(value, dict):
            _group(prefix + key, source)
            found |= _flat(value, source, f"{prefix}{key}.")
        else:
            found |= _expand(prefix + key, Given(value, source))
    return found


def _expand(name: str, given: Given) -> dict[str, Given]:
    """The leaves that one value sets: itself, or for a group with a shorthand the fields that stands for."""
    kind = _kind(name, given.source)
    if not is_dataclass(kind):
        return {name: given}
    shorthand: tuple[str, ...] = getattr(kind, "SHORTHAND", ())
    if not shorthand or given.value is None:
        names = ", ".join(f"{name}.{f.name}" for f in fields(kind))
        raise given.wrong(name, f"is a group of settings; give {names}")
    return {f"{name}.{field}": given for field in shorthand}


def _group(name: str, source: str) -> None:
    """Raise UsageError when the name of a mapping is that of a single setting."""
    kind = _kind(name, source)
    if not is_dataclass(kind):
        raise UsageError(f"{source}: {name} is one value, not a group; write {_meaning(kind)}")


def _kind(name: str, source: str) -> Any:
    """Type of a knob or group by its dotted name; raises UsageError for a name there is not."""
    known = dict(_knobs(Settings))
    if name in known:
        return known[name]
    leaf = name.rpartition(".")[2]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75) or [
        full for full in known if difflib.SequenceMatcher(None, leaf, full.rpartition(".")[2]).ratio() > 0.8
    ]
    top = [knob for knob in known if "." not in knob]
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(top)}"
    raise UsageError(f"{source}: {name} is no setting; {hint}")


def _knobs(kind: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, of in typing.get_type_hints(kind).items():
        if typing.get_origin(of) is not typing.ClassVar:
            yield prefix + name, of
            if is_dataclass(of):
                yield from _knobs(of, f"{prefix}{name}.")


def _meaning(kind: Any) -> str:
    choices = typing.get_args(kind)
    return " or ".join(map(str, choices)) if choices else MEANING[kind]


def _value(name: str, kind: Any, given: Given) -> Any:
    """The value as the knob's type; raises UsageError with what would be right."""
    value, choices = given.value, typing.get_args(kind)
    if given.text and kind is int and value.strip().lstrip("-").isdecimal():
        return int(value)
    if given.text and kind is bool and value in ("true", "false"):
        return value == "true"
    if choices and value in choices:
        return value
    if not choices and type(value) is kind:
        return value
    quotes = "; put it in quotes" if kind is str and isinstance(value, int | float) else ""
    raise given.wrong(name, f"is {value!r}; write {_meaning(kind)}{quotes}")


def _replaced(default: Any, prefix: str, given: Mapping[str, Given]) -> Any:
    """A copy of the dataclass object with the leaves below the prefix; a SettingsError names them in full."""
    changes: dict[str, Any] = {}
    for name, kind in typing.get_type_hints(type(default)).items():
        full = prefix + name
        if is_dataclass(kind):
            changes[name] = _replaced(getattr(default, name), f"{full}.", given)
        elif full in given:
            changes[name] = _value(full, kind, given[full])
    try:
        return replace(default, **changes)
    except SettingsError as error:
        raise SettingsError(prefix + error.setting, str(error)) from None
