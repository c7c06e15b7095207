"""The nodes' share of the processors, where others want them too: a cgroup of docker counts as one process."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["GROUPS", "raise_weights"]

# A node has the work of a machine, so four in one group of the default weight starve beside two busy processes:
# with clients on the same two cores, failovers took twice as long as with this (measured on kind, 28 November).
GROUPS: Mapping[Path, int] = {
    Path("/sys/fs/cgroup/cpu/docker/cpu.shares"): 16 * 1024,
    Path("/sys/fs/cgroup/docker/cpu.weight"): 16 * 100,
}
"""cgroup v1 and v2 as dockerd's cgroupfs driver makes them, with 16 times the kernel's default weight of each."""


def raise_weights(groups: Mapping[Path, int] = GROUPS) -> list[Path]:
    """Raise the weight of docker's cgroup where there is one and it is lower; return the files that were changed.

    It is a favour: without root, or with systemd's cgroups, everything works and is only slower on a busy machine.
    """
    raised = []
    for file, weight in groups.items():
        with suppress(OSError, ValueError):
            if int(file.read_text()) < weight:
                file.write_text(str(weight))
                raised.append(file)
    return raised
