"""The main job by the command line alone."""

import argparse
import sys

from demo.playing import play
from demo.scims import FEWEST_USERS, USERS
from demo.story import tell


def main() -> int:
    """Run the demo; return its exit code."""
    users = _users()
    return play(lambda console: tell(console, users))


def _users() -> int:
    """How large the database is to be: nine rows for each user."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Shows a backup, its drill, and faults that the drill finds."
    )
    parser.add_argument("--users", type=int, default=USERS, metavar="N", help=f"default: {USERS}")
    users: int = parser.parse_args().users
    if users < FEWEST_USERS:
        parser.error(f"--users must be {FEWEST_USERS} or more")
    return users


sys.exit(main())
