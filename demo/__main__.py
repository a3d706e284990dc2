"""Tell the story and exit: 0 only if every step went as told; everything made is removed on every way out."""

import argparse
import signal
import sys
from io import TextIOWrapper
from types import FrameType

from rich.console import Console
from rich.text import Text

from demo.scims import FEWEST_USERS, USERS
from demo.shell import StoryError
from demo.story import tell

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WIDTH_OF_A_LOG = 110


def main() -> int:
    """Run the demo; return its exit code."""
    users = _users()
    for number in _STOPPING:
        signal.signal(number, _stop)
    console = _console()
    try:
        tell(console, users)
    except StoryError as error:
        console.print(Text(f"\nThe demo did not go as told: {error}", "bold red"))
        return 1
    return 0


def _users() -> int:
    """How large the database is to be: nine rows for each user."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="The main job, shown.")
    parser.add_argument("--users", type=int, default=USERS, metavar="N", help=f"default: {USERS}")
    users: int = parser.parse_args().users
    if users < FEWEST_USERS:
        parser.error(f"--users must be {FEWEST_USERS} or more")
    return users


def _stop(number: int, _frame: FrameType | None) -> None:
    """Unwind everything once; further signals must not cut the clearing up short."""
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    print("\nstopping, and removing what was made …", file=sys.stderr, flush=True)
    sys.exit(128 + number)


def _console() -> Console:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_LOG
    return Console(highlight=False, markup=False, emoji=False, width=width)


sys.exit(main())
