"""`python -m synth`: write the manifests of these settings into a folder."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from synth.load import UsageError, load
from synth.output import write
from synth.presets import PRESETS
from synth.toolchain import ToolchainError

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status (2 = the settings cannot be used)."""
    parser = argparse.ArgumentParser(prog="python -m synth", description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), help="start from these settings")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="YAML or JSON file with settings")
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one setting; may be repeated",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write (default: $CDK8S_OUTDIR, else dist)"
    )
    parser.add_argument(
        "--allow-failpoints",
        action="store_true",
        help="take settings that switch safeties off (failpoints.*); only for a cluster that may lose its data",
    )
    parser.add_argument(
        "--allow-unsafe-timing",
        action="store_true",
        help="take timings that break an inequality (timing: bitnami); only to measure a baseline",
    )
    args = parser.parse_args(argv)
    # cdk8s-cli empties its output folder and tells us by this variable where that is.
    out = args.out or Path(os.environ.get("CDK8S_OUTDIR") or "dist")
    try:
        allowed = ["failpoints.allowed=true"] if args.allow_failpoints else []
        allowed += ["timing.allow_unsafe=true"] if args.allow_unsafe_timing else []
        names = write(load(args.preset, args.settings, [*args.sets, *allowed]), out)
    except (UsageError, ToolchainError) as error:
        print(f"synth: {error}", file=sys.stderr)
        return 2
    print(f"synth: {len(names)} files in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
