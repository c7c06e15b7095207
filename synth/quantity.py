"""Kubernetes quantities as numbers, for the checks that compare them."""

from __future__ import annotations

import re

__all__ = ["cpu_cores", "memory_bytes", "memory_mb"]

UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
UNITS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
MEMORY = re.compile(r"([1-9][0-9]*)(" + "|".join(UNITS) + ")")
CPU = re.compile(r"([1-9][0-9]*)(m?)|(0\.[0-9]*[1-9]|[1-9][0-9]*\.[0-9]+)")


def memory_bytes(text: str) -> int:
    """Bytes in a quantity such as 512Mi; raises ValueError for anything that is not one, and for 0."""
    found = MEMORY.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no amount of memory")
    return int(found[1]) * UNITS[found[2]]


def memory_mb(text: str) -> int:
    """Whole MiB in a quantity; raises ValueError."""
    return memory_bytes(text) // 2**20


def cpu_cores(text: str) -> float:
    """Cores in a quantity such as 250m or 1.5; raises ValueError for anything that is not one, and for 0."""
    found = CPU.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no amount of CPU")
    return float(found[3]) if found[3] else int(found[1]) / (1000 if found[2] else 1)
