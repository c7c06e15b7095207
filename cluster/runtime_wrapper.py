#!/usr/bin/env python3
"""An OCI runtime: runc without CAP_SYS_RESOURCE, for machines whose root does not have it."""

import itertools
import json
import os
import shutil
import sys
from collections.abc import Sequence


def strip(process: dict[str, dict[str, list[str]]]) -> None:
    """Take the capability out of every set of an OCI process description."""
    for name, capabilities in (process.get("capabilities") or {}).items():
        process["capabilities"][name] = [c for c in capabilities if c != "CAP_SYS_RESOURCE"]


def rewrite(arguments: Sequence[str]) -> None:
    """Strip the file that a `create --bundle DIR` or `exec --process FILE` will read."""
    for option, value in itertools.pairwise(arguments):
        if option == "--bundle" and "create" in arguments:
            path, inside = os.path.join(value, "config.json"), True
        elif option == "--process":
            path, inside = value, False
        else:
            continue
        with open(path) as file:
            document = json.load(file)
        strip(document["process"] if inside else document)
        with open(path, "w") as file:
            json.dump(document, file)


if __name__ == "__main__":
    rewrite(sys.argv[1:])
    os.execv(shutil.which("runc") or "/usr/sbin/runc", ["runc", *sys.argv[1:]])
