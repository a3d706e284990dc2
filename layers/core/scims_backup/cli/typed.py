"""Commands to be typed next, with the options that were typed before."""

from __future__ import annotations

import shlex

from scims_backup.settings.model import Flags

_OF_UNDO = ("config", "source", "source_url", "catalog", "target_url")


def undo_command(flags: Flags) -> str:
    """The command that undoes a swap at the same place. Addresses hold no passwords: they are refused."""
    options = [
        word
        for name in _OF_UNDO
        if (value := getattr(flags, name)) is not None
        for word in (f"--{name.replace('_', '-')}", value)
    ]
    return shlex.join(["scims-backup", "restore", "--undo", *options])
