"""What one bring-up is told: frozen, made once from the command line and the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

ImageSource = Literal["auto", "pull", "build"]
IMAGE_SOURCES: tuple[ImageSource, ...] = get_args(ImageSource)
Preset = Literal["kind", "single-node"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
"""The presets of synth that a kind cluster can be made for."""


@dataclass(frozen=True)
class Settings:
    """The knobs of a bring-up; paths are absolute."""

    root: Path
    """The repository."""
    cache: Path
    """Everything that is kept between runs and is not in the repository."""
    images: ImageSource = "auto"
    """Where node and base images come from."""
    until: str | None = None
    """The name of the last step to run; None runs all."""
    preset: Preset = "kind"
    """The preset that synth writes the manifests with; `for_preset` sets what depends on it."""
    synth: tuple[str, ...] = ()
    """Further options of synth, such as `--set timing=safe`; without them the manifests are the preset's."""
    name: str = "kube-flask"
    """The kind cluster and, with the prefix `kind-`, the kubectl context."""
    namespace: str = "kube-flask"
    workers: int = 3
    """One per PostgreSQL node, because those refuse to share one; 0 = the control plane carries everything."""
    host_port: int = 8080
    """The application on this machine, at 127.0.0.1."""
    node_port: int = 30080
    """The application on every node; fixed by synth."""
    service_subnet: str = "10.96.0.0/16"
    pod_subnet: str = "10.244.0.0/16"
    ready_timeout_s: int = 420
    """How long the applied platform may take to answer with a todo it was given."""

    @property
    def state(self) -> Path:
        """What is kept about this cluster alone."""
        return self.cache if self.preset == "kind" else self.cache / self.name

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig that holds nothing but this cluster."""
        return self.state / "kubeconfig"

    @property
    def context(self) -> str:
        """The kubectl context that kind makes."""
        return f"kind-{self.name}"

    @property
    def logs(self) -> Path:
        """One log file per step, of the newest run."""
        return self.cache / "logs"

    @property
    def url(self) -> str:
        """The application as this machine reaches it."""
        return f"http://127.0.0.1:{self.host_port}"

    @property
    def renewal(self) -> str:
        """How a person gets a new cluster in place of this one."""
        return f"{self.words('down')}, then {self.words('up')}"

    @property
    def kubectl(self) -> tuple[str, ...]:
        """The kubectl of the lock file, aimed at this cluster and at no other."""
        binary = self.root / ".venv" / "bin" / "kubectl"
        return (str(binary), f"--kubeconfig={self.kubeconfig}", f"--context={self.context}")

    @property
    def nodes(self) -> tuple[str, ...]:
        """The docker containers of the cluster, as kind names them, control plane first."""
        workers = ("-worker" + (str(i) if i > 1 else "") for i in range(1, self.workers + 1))
        return (f"{self.name}-control-plane", *(self.name + w for w in workers))

    def words(self, command: str) -> str:
        """Return how a person types a command for this cluster, from the repository's folder."""
        if self.preset == "kind":
            return f"make {command}"
        return f".venv/bin/python -m cluster {command} --preset {self.preset}"

    @property
    def carriers(self) -> tuple[str, ...]:
        """The nodes that run our pods: a control plane is tainted unless it is the only node."""
        return self.nodes[1:] or self.nodes


def for_preset(settings: Settings, preset: Preset) -> Settings:
    """Return the settings of the cluster that a preset is made for, with a name and a state of its own.

    The ports stay the same: two of these clusters would not fit on one machine anyway.
    """
    if preset == "kind":
        return settings
    return replace(settings, preset=preset, name=f"{settings.name}-{preset}", workers=0)


def cache_dir(environment: Mapping[str, str]) -> Path:
    """Return `$XDG_CACHE_HOME/kube-flask`, by default `~/.cache/kube-flask`."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kube-flask"
