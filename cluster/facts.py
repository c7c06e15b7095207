"""What the machine is like, read from the text of its own files: decisions without I/O."""

import re

CAP_SYS_RESOURCE = 24
"""Bit number in the capability masks of /proc/PID/status (linux/capability.h)."""


def lacks_sys_resource(status: str) -> bool:
    """Tell from the text of /proc/self/status whether CAP_SYS_RESOURCE is out of reach for good.

    Without it no `docker run --privileged` starts: runc asks for all capabilities.
    """
    bounding = re.search(r"^CapBnd:\s*([0-9a-fA-F]+)$", status, re.MULTILINE)
    return bounding is not None and not int(bounding[1], 16) >> CAP_SYS_RESOURCE & 1


def is_debian_like(os_release: str) -> bool:
    """Tell from the text of /etc/os-release whether apt-get installs what is missing."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    words = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return bool({"debian", "ubuntu"} & set(words))


def version_tuple(text: str) -> tuple[int, ...]:
    """Return the first dotted number in a text, `kind v0.33.0 go1.26` → (0, 33, 0); empty when there is none."""
    found = re.search(r"\d+(\.\d+)+", text)
    return tuple(int(n) for n in found[0].split(".")) if found else ()


def at_least(text: str, wanted: str) -> bool:
    """Tell whether the version in a program's own words is `wanted` or newer."""
    return version_tuple(text) >= version_tuple(wanted)
