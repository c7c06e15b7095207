"""Nodes for tests: this machine's own shell, alone in a network namespace where packets are dropped."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence

import pytest

from chaos.faults.hands import RUN_S, FaultError

NEEDED = ("unshare", "nsenter", "iptables", "ip6tables", "ip", "pgrep")
as_root = pytest.mark.skipif(
    os.getuid() != 0 or not all(map(shutil.which, NEEDED)), reason=f"needs root and {', '.join(NEEDED)}"
)


class LocalShell:
    """Commands on this machine, as a node would run them; `entered` comes before each."""

    def __init__(self, *entered: str) -> None:
        self._entered = entered

    def run(self, node: str, argv: Sequence[str], timeout_s: float = RUN_S) -> str:
        done = subprocess.run(
            [*self._entered, *argv], capture_output=True, text=True, timeout=timeout_s, check=False
        )
        if done.returncode:
            raise FaultError(done.stderr)
        return done.stdout


@pytest.fixture
def network() -> Iterator[LocalShell]:
    """A shell in a network namespace of its own, with nothing but loopback."""
    ready = "ip link set lo up && echo up && exec sleep 60"
    with subprocess.Popen(
        ["unshare", "--net", "sh", "-c", ready], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "up\n"
        yield LocalShell("nsenter", f"--net=/proc/{holder.pid}/ns/net")
        holder.kill()
