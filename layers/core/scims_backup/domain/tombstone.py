"""The tombstone: says that a backup is being removed, and holds its manifest, which may have to come back."""

from __future__ import annotations

import json
from dataclasses import dataclass

from scims_backup.domain.documents import damaged, read

VERSION = 1


@dataclass(frozen=True)
class Tombstone:
    """manifest: the bytes as they were stored."""

    manifest: bytes

    def to_bytes(self) -> bytes:
        """Write the document, the same bytes for the same manifest."""
        document = {"version": VERSION, "manifest": self.manifest.decode()}
        return json.dumps(document, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Tombstone:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        text = read(_Document, data, name, VERSION).manifest
        try:
            return cls(text.encode())
        except UnicodeEncodeError as error:
            raise damaged(name, "manifest holds half a character") from error


@dataclass(frozen=True)
class _Document:
    manifest: str
