"""The summary of a source: what its documents say, kept beside them, so that `status` need not read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from scims_backup.domain.documents import read
from scims_backup.domain.engine_names import Formats
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.status.source_status import Seen
from scims_backup.domain.words import ROWS_OF_TABLES

VERSION = 1


@dataclass(frozen=True)
class Summary:
    """What the documents of a source say; the rest of its status follows from settings, keys and clock.

    backups: oldest snapshot first, those of the future left out.
    proven: the newest that a drill has proven; with which `after_restore`: proven_with.
    proofs_since: since when proofs are due.
    unreadable: stamps of manifests that this program cannot work with.
    nights, verdict, last_drill, last_restore: as of SourceStatus, without counts.
    archive_bytes, stored_bytes, in_all, unit: of the newest backup.
    stored_in_all: what the vault added for all of them.
    measured: the runs of the last 30 days that say what is stored, without counts.
    damaged: why records of its history cannot be read.
    """

    backups: tuple[Seen, ...] = ()
    proven: Seen | None = None
    proven_with: str | None = None
    proofs_since: datetime | None = None
    unreadable: tuple[str, ...] = ()
    nights: tuple[RunRecord, ...] = ()
    verdict: RunRecord | None = None
    last_drill: RunRecord | None = None
    last_restore: RunRecord | None = None
    archive_bytes: int | None = None
    stored_bytes: int | None = None
    stored_in_all: int | None = None
    measured: tuple[RunRecord, ...] = ()
    in_all: int | None = None
    unit: str = ROWS_OF_TABLES.unit
    damaged: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Write the document; what is not known is left out."""
        document = {"version": VERSION, **_filled(self)}
        return (
            json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        )

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Summary:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)


def digest_of(listed: Iterable[str], formats: Formats) -> str:
    """Return the digest of a source's keys: a summary under another one is of other documents.

    formats: of the engines that this version has, for another version may read what this one cannot.
    """
    about = [f"{VERSION}", *sorted(map(str, formats.items())), *sorted(listed)]
    return hashlib.sha256("\n".join(about).encode()).hexdigest()[:32]


def _filled(thing: Any) -> dict[str, Any]:  # noqa: ANN401  any dataclass
    """The fields of a dataclass that differ from their defaults, as JSON values."""
    values = ((one, getattr(thing, one.name)) for one in fields(thing))
    return {one.name: _value(value) for one, value in values if value != _default(one)}


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return _filled(value) if is_dataclass(value) else value
