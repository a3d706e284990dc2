"""Replacing the live database only after its name was typed, as an option or at a prompt."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scims_backup.runtime.progress import text
from scims_backup.usecases.restores.confirm_replacement import refuse_unconfirmed

if TYPE_CHECKING:
    from scims_backup.bootstrap.application import Application


def refuse_unconfirmed_now(application: Application, confirm: str | None, option: str) -> bool:
    """Return whether the name remains to be typed at a prompt.

    Raise UsageError if there is no terminal to ask at, or another name was given.
    """
    if confirm is None and sys.stdin.isatty():
        return True
    _refuse(application.swapping_target().live, confirm, option)
    return False


def refuse_unconfirmed_after(lines: Sequence[str], live: str, option: str) -> None:
    """Show on standard error what would be replaced, and ask for its name. Raise UsageError if it differs."""
    shown = "\n".join(text.printable(line) for line in lines)
    print(f"{shown}\nType its name to confirm: ", end="", file=sys.stderr, flush=True)  # noqa: T201
    _refuse(live, sys.stdin.readline().strip(), option)


def _refuse(live: str, typed: str | None, option: str) -> None:
    refuse_unconfirmed(live, typed, option, f"confirm it: --confirm {live}")
