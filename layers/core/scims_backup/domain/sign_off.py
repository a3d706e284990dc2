"""That somebody has restored a backup by hand, in full, where it would count, and answers for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.documents import read

VERSION = 1


@dataclass(frozen=True)
class SignOff:
    """Who restored a backup by hand and confirms that it works.

    by: the person who signs off
    at: when
    target: the server and its live database, without secrets
    """

    by: str
    at: datetime
    target: str

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        document = {"version": VERSION, "by": self.by, "at": self.at.isoformat(), "target": self.target}
        return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> SignOff:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)
