"""A restore that a task was asked for, as the catalog's objects tell of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.documents import read

VERSION = 1
REQUEST = "SCIMS_RESTORE_REQUEST"
"""How the task hears which request it works on."""


@dataclass(frozen=True)
class RestoreAsked:
    """That a task was asked for a restore.

    run: an id of the run that asks, so that no two documents are the same.
    seconds: what the restore is predicted to take in a function.
    """

    run: str
    database: str
    seconds: float
    asked: datetime

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        document = {"version": VERSION, **vars(self), "asked": self.asked.isoformat()}
        return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> RestoreAsked:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)


@dataclass(frozen=True)
class RestoreTask:
    """One time that a task was asked for a restore.

    number: of the requests for this backup and database, from 1 on.
    task: its name where it runs; None if none is known to have been started.
    """

    backup: BackupId
    number: int
    asked: RestoreAsked
    task: str | None = None

    @property
    def request(self) -> str:
        """The name of the request in events."""
        return f"{keys.restored_word(self.asked.database)}-{self.number}"
