"""What one bring-up is told: frozen, made once from the command line and the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

ImageSource = Literal["auto", "pull", "build"]
IMAGE_SOURCES: tuple[ImageSource, ...] = get_args(ImageSource)


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
    name: str = "kube-flask"
    """The kind cluster and, with the prefix `kind-`, the kubectl context."""
    namespace: str = "kube-flask"
    workers: int = 3
    """One per PostgreSQL node, because those refuse to share one."""
    host_port: int = 8080
    """The application on this machine, at 127.0.0.1."""
    node_port: int = 30080
    """The application on every node; fixed by synth."""
    service_subnet: str = "10.96.0.0/16"
    pod_subnet: str = "10.244.0.0/16"
    ready_timeout_s: int = 420
    """How long the applied platform may take to answer with a todo it was given."""

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig that holds nothing but this cluster."""
        return self.cache / "kubeconfig"

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
        return "make down, then make up"

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


def cache_dir(environment: Mapping[str, str]) -> Path:
    """Return `$XDG_CACHE_HOME/kube-flask`, by default `~/.cache/kube-flask`."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kube-flask"
