"""`ha`: node and pool are PID 1 of the images; status, switchover, unlock are for people; the rest is repmgrd's."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ha.logs import log_to_stdout
from ha.settings import Settings, SettingsError

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ha", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("node", help="run the node agent and PostgreSQL")
    commands.add_parser("pool", help="run the pool agent and pgpool")
    status = commands.add_parser("status", help="a table of the nodes and the pools' views")
    status.add_argument("--json", action="store_true", help="print the facts instead of a table")
    validate = commands.add_parser("validate", help="repmgrd asks whether this node may be promoted")
    validate.add_argument("facts", nargs="*", help="what repmgrd believes; the agent asks the members itself")
    commands.add_parser("promote", help="repmgrd's promote_command")
    switchover = commands.add_parser("switchover", help="hand the primary's role over, as a drain does")
    switchover.add_argument("node", nargs="?", help="to this node; default: whoever holds everything first")
    unlock = commands.add_parser(
        "unlock", help="lead although too few members are left to vote; it can lose data, and asks before"
    )
    unlock.add_argument("--yes", action="store_true", help="do not ask")
    follow = commands.add_parser("follow", help="repmgrd's follow_command")
    follow.add_argument("node_id", type=int, help="repmgr node id of the new primary")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; settings that cannot be used end with exit code 2 and one sentence."""
    args = _parser().parse_args(argv)
    log_to_stdout()
    try:
        return _run(args, Settings.load())
    except SettingsError as error:
        print(f"ha {args.command}: {error}", file=sys.stderr)
        return 2


def _run(args: argparse.Namespace, settings: Settings) -> int:
    # Each command imports only what it runs: repmgrd waits for the start of its hooks.
    match args.command:
        case "node":
            from ha.node.agent import main as node

            return node(settings)
        case "pool":
            from ha.pool.agent import main as pool

            return pool(settings)
        case "status":
            from ha.status import main as status

            return status(settings, as_json=args.json)
        case "switchover":
            from ha.switchover import main as switchover

            return switchover(settings, args.node)
        case "unlock":
            from ha.unlock import main as unlock

            return unlock(settings, yes=args.yes)
        case hook:
            from ha.node.hooks import call

            return call(settings, hook, {"node_id": args.node_id} if hook == "follow" else None)


if __name__ == "__main__":
    sys.exit(main())
