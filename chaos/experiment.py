"""An experiment: a promise, the clients that watch it, what is broken, and what they may notice of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from chaos.deadlines import DEADLINES

__all__ = ["FOLDER", "Experiment", "ExperimentError", "FaultStep", "Quantiles", "Target", "load", "names"]

FOLDER = Path(__file__).parent / "experiments"
BOUNDS = re.compile(r"(?P<gap>write_gap|read_gap)(\.(?P<workload>.+))?|redundancy|deposed")
KNOWN_DEADLINES = asdict(DEADLINES)
SOME_DEADLINES = "spared, promoted, cut_off or healthy"
# What is wrong is said with these words, so they tell what would be right.
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, description="a number above 0")]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False, description="seconds, 0 or more")]


class ExperimentError(ValueError):
    """An experiment that cannot be used; one sentence names the file, the key and what would be right."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FaultStep(_Strict):
    """One fault of the schedule. Several whose times overlap are a combined fault."""

    kind: str = Field(min_length=1, description="the kind of a fault, such as pod-lost")
    on: str = Field(min_length=1, description="a role such as primary, or a name such as postgres-1")
    after_s: Seconds = 0
    """From the moment the clients are steady."""
    hold_s: Seconds = 0
    """From the injection to the heal."""


class Quantiles(_Strict):
    """Seconds that half of the runs, and 19 of 20, do not exceed."""

    p50: Positive
    p95: Positive

    @model_validator(mode="after")
    def _ordered(self) -> Quantiles:
        if self.p95 < self.p50:
            raise ValueError("p95 must be at least p50")
        return self


class Target(_Strict):
    """What is demanded of a figure over many runs, and what is hoped for (design.md, Targets)."""

    must: Quantiles
    aim: Quantiles | None = None


class Experiment(_Strict):
    """What one file in chaos/experiments says."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="lower-case words joined by -")
    promise: str = Field(min_length=1, description="one sentence: what users may rely on")
    workloads: dict[str, Positive] = Field(
        min_length=1, description="operations a second by kind of workload"
    )
    steady_s: Positive = 5
    """How long the clients run undisturbed before the first fault, and again after the last heal."""
    faults: tuple[FaultStep, ...] = Field(default=(), description="a list of {kind, on, after_s, hold_s}")
    bounds: dict[str, Positive] = Field(
        default={}, description=f"seconds or a deadline ({SOME_DEADLINES}) by gap"
    )
    targets: dict[str, Target] = Field(
        default={}, description="{must: {p50, p95}, aim: {p50, p95}} by figure"
    )
    share: Positive = 1
    """Of the clients that the promise was made for: what `slowed` left of them."""

    @field_validator("bounds", mode="before")
    @classmethod
    def _named_deadlines(cls, bounds: Any) -> Any:
        return {k: _seconds(v) for k, v in bounds.items()} if isinstance(bounds, Mapping) else bounds

    @model_validator(mode="after")
    def _known_gaps(self) -> Experiment:
        for where, keys in (("bounds", self.bounds), ("targets", self.targets)):
            for key in keys:
                found = BOUNDS.fullmatch(key)
                if not found:
                    wanted = "write_gap, read_gap, either with .WORKLOAD, redundancy or deposed"
                    raise ValueError(f"{where}.{key} is unknown, it must be {wanted}")
                workload = found["workload"]
                if workload and workload not in self.workloads:
                    raise ValueError(f"{where}.{key} is about a workload that is not among the workloads")
        return self

    def with_faults(self, faults: Iterable[FaultStep], name: str | None = None) -> Experiment:
        """Return the same experiment with another schedule."""
        return self.model_copy(update={"faults": tuple(faults), "name": name or self.name})

    def slowed(self, share: float) -> Experiment:
        """Return the same experiment with `share` of its clients, and no fewer than one operation a second of each."""
        rates = {name: min(rate, max(1.0, rate * share)) for name, rate in self.workloads.items()}
        return self.model_copy(update={"workloads": rates, "share": self.share * share})


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in KNOWN_DEADLINES:
        raise ValueError(f"{value!r} must be seconds or one of {', '.join(KNOWN_DEADLINES)}")
    return KNOWN_DEADLINES[value]


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads the key `on` as true; here only true and false are booleans."""


_Loader.yaml_implicit_resolvers = {
    first: [found for found in resolvers if found[0] != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def names() -> list[str]:
    """Return the experiments of this repository."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(wanted: str) -> Experiment:
    """Return the experiment of a file, or of a name in chaos/experiments. Raises ExperimentError."""
    path = Path(wanted) if wanted.endswith((".yaml", ".yml")) else FOLDER / f"{wanted}.yaml"
    try:
        raw = yaml.load(path.read_text(), _Loader)  # a SafeLoader
    except FileNotFoundError:
        near = difflib.get_close_matches(wanted, names(), 1)
        hint = (
            f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}, or give a .yaml file."
        )
        raise ExperimentError(f"There is no experiment {wanted}; {hint}") from None
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ExperimentError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(raw, dict):
        raise ExperimentError(f"{path} must be a mapping with the keys {', '.join(Experiment.model_fields)}.")
    try:
        experiment = Experiment.model_validate(raw)
    except ValidationError as error:
        raise ExperimentError(_sentence(path, error)) from error
    if experiment.name != path.stem:
        raise ExperimentError(f"{path}: name is {experiment.name}, it must be {path.stem} like the file.")
    return experiment


def _sentence(path: Path, error: ValidationError) -> str:
    first, *more = error.errors()
    key = ".".join(str(part) for part in first["loc"])
    rest = f" ({len(more)} more of its keys are wrong.)" if more else ""
    if first["type"] == "extra_forbidden":
        keys = ", ".join(_model_at(first["loc"][:-1]).model_fields)
        return f"{path}: {key} is an unknown key, there are {keys}.{rest}"
    if first["type"] == "value_error":
        where = f"{key}: " if key else ""
        return f"{path}: {where}{first['ctx']['error']}.{rest}"
    is_now = "is missing" if first["type"] == "missing" else f"is {first['input']!r}"
    return f"{path}: {key} {is_now}, it must be {_right(first['loc'])}.{rest}"


def _model_at(loc: tuple[int | str, ...]) -> type[BaseModel]:
    inner: dict[str, type[BaseModel]] = {"faults": FaultStep, "targets": Target}
    if len(loc) > 2 and loc[0] == "targets":
        return Quantiles
    return inner.get(str(loc[0]), Experiment) if loc else Experiment


def _right(loc: tuple[int | str, ...]) -> str:
    """Return in words what the value at a place must be."""
    last = loc[-1]
    if isinstance(last, int):
        return "{kind, on, after_s, hold_s}"
    field = _model_at(loc[:-1]).model_fields.get(last)
    if field is None and loc[0] == "targets":
        field = Experiment.model_fields["targets"]
    return (field and field.description) or "a number above 0"
