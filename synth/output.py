"""From settings to a folder of files, all or nothing."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from synth import toolchain
from synth.load import UsageError
from synth.settings import Settings

__all__ = ["write"]

SUFFIX = ".k8s.yaml"
RELEASE = "dist"
"""Name of the folder whose manifests are committed and applied by strangers."""


def write(settings: Settings, out: Path) -> list[str]:
    """Put the manifests into the folder and remove those of an earlier run; returns the file names.

    Everything is built aside first: a failure leaves the old files as they were. Raises UsageError when
    the folder cannot be written or is that of a release and a safety is off, ToolchainError when cdk8s has no node.
    """
    if out.resolve().name == RELEASE and (unsafe := _unsafe(settings)):
        raise UsageError(f"--out {out}: {unsafe} never go into a release; give another folder")
    toolchain.prepare()
    from synth.platform import build

    with tempfile.TemporaryDirectory(prefix="kube-flask-synth-") as aside:
        build(settings, Path(aside))
        made = sorted(Path(aside).iterdir())
        try:
            out.mkdir(parents=True, exist_ok=True)
            for path in made:
                # A rename within the folder: a reader never sees half a file.
                shutil.copyfile(path, out / f".{path.name}.new")
                (out / f".{path.name}.new").replace(out / path.name)
            for old in set(out.glob(f"*{SUFFIX}")) - {out / path.name for path in made}:
                old.unlink()
        except OSError as error:
            raise UsageError(f"--out {out}: cannot be written ({error.strerror}); give a folder") from None
    return [path.name for path in made]


def _unsafe(settings: Settings) -> str:
    """What keeps these settings out of a release; empty when nothing does."""
    if settings.failpoints.active:
        return f"failpoints ({', '.join(settings.failpoints.active)})"
    return f"unsafe timings (profile {settings.timing.profile})" if settings.timing.unsafe else ""
