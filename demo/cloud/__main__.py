"""The AWS stack, played on this machine."""

import argparse
import sys

from demo.cloud.story import tell
from demo.playing import play
from demo.scims import FEWEST_USERS

_NIGHTS, _USERS = 4, 2000


def main() -> int:
    """Run the demo; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.cloud", description="Shows the AWS stack on this machine."
    )
    parser.add_argument("--nights", type=int, default=_NIGHTS, metavar="N", help=f"default: {_NIGHTS}")
    parser.add_argument("--users", type=int, default=_USERS, metavar="N", help=f"default: {_USERS}")
    asked = parser.parse_args()
    if asked.nights < 1 or asked.users < FEWEST_USERS:
        parser.error(f"--nights must be 1 or more, --users {FEWEST_USERS} or more")
    return play(lambda console: tell(console, asked.nights, asked.users))


sys.exit(main())
