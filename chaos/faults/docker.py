"""kind's nodes: docker containers, which are killed, paused and entered through docker's command line."""

from __future__ import annotations

import io
import ipaddress
import json
import subprocess
import tarfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from chaos.faults.hands import RUN_S, FaultError
from chaos.faults.shells import Ended, Late, Shells

__all__ = ["DockerNodes", "free_below"]

ENGINE_S = 60.0
"""Starting a node was seen to take 1 s."""
KUBELET_FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
NO_DOCKER = "docker cannot be run ({}); install it, or mend PATH."
PLACEHOLDER_S = 60
PLACEHOLDERS_MAX = 32


class DockerNodes:
    """The nodes of one kind cluster: a NodeShell and a NodeEngine."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster
        self._starting = threading.Lock()
        self._shells = Shells(lambda node: ["docker", "exec", "--interactive", node, "sh"])

    def __enter__(self) -> DockerNodes:
        """Keep the shells that commands open."""
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        self._shells.close()

    def run(self, node: str, argv: Sequence[str], timeout_s: float = RUN_S) -> str:
        """Return what a command prints on a node."""
        what = f"`{_short(argv)}` on {node}"
        try:
            said = self._shells.run(node, argv, timeout_s)
        except Late as error:
            raise FaultError(f"{what} did not end within {timeout_s:g} s.") from error
        except Ended as error:
            raise FaultError(f"{what} could not be run: {error or 'the shell there ended'}") from error
        except OSError as error:
            raise FaultError(NO_DOCKER.format(error)) from error
        if said.code:
            why = " ".join(said.error.split())[-300:]
            raise FaultError(f"{what} failed: {why or f'exit code {said.code}'}")
        return said.out

    def states(self) -> Mapping[str, str]:
        """Return the state of every node as docker calls it."""
        label = f"label=io.x-k8s.kind.cluster={self._cluster}"
        words = (
            _docker("ps", "--all", "--filter", label, "--format", "{{.Names}} {{.State}}").decode().split()
        )
        if not words:
            raise FaultError(f"There is no kind cluster {self._cluster} here; run `make up`.")
        return dict(zip(words[::2], words[1::2], strict=True))

    def kill(self, node: str) -> None:
        """SIGKILL everything in the node's container."""
        _docker("kill", node)

    def pause(self, node: str) -> None:
        """Freeze the node's container."""
        _docker("pause", node)

    def unpause(self, node: str) -> None:
        """Thaw it."""
        _docker("unpause", node)

    def start(self, node: str) -> None:
        """Start the node's container with the address that its kubelet and its routes know.

        docker gives whoever starts the lowest free address, so nodes that were down together would swap theirs.
        """
        with self._starting, ExitStack() as stack:
            wanted = self._kubelet_address(node)
            facts = _inspect("container", node)
            [network] = facts["NetworkSettings"]["Networks"]
            for _ in range(_free_below(network, wanted)):
                stack.enter_context(_placeholder(network, facts["Image"]))
            _docker("start", node)
            got = _inspect("container", node)["NetworkSettings"]["Networks"][network]["IPAddress"]
        if got != wanted:
            raise FaultError(
                f"{node} was started with the address {got} instead of {wanted}, so the cluster cannot work; "
                "run `make down up`."
            )

    def _kubelet_address(self, node: str) -> str:
        packed = io.BytesIO(_docker("cp", f"{node}:{KUBELET_FLAGS}", "-"))
        with tarfile.open(fileobj=packed) as archive:
            file = archive.extractfile(archive.getmembers()[0])
            text = file.read().decode() if file else ""
        _, found, rest = text.partition("--node-ip=")
        if not found:
            raise FaultError(f"{KUBELET_FLAGS} of {node} names no --node-ip; run `make down up`.")
        return rest.split()[0].strip('"')


def free_below(address: str, subnet: str, used: Iterable[str]) -> int:
    """Return how many addresses of a subnet are free and lower than `address`."""
    wanted, lowest = int(ipaddress.ip_address(address)), int(ipaddress.ip_network(subnet).network_address) + 1
    taken = {int(ipaddress.ip_address(other)) for other in used}
    return wanted - lowest - sum(lowest <= other < wanted for other in taken)


def _free_below(network: str, address: str) -> int:
    facts = _inspect("network", network)
    config = next(c for c in facts["IPAM"]["Config"] if ":" not in c["Subnet"])
    used = [c["IPv4Address"].partition("/")[0] for c in facts["Containers"].values()]
    count = free_below(address, config["Subnet"], [*used, config["Gateway"]])
    if count > PLACEHOLDERS_MAX:
        raise FaultError(f"{address} is too far up in the docker network {network}; run `make down up`.")
    return count


@contextmanager
def _placeholder(network: str, image: str) -> Iterator[None]:
    """Keep the lowest free address of a network from being given away; ends by itself should we be killed."""
    flags = ("--detach", "--rm", f"--network={network}", "--label=kube-flask-chaos", "--entrypoint=sleep")
    container = _docker("run", *flags, image, str(PLACEHOLDER_S)).decode().strip()
    try:
        yield
    finally:
        _docker("rm", "--force", container)


def _inspect(kind: str, name: str) -> Any:
    return json.loads(_docker(kind, "inspect", name))[0]


def _docker(*words: str, timeout_s: float = ENGINE_S) -> bytes:
    try:
        done = subprocess.run(["docker", *words], capture_output=True, timeout=timeout_s, check=True)
    except subprocess.CalledProcessError as error:
        why = " ".join(error.stderr.decode(errors="replace").split())[-300:]
        raise FaultError(
            f"`docker {_short(words)}` failed: {why or f'exit code {error.returncode}'}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise FaultError(f"`docker {_short(words)}` did not end within {timeout_s:g} s.") from error
    except OSError as error:
        raise FaultError(NO_DOCKER.format(error)) from error
    return done.stdout


def _short(words: Sequence[str]) -> str:
    return " ".join(" ".join(words).split())[:80]
