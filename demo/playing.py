"""Playing a story: 0 only if every step went as told; everything made is removed on every way out."""

import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from types import FrameType

from rich.console import Console
from rich.text import Text

from demo.shell import StoryError

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WIDTH_OF_A_LOG = 110


def play(tell: Callable[[Console], None]) -> int:
    """Tell a story and return the exit code."""
    for number in _STOPPING:
        signal.signal(number, _stop)
    console = _console()
    try:
        tell(console)
    except StoryError as error:
        console.print(Text(f"\nThe demo did not go as planned: {error}", "bold red"))
        return 1
    return 0


def _stop(number: int, _frame: FrameType | None) -> None:
    """Unwind everything once; further signals must not cut the clearing up short."""
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    print("\nstopping, and removing everything the demo created …", file=sys.stderr, flush=True)
    sys.exit(128 + number)


def _console() -> Console:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_LOG
    return Console(highlight=False, markup=False, emoji=False, width=width)
