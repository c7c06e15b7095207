"""How a wrong setting is refused: one sentence that names the setting and says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable

from synth.quantity import cpu_cores, memory_bytes

__all__ = ["SettingsError", "between", "cpu", "memory", "name", "pattern", "require"]

DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class SettingsError(ValueError):
    """A setting is wrong: `setting` is its dotted name, the text says what would be right."""

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(why)
        self.setting = setting


def require(holds: bool, setting: str, why: str) -> None:
    """Raise SettingsError unless it holds."""
    if not holds:
        raise SettingsError(setting, why)


def between(setting: str, value: int, low: int, high: int, unit: str = "") -> None:
    """Raise SettingsError unless low <= value <= high."""
    require(low <= value <= high, setting, f"is {value}; choose {low} to {high}{unit and ' ' + unit}")


def pattern(setting: str, value: str, shape: re.Pattern[str], meaning: str) -> None:
    """Raise SettingsError unless the whole value has the shape; `meaning` says it in words."""
    require(bool(shape.fullmatch(value)), setting, f"is {value!r}; write {meaning}")


def name(setting: str, value: str, of: str, label: bool = False) -> None:
    """Raise SettingsError unless the API server would take the value as an object's name."""
    shape = DNS_LABEL if label else DNS_NAME
    pattern(setting, value, shape, f"the name of {of}: lower-case letters, digits and '-'")


def memory(setting: str, value: str, example: str) -> None:
    """Raise SettingsError unless the value is an amount of memory or disk."""
    _quantity(setting, value, memory_bytes, example)


def cpu(setting: str, value: str) -> None:
    """Raise SettingsError unless the value is an amount of CPU."""
    _quantity(setting, value, cpu_cores, "250m or 2")


def _quantity(setting: str, value: str, parse: Callable[[str], float], example: str) -> None:
    try:
        parse(value)
    except ValueError:
        raise SettingsError(setting, f"is {value!r}; write a quantity such as {example}") from None
