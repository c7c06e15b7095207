"""`python -m ha.vote.model`: explore the vote, and its weakened rules, and print what was seen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ha.vote.model.configs import DEEP, UNIT, WEAK
from ha.vote.model.explore import Result, explore
from ha.vote.model.healed import stuck
from ha.vote.model.show import show, summary
from ha.vote.model.state import Config
from ha.vote.model.system import System

__all__ = ["main"]

EVERY = 97
"""Of so many states one is healed and watched: a prime, so that no pattern of the search is followed."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ha.vote.model", description=__doc__)
    parser.add_argument("--deep", action="store_true", help="the larger bounds too: minutes and gigabytes")
    parser.add_argument("--most", type=int, help="stop an exploration at so many states")
    parser.add_argument("--only", default="", metavar="TEXT", help="only those whose name contains TEXT")
    parser.add_argument("--weak", action="store_true", help="the weakened rules instead, with their traces")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the real rules hold and every weakened one is found out."""
    args = _parser().parse_args(argv)
    configs = tuple(WEAK.values()) if args.weak else (*UNIT, *(DEEP if args.deep else ()))
    chosen = [config for config in configs if args.only in config.name]
    if not chosen:
        names = "\n  ".join(config.name for config in configs)
        print(f"--only {args.only!r} is in no name; there are:\n  {names}", file=sys.stderr)
        return 2
    return max(_run(config, args.most, found=args.weak) for config in chosen)


def _run(config: Config, most: int | None, *, found: bool) -> int:
    system = System(config)
    result = explore(system, most=most, every=0 if found else EVERY)
    print(show(result) if result.why else summary(result), flush=True)
    if not found:
        return 1 if result.why or _healed(system, result) else 0
    return 0 if result.why else 1


def _healed(system: System, result: Result) -> bool:
    runs, failed = 0, []
    for state in result.sample:
        for name, why in stuck(system, state):
            runs += 1
            failed += [f"{name}: {why}"] if why else []
    print(f"  healed in {runs:,} ways from {len(result.sample):,} of these states: {len(failed)} stuck")
    print("".join(f"  {line}\n" for line in failed[:3]), end="", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
