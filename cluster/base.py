"""The Debian image everything is built on: pulled, or made by debootstrap."""

import platform

from cluster import docker, versions
from cluster.settings import Settings
from cluster.shell import Shell
from cluster.sources import Source

# What debian:*-slim leaves out; kept out of every later apt-get too.
UNWANTED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "var/lib/apt/lists",
    "var/cache/apt",
)
DPKG = (
    "\n".join(f"path-exclude /{p}/*" for p in UNWANTED if p.startswith("usr"))
    + "\npath-include /usr/share/doc/*/copyright\n"
)
# In namespaces of its own: when it is killed, every process and every mount of it is gone too.
ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def name(source: Source) -> str:
    """Return the image reference that Dockerfiles get as BASE."""
    return versions.BASE_PULLED if source.kind == "pull" else versions.BASE_BUILT


def ensure(shell: Shell, settings: Settings, source: Source) -> str:
    """Make the base image local.

    Raises:
        StepFailed: the registry or the Debian mirror did not give it.

    """
    image = name(source)
    if docker.image_id(shell, image):
        return f"{image.partition('@')[0]} is here"
    if source.kind == "pull":
        shell.run(["docker", "pull", image], advice="make up IMAGES=build")
        return f"pulled {image}"
    _bootstrap(shell, settings, image)
    return f"built {image} with debootstrap"


def apt_sources(written: str) -> str:
    """Return what debootstrap wrote, with the updates and the security archive of the same mirror."""
    mirror = written.split()[1].rstrip("/")
    return (
        f"deb {mirror} trixie main\ndeb {mirror} trixie-updates main\n"
        f"deb {mirror}-security trixie-security main\n"
    )


def _bootstrap(shell: Shell, settings: Settings, image: str) -> None:
    tree = settings.cache / "debootstrap"
    shell.run(["rm", "-rf", "--one-file-system", tree])
    architecture = ARCHITECTURES[platform.machine()]
    shell.say("debootstrap (about 30 s)")
    shell.run(
        [
            "debootstrap",
            f"--arch={architecture}",
            "--variant=minbase",
            "trixie",
            tree,
        ],
        advice="check that apt-get update works (debootstrap uses its own default mirror), then run this again",
    )
    for folder in UNWANTED:
        shell.run(
            [
                "find",
                tree / folder,
                "-mindepth",
                "1",
                "-not",
                "-type",
                "d",
                "-not",
                "-name",
                "copyright",
                "-delete",
            ]
        )
    (tree / "etc/dpkg/dpkg.cfg.d/slim").write_text(DPKG)
    (tree / "etc/apt/apt.conf.d/slim").write_text(
        'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n'
    )
    sources = tree / "etc/apt/sources.list"
    sources.write_text(apt_sources(sources.read_text()))
    (tree / "etc/resolv.conf").unlink(missing_ok=True)
    archive = settings.cache / "base.tar"
    shell.run(["tar", "-C", tree, "--one-file-system", "-cf", archive, "."])
    shell.run(["docker", "import", "--change", 'CMD ["bash"]', archive, image])
    archive.unlink()
    shell.run(["rm", "-rf", "--one-file-system", tree])
