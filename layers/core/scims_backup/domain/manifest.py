"""The manifest: the small JSON document that says a backup exists (docs/manifest-format.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.decoding import ALWAYS, INLINE, NOT_WRITTEN
from scims_backup.domain.documents import damaged, decoded
from scims_backup.domain.dump_time import Pace
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats, MadeBy, parsed_with_engine


@dataclass(frozen=True)
class Archive:
    """The bytes of one dump, and where they are stored.

    bytes: length of the archive.
    stored_bytes: what the vault added for it.
    sha256: of the archive, hex.
    vault: kind of vault, e.g. `restic`.
    ref: the vault's own name for the archive.
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
    """One backup: what, when, where, checksum, and where its proof is.

    made_by: the engine, and the format of its archive.
    labels: notes that go with the backup, e.g. the commit that was deployed.
    pace: how the run went that took it; None in manifests of before it was noted.
    names_engine: False in manifests from before they named their engine, which stay as they are.
    """

    backup: BackupId = field(metadata=INLINE)
    started: datetime
    finished: datetime
    archive: Archive
    proof: ProofRef
    server: dict[str, str] = field(default_factory=dict, metadata=ALWAYS)
    tools: dict[str, str] = field(default_factory=dict, metadata=ALWAYS)
    warnings: tuple[str, ...] = field(default=(), metadata=ALWAYS)
    made_by: MadeBy = field(default_factory=MadeBy, metadata=INLINE)
    labels: dict[str, str] = field(default_factory=dict)
    pace: Pace | None = None
    names_engine: bool = field(default=True, metadata=NOT_WRITTEN)

    def refuse_unknown_engine(self, formats: Formats = OF_OLD_DOCUMENTS) -> None:
        """Raise UnknownEngineError if this program has not the engine that made the backup."""
        self.made_by.refuse_unknown(f"backup {self.backup}", formats)

    def is_like(self, other: Manifest) -> bool:
        """Say whether sizes and counts of two backups can be compared: a source may get another engine."""
        return self.made_by == other.made_by

    def to_bytes(self) -> bytes:
        """Write the document, the same bytes for the same manifest."""
        document = {
            "version": self.made_by.version,
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
            **(vars(self.made_by) if self.names_engine else {}),
            **({"labels": self.labels} if self.labels else {}),
            **({"pace": self.pace.to_document()} if self.pace else {}),
        }
        return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Manifest:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version.

        One of an engine that this program does not have is read too; `refuse_unknown_engine` refuses it.
        """
        document, _ = parsed_with_engine(data, name)
        manifest = decoded(cls, document, name)
        if document.get("id") != str(manifest.backup):
            raise damaged(name, f"its id {document.get('id')!r} is not {manifest.backup}")
        return replace(manifest, names_engine="engine" in document)


def clock_went_back(started: datetime, newest: datetime) -> bool:
    """Say whether a backup that starts now would sort before one whose snapshot was taken already."""
    return stamp_of(started) < stamp_of(newest)
