"""What somebody reads at a terminal before the live database is replaced, and the name typed there."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scims_backup.runtime.progress import text
from scims_backup.usecases.restores.restore_backup import BeforeSwap


def before_swap_lines(known: BeforeSwap) -> list[str]:
    """Say what a swap replaces and by what, and what the restored database will not have."""
    since = f"what was written to {known.live} since {text.moment(known.since)}"
    if known.seen is None:
        there, lost = "is not there", f"{since} is not in the backup"
    else:
        there = f"{text.size(known.seen.bytes)}, connections: {known.seen.connections}"
        lost = f"{since} is not in the backup: it will only be in the database that is put aside"
    return [
        f"--swap replaces the live database {known.live} ({there})",
        f"  on {known.server}",
        f"  by {known.backup}",
        f"  {lost}",
    ]


def before_undo_lines(server: str, live: str) -> list[str]:
    """Say what an undo replaces."""
    return [
        f"--undo replaces the live database {live} by the one that the last swap put aside",
        f"  on {server}",
        f"  what was written to {live} since that swap will only be in the database that is put aside now",
    ]


def typed_after(lines: Sequence[str]) -> str:
    """Show lines on standard error, and return the name that is typed then."""
    shown = "\n".join(text.printable(line) for line in lines)
    print(f"{shown}\nType its name: ", end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip()
