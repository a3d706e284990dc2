"""The manifest: the small JSON document that says a backup exists (docs/manifest-format.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.documents import checked, moment_in, parsed, texts, typed
from scims_backup.domain.errors import DocumentError

VERSION = 1


@dataclass(frozen=True)
class Archive:
    """The bytes of one dump, and where they lie.

    bytes: length of the archive; stored_bytes: what the vault added for it; sha256: of the archive, hex.
    vault: kind of vault, e.g. `restic`; ref: the vault's own name for the archive.
    """

    bytes: int
    stored_bytes: int
    sha256: str
    vault: str
    ref: str

    @property
    def vault_ref(self) -> str:
        """Kind and name in one word, e.g. `restic:4bba301e…`."""
        return f"{self.vault}:{self.ref}"


@dataclass(frozen=True)
class ProofRef:
    """Where the proof lies, how deep it looked, and the SHA-256 of its stored bytes."""

    key: str
    sha256: str
    level: str


@dataclass(frozen=True)
class Manifest:
    """One backup: what, when, where, checksum, and where its proof is."""

    backup: BackupId
    started: datetime
    finished: datetime
    archive: Archive
    proof: ProofRef
    server: dict[str, str] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Write the document, the same bytes for the same manifest."""
        document = {
            "version": VERSION,
            "id": str(self.backup),
            "source": self.backup.source,
            "stamp": self.backup.stamp,
            "started": self.started.isoformat(),
            "finished": self.finished.isoformat(),
            "archive": vars(self.archive),
            "proof": vars(self.proof),
            "server": self.server,
            "tools": self.tools,
            "warnings": list(self.warnings),
        }
        return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Manifest:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        document = parsed(data, name, VERSION)
        with checked(name):
            return cls._of(document, name)

    @classmethod
    def _of(cls, document: dict[str, Any], name: str) -> Manifest:
        backup = BackupId(document["source"], document["stamp"])
        if typed(document["id"], str) != str(backup):
            raise DocumentError(f"{name} is damaged: its id {document['id']!r} is not {backup}")
        return cls(
            backup=backup,
            started=moment_in(document["started"]),
            finished=moment_in(document["finished"]),
            archive=_archive(document["archive"]),
            proof=ProofRef(**texts(document["proof"])),
            server=texts(document["server"]),
            tools=texts(document["tools"]),
            warnings=tuple(typed(warning, str) for warning in typed(document["warnings"], list)),
        )


def _archive(document: dict[str, Any]) -> Archive:
    return Archive(
        bytes=typed(document["bytes"], int),
        stored_bytes=typed(document["stored_bytes"], int),
        sha256=typed(document["sha256"], str),
        vault=typed(document["vault"], str),
        ref=typed(document["ref"], str),
    )


def clock_went_back(started: datetime, newest: datetime) -> bool:
    """Say whether a backup that starts now would sort before one whose snapshot was taken already."""
    return stamp_of(started) < stamp_of(newest)
