"""The Python packages of the images, fetched on the host: a build without a registry has no HTTPS either."""

import platform
import sys
from pathlib import Path

from cluster.content import Stamp, content_key
from cluster.settings import Settings
from cluster.shell import Shell

REQUIREMENTS = ("app/requirements.txt", "ha/requirements.txt")
IMAGE_PYTHON = "3.13"
"""Debian trixie's python3."""
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
GLIBC_TAGS = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")


def platforms(machine: str) -> list[str]:
    """Return pip's names of the platforms whose wheels run in the images, for this machine's own architecture."""
    return [f"{tag}_{ARCHITECTURES[machine]}" for tag in GLIBC_TAGS]


def ensure(shell: Shell, settings: Settings) -> None:
    """Make `wheels/` hold exactly what the requirement files pin.

    Raises:
        StepFailed: the package index did not give it.

    """
    folder, draft = settings.root / "wheels", settings.root / "build" / "wheels"
    stamp = Stamp(settings.root / "build" / "wheels.key")
    wanted = content_key(
        [settings.root / r for r in REQUIREMENTS], *platforms(platform.machine()), root=settings.root
    )
    if stamp.says(f"{wanted}\n{_listing(folder)}"):
        return
    shell.say("pip download of the images' Python packages")
    stamp.clear()
    for old in (*folder.glob("*.whl"), *draft.glob("*.whl")):
        old.unlink()
    only = ["--only-binary=:all:", "--python-version", IMAGE_PYTHON]
    only += [word for name in platforms(platform.machine()) for word in ("--platform", name)]
    for requirements in REQUIREMENTS:
        pip: list[str | Path] = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", draft]
        shell.run(
            [*pip, *only, "--requirement", settings.root / requirements], advice="check that PyPI answers"
        )
    for wheel in draft.glob("*.whl"):
        wheel.rename(folder / wheel.name)
    stamp.write(f"{wanted}\n{_listing(folder)}")


def _listing(folder: Path) -> str:
    return "\n".join(sorted(w.name for w in folder.glob("*.whl")))
