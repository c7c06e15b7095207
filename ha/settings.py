"""The one settings object of `ha`: ha.json, the mounted secrets and the pod's name, validated once."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from ha.failpoints import OFF, Failpoints

__all__ = ["Member", "Pgpool", "Postgres", "Secrets", "Settings", "SettingsError", "Timing"]

T = TypeVar("T")

CONFIG = Path("/etc/kube-flask/config/ha.json")
SECRETS = Path("/etc/kube-flask/secrets")
FIRST_NODE_ID = 1000
"""repmgr's node_id of ordinal 0; repmgr wants ids above 0 and they must never change."""


class SettingsError(ValueError):
    """A setting is missing or wrong; the text says which, where, and what would be right."""


@dataclass(frozen=True)
class Member:
    """One PostgreSQL node: the address it is known by in repmgr, in PostgreSQL and in pgpool."""

    host: str

    @property
    def name(self) -> str:
        """Pod name, which is also repmgr's node_name and the application_name of its walreceiver."""
        return self.host.split(".", 1)[0]

    @property
    def ordinal(self) -> int:
        """Position in the StatefulSet, from 0."""
        return int(self.name.rsplit("-", 1)[1])

    @property
    def node_id(self) -> int:
        """repmgr's node_id."""
        return FIRST_NODE_ID + self.ordinal


@dataclass(frozen=True)
class Postgres:
    """Sizes of the server, derived by synth from the number of clients and the memory limit."""

    max_connections: int = 100
    shared_buffers_mb: int = 64


@dataclass(frozen=True)
class Timing:
    """Detection timings in seconds (research §3.2: the profiles FAST and SAFE were measured)."""

    profile: str = "safe"
    monitor_interval_s: int = 1
    reconnect_attempts: int = 3
    reconnect_interval_s: int = 1
    connect_timeout_s: int = 1
    election_rerun_s: int = 3
    primary_visibility_consensus: bool = False
    wal_sender_timeout_s: int = 3
    child_nodes_disconnect_s: int = 2


@dataclass(frozen=True)
class Pgpool:
    """Knobs of pgpool.conf that synth derives or that belong to the timing profile."""

    num_init_children: int = 32
    pcp_port: int = 9898
    connect_timeout_ms: int = 1000
    health_check_period_s: int = 1
    health_check_timeout_s: int = 2
    health_check_max_retries: int = 2
    health_check_retry_delay_s: int = 1
    search_primary_timeout_s: int = 30


@dataclass(frozen=True)
class Secrets:
    """Passwords and tokens, read from one file each; what a pod was not given is empty."""

    postgres_password: str = field(default="", repr=False)
    repmgr_password: str = field(default="", repr=False)
    monitor_password: str = field(default="", repr=False)
    todo_password: str = field(default="", repr=False)
    pcp_password: str = field(default="", repr=False)
    read_token: str = field(default="", repr=False)
    peer_token: str = field(default="", repr=False)

    @classmethod
    def load(cls, folder: Path) -> Secrets:
        """Read `folder/<name-with-hyphens>` for every field; a file that is not there stays empty."""
        found = {f.name: folder / f.name.replace("_", "-") for f in fields(cls)}
        return cls(**{name: path.read_text().strip() for name, path in found.items() if path.is_file()})

    def require(self, *names: str) -> None:
        """Raise SettingsError naming the first of these secrets that is empty."""
        for name in names:
            if not getattr(self, name):
                file = name.replace("_", "-")
                raise SettingsError(f"secret {file}: empty or missing; mount the key {file} of the Secret")


@dataclass(frozen=True)
class Settings:
    """Everything an agent needs to know before it looks at the world.

    N, k and the members come from here and never from repmgr.nodes, which may be stale.
    """

    me: str
    cluster: str
    members: tuple[Member, ...]
    pools: str
    sync_standbys: int
    port: int
    agent_port: int
    postgres: Postgres
    timing: Timing
    pgpool: Pgpool
    secrets: Secrets
    failpoints: Failpoints = OFF
    volume: Path = Path("/var/lib/postgresql")
    run: Path = Path("/run/postgresql")
    hosts_file: Path | None = None
    """/etc/hosts where it is the agent's to write (ha/hosts.py), else None."""

    @property
    def self_member(self) -> Member:
        """The member this agent runs; raises SettingsError when the pod's name is not a member."""
        for member in self.members:
            if member.name == self.me:
                return member
        names = ", ".join(m.name for m in self.members)
        raise SettingsError(f"POD_NAME {self.me!r} is not one of the members in ha.json ({names})")

    @property
    def peers(self) -> tuple[Member, ...]:
        """Every other member."""
        return tuple(m for m in self.members if m.name != self.me)

    def member(self, name: str) -> Member:
        """The member of that name; raises KeyError."""
        for member in self.members:
            if member.name == name:
                return member
        raise KeyError(name)

    def member_at(self, ordinal: int) -> Member:
        """The member of that ordinal; raises KeyError."""
        for member in self.members:
            if member.ordinal == ordinal:
                return member
        raise KeyError(ordinal)

    @classmethod
    def load(cls, config: Path = CONFIG, secrets: Path = SECRETS, me: str | None = None) -> Settings:
        """Read ha.json and the secrets; `me` defaults to POD_NAME. Raises SettingsError."""
        try:
            raw = json.loads(config.read_text())
        except (OSError, ValueError) as error:
            raise SettingsError(f"{config}: cannot be read as JSON ({error})") from error
        return cls.parse(raw, Secrets.load(secrets), me or os.environ.get("POD_NAME", ""), str(config))

    @classmethod
    def parse(cls, raw: Any, secrets: Secrets, me: str, source: str = "ha.json") -> Settings:
        """Validate the parsed JSON. Raises SettingsError with one sentence."""
        if not isinstance(raw, dict):
            raise SettingsError(f"{source}: must be an object, not {type(raw).__name__}")
        hosts = _get(raw, "members", list, source)
        try:
            failpoints = Failpoints.parse(raw)
        except ValueError as error:
            raise SettingsError(f"{source}: {error}") from error
        settings = cls(
            me=me,
            cluster=_get(raw, "cluster", str, source),
            members=tuple(_member(host, source) for host in hosts),
            pools=_get(raw, "pools", str, source),
            sync_standbys=_get(raw, "sync_standbys", int, source),
            port=_get(raw, "port", int, source),
            agent_port=_get(raw, "agent_port", int, source),
            postgres=_section(Postgres, raw, "postgres", source),
            timing=_section(Timing, raw, "timing", source),
            pgpool=_section(Pgpool, raw, "pgpool", source),
            secrets=secrets,
            failpoints=failpoints,
            hosts_file=_path(raw, "hosts_file", source),
        )
        settings._check(source)
        return settings

    def _check(self, source: str) -> None:
        count = len(self.members)
        if count != len({m.name for m in self.members}):
            raise SettingsError(f"{source}: members names a node twice")
        if count % 2 == 0:
            raise SettingsError(
                f"{source}: members lists {count} nodes; a quorum needs an odd number (3 or 5)"
            )
        if not 0 <= self.sync_standbys <= count // 2:
            raise SettingsError(
                f"{source}: sync_standbys is {self.sync_standbys}; "
                f"with {count} members it must be 0..{count // 2}"
            )


def _member(host: Any, source: str) -> Member:
    """A member from its host name, which must start with NAME-ORDINAL."""
    name = host.split(".", 1)[0] if isinstance(host, str) else ""
    if not name.rpartition("-")[2].isdigit():
        raise SettingsError(f"{source}: members: {host!r} is not a host that begins with NAME-ORDINAL")
    return Member(host)


def _path(raw: dict[str, Any], key: str, source: str) -> Path | None:
    return Path(_get(raw, key, str, source)) if key in raw else None


def _get(raw: dict[str, Any], key: str, kind: type[T], source: str) -> T:
    value = raw.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise SettingsError(f"{source}: {key} must be a {kind.__name__}, not {value!r}")
    return value


def _section(kind: type[T], raw: dict[str, Any], key: str, source: str) -> T:
    """Build a dataclass of ints, strings and booleans from raw[key]; unknown keys and wrong types are refused."""
    given = _get(raw, key, dict, source)
    known = {f.name: type(getattr(kind, f.name)) for f in fields(kind)}  # type: ignore[arg-type]
    for name, value in given.items():
        if name not in known:
            raise SettingsError(f"{source}: {key}.{name} is not a setting; known are {', '.join(known)}")
        if type(value) is not known[name]:
            raise SettingsError(f"{source}: {key}.{name} must be a {known[name].__name__}, not {value!r}")
    return kind(**given)
