"""The locks in a repository, and whether those who made them are still there: as restic itself judges it."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.domain.errors import VaultError
from scims_backup.domain.health_rules import Lock

_ID = re.compile(r"^[0-9a-f]{64}$", re.MULTILINE)


def listed(program: Program) -> list[Lock]:
    """Return the locks of a repository. Raise VaultError if they cannot be read."""
    said = program.answer("cannot list the locks", "list", "locks", "--no-lock").decode()
    return [lock for name in _ID.findall(said) for lock in _read(program, name)]


def _read(program: Program, name: str) -> Iterator[Lock]:
    try:
        said = program.answer("cannot read a lock", "cat", "lock", name, "--no-lock")
    except VaultError:
        if name in program.answer("cannot list the locks", "list", "locks", "--no-lock").decode():
            raise
        return  # its restic has ended meanwhile
    lock: dict[str, Any] = json.loads(said)
    holder = f"PID {lock.get('pid')} on {lock.get('hostname')}"
    yield Lock(holder, datetime.fromisoformat(lock["time"]), _is_gone(lock))


def _is_gone(lock: dict[str, Any]) -> bool:
    """Whether its process is gone; of another machine's nobody here knows."""
    if lock.get("hostname") != socket.gethostname() or not lock.get("pid"):
        return False
    try:
        os.kill(int(lock["pid"]), 0)
    except OSError as error:  # another user's process refuses the signal, and so it is there
        return isinstance(error, ProcessLookupError)
    return False
