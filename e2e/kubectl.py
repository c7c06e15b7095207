"""kubectl, for what an administrator does with it; KindCluster of pytest-kind holds the paths."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from pytest_kind import KindCluster

from chaos.deadlines import DEADLINES
from cluster.settings import Settings

__all__ = ["Kubectl", "Refused"]


class Refused(subprocess.CalledProcessError):
    """kubectl failed; says why, which CalledProcessError does not."""

    def __str__(self) -> str:
        return f"kubectl {' '.join(self.cmd)}: {(self.stderr or '').strip()}"


class Kubectl:
    """kubectl for the namespace of the platform."""

    def __init__(self, settings: Settings) -> None:
        self._namespace = settings.namespace
        # All paths are given, and nothing but kubectl() is called: it neither downloads nor creates anything.
        self._cluster = KindCluster(
            settings.name,
            kubeconfig=settings.kubeconfig,
            kind_path=settings.cache / "bin" / "kind",
            kubectl_path=settings.root / ".venv" / "bin" / "kubectl",
        )

    def __call__(self, *args: str) -> str:
        """Run kubectl and return its output. Raises Refused and subprocess.TimeoutExpired."""
        try:
            output: str = self._cluster.kubectl(
                f"--namespace={self._namespace}", *args, stderr=subprocess.PIPE, timeout=DEADLINES.api_call
            )
        except subprocess.CalledProcessError as error:
            raise Refused(error.returncode, args, error.output, error.stderr) from error
        return output

    def get(self, *args: str) -> Any:
        """Return objects as JSON; of a list its items."""
        answer = json.loads(self("get", *args, "--output=json"))
        return answer["items"] if answer["kind"] == "List" else answer
