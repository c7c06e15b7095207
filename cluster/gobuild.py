"""The Go programs of a cluster, built from the modules in `cluster/go` and kept by content."""

from dataclasses import dataclass
from pathlib import Path

from cluster.content import Stamp, content_key
from cluster.settings import Settings
from cluster.shell import Shell
from cluster.versions import KUBERNETES

_MAJOR, _MINOR, _ = KUBERNETES.split(".")
_VARIABLES = {"gitVersion": f"v{KUBERNETES}", "gitMajor": _MAJOR, "gitMinor": _MINOR}
_EXTRA = {"gitTreeState": "clean", "gitCommit": "unknown"}
KUBERNETES_FLAGS = " ".join(
    ["-s -w"]
    + [f"-X k8s.io/component-base/version.{k}={v}" for k, v in (_VARIABLES | _EXTRA).items()]
    + [f"-X k8s.io/client-go/pkg/version.{k}={v}" for k, v in _VARIABLES.items()]
)


@dataclass(frozen=True)
class Program:
    """A binary, the module folder it is built in and the package that is its main."""

    binary: str
    folder: str
    package: str = "."
    flags: str = "-s -w"


KIND = Program("kind", "kind", "sigs.k8s.io/kind")
NODE_PROGRAMS = (
    Program("kubernetes", "kubernetes", flags=KUBERNETES_FLAGS),
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    Program("coredns", "coredns"),
    Program("local-path-provisioner", "localpath", "github.com/rancher/local-path-provisioner"),
    Program("podnet", "podnet"),
)


def key_of(program: Program, root: Path) -> str:
    """Return the content key of a program: its module's own files (go.sum pins the rest) and its flags."""
    folder = root / "cluster" / "go" / program.folder
    return content_key([folder], program.package, program.flags, root=root)


def ensure(shell: Shell, settings: Settings, program: Program) -> Path:
    """Build the program unless it is there, and return its path.

    Raises:
        StepFailed: go could not build it.

    """
    target = settings.cache / "bin" / program.binary
    stamp, key = Stamp(target.with_suffix(".key")), key_of(program, settings.root)
    if target.exists() and stamp.says(key):
        return target
    draft = target.with_suffix(".building")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = settings.root / "cluster" / "go" / program.folder
    shell.say(
        f"go build {program.binary}{' (10 min when nothing is cached)' if program.binary == 'kubernetes' else ''}"
    )
    command: list[str | Path] = [
        "env",
        "CGO_ENABLED=0",
        "go",
        "build",
        "-trimpath",
        "-ldflags",
        program.flags,
        "-o",
        draft,
    ]
    shell.run([*command, program.package], cwd=folder, advice="check `go env GOPROXY`, then run this again")
    stamp.clear()
    draft.rename(target)
    stamp.write(key)
    return target
